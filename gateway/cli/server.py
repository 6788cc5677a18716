"""The server: uvicorn's, which loses nothing when it ends."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from socket import socket
from typing import TYPE_CHECKING, Final, cast

import structlog
import uvicorn

from gateway.cli.bounds import Bounds
from gateway.cli.connections import Connection
from gateway.cli.ending import ANSWER_SECONDS, CLOSE_SECONDS, CUT_SECONDS
from gateway.cli.web_sockets import WebSocketConnection

if TYPE_CHECKING:  # it brings the whole graph along
    from gateway.app import Gateway

_TICK_SECONDS: Final = 0.02

_log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """uvicorn's server, which leaves the signals alone, says when it listens, and loses nothing when it ends.

    Args:
        app: What it serves.
        cut_off: Lets what is in flight wait for upstreams no longer.

    Attributes:
        listening: It listens.
        hurried: It waits for nothing any more.
    """

    def __init__(self, app: "Gateway", cut_off: Callable[[], Awaitable[None]] | None = None) -> None:
        figures = app.settings.server
        self._bounds = bounds = Bounds(
            figures.header_seconds,
            figures.header_bytes,
            figures.connections,
            figures.write_seconds,
            figures.idle_seconds,
        )
        web_socket = partial(WebSocketConnection, write_seconds=figures.write_seconds)
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                loop="asyncio",
                http=cast("type[asyncio.Protocol]", partial(Connection, bounds=bounds, direct=app.direct)),
                ws=cast("type[asyncio.Protocol]", web_socket),
                ws_max_size=figures.socket_message_bytes,
                ws_ping_interval=figures.socket_ping_seconds,
                ws_ping_timeout=figures.socket_ping_seconds,
                ws_per_message_deflate=False,
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=cast("int", figures.idle_seconds),
            )
        )
        self._cut_off = cut_off
        self.listening = asyncio.Event()
        self.hurried = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.listening.set()

    def drain(self) -> None:
        """Go on, and let every answer be the last one of its connection."""
        self._bounds.draining = True
        for connection in self.server_state.connections:
            if isinstance(connection, Connection):
                connection.drain()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Take no connection any more, answer what is in flight, and close the application; all of it in bounded time.

        uvicorn's own waits for writes whose caller has left, and for applications that do not close, without end.
        """
        self.drain()
        await self._listen_no_more(sockets or [])
        until = asyncio.get_running_loop().time() + ANSWER_SECONDS
        empty = asyncio.create_task(self._empty())
        if not await self._in_time(empty, until):
            await self._cut()
            await asyncio.wait([empty], timeout=CUT_SECONDS)
            if not empty.done():
                await self._drop()
        empty.cancel()
        closed = asyncio.create_task(self.lifespan.shutdown())
        if not await self._in_time(closed, until):
            await self._cut()
            await asyncio.wait([closed], timeout=CLOSE_SECONDS)
        closed.cancel()

    async def _listen_no_more(self, sockets: list[socket]) -> None:
        loop = asyncio.get_running_loop()
        for listening in sockets:
            loop.remove_reader(listening.fileno())
        for _ in range(2):  # asyncio cannot serve what it has accepted in the turn in which it closes
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for listening in sockets:
            listening.close()

    async def _empty(self) -> None:
        """Ask every connection to end, those that turn into WebSockets meanwhile too, until none is left."""
        told = set[object]()
        while self.server_state.connections or self.server_state.tasks:
            for connection in [*self.server_state.connections]:
                if connection not in told:
                    told.add(connection)
                    connection.shutdown()
            await asyncio.sleep(_TICK_SECONDS)

    async def _in_time(self, task: asyncio.Task[None], until: float) -> bool:
        """Wait for a task, until a time or a hurry."""
        hurry = asyncio.create_task(self.hurried.wait())
        timeout = until - asyncio.get_running_loop().time()
        await asyncio.wait([task, hurry], timeout=max(timeout, 0), return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        return task.done()

    async def _cut(self) -> None:
        if self._cut_off is not None:
            await self._cut_off()

    async def _drop(self) -> None:
        """Give up what is left."""
        connections, tasks = [*self.server_state.connections], [*self.server_state.tasks]
        _log.warning("not all could be answered before the end", connections=len(connections), requests=len(tasks))
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.sleep(_TICK_SECONDS)
        for connection in connections:
            if connection.transport is not None:
                connection.transport.abort()
