"""Gateways on stand-ins of the test's own, on real sockets; and logs that say what a test has them say."""

import asyncio
import datetime as dt
import json
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gateway.app import Gateway
from gateway.cli.serving import Server
from gateway.cli.sockets import listening_socket
from gateway.live.hub import Hub
from gateway.live.listener import Listener
from gateway.live.log import Log
from gateway.sandbox.serve import Sandbox
from gateway.settings import Settings
from gateway.settings.live import Live
from resolvers.activities import Activity, ActivityFilter, ActivitySource
from resolvers.errors import Failure
from resolvers.identity import Link, Upstream
from resolvers.live import Seen
from resolvers.merging import Part

PATIENCE = 30.0
LINK = Link(Upstream.CLICKHOUSE, "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10")
INVITE = """
  mutation ($email: String!) {
    inviteMember(input: {organizationId: "acme", upstream: CLICKHOUSE, email: $email, role: VIEWER}) {
      userErrors { message }
    }
  }
"""


async def until(holds: Callable[[], object]) -> None:
    """Waits for something that becomes true."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.005)


@pytest.fixture(name="until")
def until_() -> Callable[[Callable[[], object]], Awaitable[None]]:
    return until


class Served:
    """A gateway on a port.

    Attributes:
        gateway: The gateway.
        sandbox: Its upstreams.
    """

    def __init__(self, gateway: Gateway, sandbox: Sandbox, server: Server, port: int) -> None:
        self.gateway = gateway
        self.sandbox = sandbox
        self.server = server
        self.url = f"http://127.0.0.1:{port}/graphql"
        self.client = httpx.AsyncClient(timeout=PATIENCE, trust_env=False)
        self._invited = 0

    @property
    def hub(self) -> Hub:
        return self.gateway._feed.hub  # noqa: SLF001  what listens has no other name

    def calls(self, upstream: str = "clickhouse", ending: str = "/activities") -> int:
        """How often an upstream's log was asked for."""
        requests = self.sandbox.applications[upstream].state.faults.requests
        return sum(each["path"].endswith(ending) for each in requests)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = await self.client.post(self.url, json={"query": query, "variables": variables})
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def invite(self) -> None:
        """Does something that ClickHouse logs."""
        self._invited += 1
        data = await self.ask(INVITE, email=f"guest-{self._invited}@example.com")
        assert data["inviteMember"]["userErrors"] == []

    @asynccontextmanager
    async def events(
        self, query: str, method: str = "POST", headers: dict[str, str] | None = None, **variables: Any
    ) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
        """The events of an operation, each as its fields."""
        sent = {"Accept": "text/event-stream", **(headers or {})}
        body = {"query": query, "variables": variables}
        request = {"json": body} if method == "POST" else {"params": {**body, "variables": json.dumps(variables)}}
        async with self.client.stream(method, self.url, headers=sent, **request) as response:  # type: ignore[arg-type]
            assert response.status_code == 200, await response.aread()
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            yield frames(response)

    @asynccontextmanager
    async def socket(self, **payload: str) -> AsyncIterator["Socket"]:
        """A WebSocket that is let in."""
        url = self.url.replace("http", "ws", 1)
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as raw:
            socket = Socket(raw)
            await socket.send(type="connection_init", payload=payload)
            assert await socket.next() == {"type": "connection_ack"}
            yield socket

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.client.aclose()


class Socket:
    """One that speaks graphql-transport-ws."""

    def __init__(self, raw: ClientConnection) -> None:
        self.raw = raw

    async def send(self, **message: Any) -> None:
        await self.raw.send(json.dumps(message))

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            message: dict[str, Any] = json.loads(await self.raw.recv())
        return message

    async def subscribe(self, id: str, query: str, **variables: Any) -> None:
        await self.send(type="subscribe", id=id, payload={"query": query, "variables": variables})


