"""The small schema behind a real WebSocket, on the gateway's own server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.cli.serving import Server
from gateway.cli.sockets import listening_socket
from gateway.door.admission import Admission
from gateway.door.endpoint import routes
from gateway.door.origins import Origins
from gateway.door.websocket.handshake import WebSocketEndpoint
from gateway.door.websocket.session import Bounds
from gateway.execution.operation import Exchange, Execute, Operation, Outcome
from gateway.settings import Settings


class Door:
    """Both ways in, in the place of a whole gateway.

    Attributes:
        known: Callers with this `Authorization` are let in; every caller where it is None.
        server: What serves it.
    """

    def __init__(self, execute: Execute, settings: Settings) -> None:
        self.settings = settings
        self.known: str | None = None
        self._execute = execute
        figures = settings.server
        origins, admission = Origins(figures.origins), Admission(figures.operations)
        bounds = Bounds(figures.socket_init_seconds, figures.socket_operations)
        sockets = WebSocketEndpoint(self._run, self._lets_in, origins=origins, admission=admission, bounds=bounds)
        http = routes(self._run, origins=origins, admission=admission)
        self._app = Starlette(routes=[*http, WebSocketRoute("/graphql", sockets)])
        self.direct = None
        self.server = Server(self)  # type: ignore[arg-type]  # it asks for the settings and for ASGI only
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _lets_in(self, exchange: Exchange) -> bool:
        return self.known is None or exchange.headers.get("authorization") == self.known

    async def _run(self, operation: Operation, exchange: Exchange) -> Outcome:
        if await self._lets_in(exchange):
            return await self._execute(operation, exchange)
        return Outcome(None, [{"message": "No."}], {}, executed=False, status=401)


class Client:
    """A client of a socket that speaks JSON."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, *given: dict[str, Any] | str | bytes) -> "Client":
        for message in given:
            await self.socket.send(json.dumps(message) if isinstance(message, dict) else message)
        return self

    async def subscribe(self, id: str, query: str, **more: Any) -> "Client":
        return await self.send({"type": "subscribe", "id": id, "payload": {"query": query, **more}})

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(20):
            found: dict[str, Any] = json.loads(await self.socket.recv())
        return found

    async def closed(self) -> tuple[int, str]:
        """Waits for the close; its code and reason."""
        async with asyncio.timeout(20):
            async for _ in self._messages():
                pass
        assert self.socket.close_code
        return self.socket.close_code, self.socket.close_reason or ""

    async def _messages(self) -> AsyncIterator[str | bytes]:
        """Until the socket is closed, for whatever reason."""
        try:
            while True:
                yield await self.socket.recv()
        except ConnectionClosed:
            return


OpenDoor = Callable[..., Awaitable[Door]]
Dial = Callable[..., Awaitable[Client]]


@pytest.fixture(scope="module")
async def serving() -> AsyncIterator[list[tuple[Door, asyncio.Task[None]]]]:
    """What ends together: each takes its time."""
    serving: list[tuple[Door, asyncio.Task[None]]] = []
    yield serving
    for door, _ in serving:
        door.server.should_exit = True
    for _, task in serving:
        await task


@pytest.fixture
def open_door(execute_on_graphql_core: Execute, serving: list[tuple[Door, asyncio.Task[None]]]) -> OpenDoor:
    """Serves with figures of the test's own."""

    async def open_door(**server: Any) -> Door:
        door = Door(execute_on_graphql_core, Settings.model_validate({"server": server}))
        bound = listening_socket("127.0.0.1", 0)
        door.port = bound.getsockname()[1]
        serving.append((door, asyncio.create_task(door.server.serve([bound]))))
        await door.server.listening.wait()
        return door

    return open_door


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Opens sockets; with `init`, past `connection_ack`."""
    sockets: list[ClientConnection] = []

    async def dial(
        door: Door, *, init: bool = True, subprotocols: tuple[str, ...] = ("graphql-transport-ws",), **options: Any
    ) -> Client:
        offered = [Subprotocol(each) for each in subprotocols]
        url = f"ws://127.0.0.1:{door.port}/graphql"
        sockets.append(await connect(url, subprotocols=offered or None, proxy=None, max_size=None, **options))
        client = Client(sockets[-1])
        if init:
            await client.send({"type": "connection_init"})
            assert await client.next() == {"type": "connection_ack"}
        return client

    yield dial
    for socket in sockets:
        await socket.close()