async def frames(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """Frames of an event stream; comments are left out."""
    found: dict[str, str] = {}
    async for line in response.aiter_lines():
        if not line and found:
            yield found
            found = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(":")
            found[name] = value.removeprefix(" ")


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve(untouched_sandbox: Sandbox) -> AsyncIterator[Serve]:
    """Serves gateways with tables of the test's own, each on stand-ins of its own."""
    running: list[tuple[Served, asyncio.Task[None]]] = []

    async def serve_(toml: str = "", change: Callable[[dict[str, Any]], None] | None = None) -> Served:
        sandbox = Sandbox(store=untouched_sandbox.store.copy())
        quick: dict[str, Any] = {"live": {"poll_seconds": 0.1}}
        values = tomllib.loads(sandbox.settings_toml()) | quick | tomllib.loads(toml)
        if change:
            change(values)
        transports = {
            Upstream(name): httpx.ASGITransport(application) for name, application in sandbox.applications.items()
        }
        gateway = Gateway(Settings.model_validate(values), transports, on_sandbox=True)
        server = Server(gateway, gateway.cut_off)
        bound = listening_socket("127.0.0.1", 0)
        served = Served(gateway, sandbox, server, bound.getsockname()[1])
        running.append((served, asyncio.create_task(server.serve([bound]))))
        await server.listening.wait()
        for application in sandbox.applications.values():
            application.state.faults.requests.clear()
        return served

    yield serve_
    for served, _ in running:
        await served.stop()
    for served, task in running:
        await task
        served.sandbox.store.close()


@dataclass
class Script:
    """A log that says what a test has it say.

    Attributes:
        entries: What it holds.
        failure: Raised in their place.
        most: So many of the newest are given.
        reads: Since when each read was.
    """

    source: ActivitySource = ActivitySource.ACTIVITY
    mark: bytes = b"one"
    seconds: float = 0.0
    entries: list[Activity] = field(default_factory=list)
    failure: Failure | None = None
    most: int = 1_000
    reads: list[dt.datetime] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def add(self, native_id: str, at: dt.datetime | None = None, action: str = "done") -> Activity:
        """Has something happened."""
        entry = Activity(
            link=LINK,
            native_id=native_id,
            upstream=LINK.upstream,
            source=self.source,
            occurred_at=at or dt.datetime.now(dt.UTC),
            action=action,
            outcome=None,
            actor=None,
            service_id=None,
            target=None,
            details=None,
        )
        self.entries.append(entry)
        return entry

    async def read(self, since: dt.datetime) -> Part[Activity]:
        self.reads.append(since)
        self.times.append(asyncio.get_running_loop().time())
        if self.failure:
            raise self.failure
        found = sorted((each for each in self.entries if each.occurred_at >= since), key=lambda each: each.occurred_at)
        return Part(found[-self.most :], truncated=len(found) > self.most)

    @property
    def log(self) -> Log:
        return Log(LINK, self.source, self.mark, self.seconds, self.read)

    async def polled(self, times: int = 2) -> None:
        """Waits for some more polls: one may be under way."""
        before = len(self.reads)
        await until(lambda: len(self.reads) >= before + times)


ANY = ActivityFilter(None, None, None, None, None, None)


class Live_:  # noqa: N801  the settings' table has the name
    """A hub, and ways to listen to it."""

    def __init__(self, page: int = 100, **settings: Any) -> None:
        self.hub = Hub(Live.model_validate({"poll_seconds": 0.02, **settings}), page)
        self.heard: dict[Listener, list[str]] = {}
        self.failures: dict[Listener, list[Failure]] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def listen(
        self,
        *scripts: Script,
        after: str | None = None,
        at: dt.datetime | None = None,
        wanted: ActivityFilter = ANY,
        expires: float | None = None,
        reads: bool = True,
    ) -> Listener:
        """Listens, and notes what is heard."""
        seen = Seen(LINK, after, at, scripts[0].source) if after else None
        listener = self.hub.listen([each.log for each in scripts], wanted, seen, expires)
        self.heard[listener], self.failures[listener] = [], []
        if reads:
            self.read(listener)
        return listener

    def read(self, listener: Listener) -> None:
        self.tasks.append(asyncio.create_task(self._note(listener)))

    async def _note(self, listener: Listener) -> None:
        try:
            async for event in listener:
                if isinstance(event, Failure):
                    self.failures[listener].append(event)
                else:
                    self.heard[listener].append(event.native_id)
        except Failure as failure:
            self.failures[listener].append(failure)

    async def hears(self, listener: Listener, *ids: str) -> None:
        """Waits until so much was heard, and checks what."""
        await until(lambda: len(self.heard[listener]) >= len(ids))
        assert self.heard[listener] == list(ids)


@pytest.fixture
def live_kind() -> type[Live_]:
    return Live_


@pytest.fixture
async def live() -> AsyncIterator[Live_]:
    made = Live_()
    yield made
    made.hub.close()
    await asyncio.gather(*made.tasks)


@pytest.fixture
def script() -> type[Script]:
    return Script
