"""A server of bytes on a loopback port, and the bottom of the chain pointed at it; and time that is made up."""

import asyncio
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import pytest

from gateway.wire.call import Answer, Call
from gateway.wire.lean.transport import LeanTransport
from gateway.wire.transport import HttpxTransport

MAXIMUM_BYTES = 100_000

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class ByteServer:
    """Takes a request's head and body, then behaves as it is told.

    Attributes:
        port: Where it listens.
        heads: The heads that came in, as text.
        connections: How many were opened.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.heads: list[str] = []
        self.connections = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    self.heads.append(head)
                    lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
                    await reader.readexactly(int(lengths[0].split(":")[1]) if lengths else 0)
                    await self._behaviour(reader, writer)
                    if writer.is_closing():
                        break
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


Bottom = HttpxTransport | LeanTransport


class Listen(Protocol):
    async def __call__(self, behaviour: Behaviour | bytes) -> ByteServer: ...


class Reach(Protocol):
    def __call__(self, port: int, *, attempt_seconds: float = 2.0) -> Bottom: ...


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Starts a server that behaves so; bytes are written and the connection is closed."""
    servers: list[ByteServer] = []

    async def start(behaviour: Behaviour | bytes) -> ByteServer:
        if isinstance(behaviour, bytes):
            answer = behaviour

            async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.write(answer)
                await writer.drain()
                writer.close()

            behaviour = write
        server = ByteServer(behaviour)
        await server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        await server.stop()


@pytest.fixture(params=[LeanTransport, HttpxTransport], ids=["lean", "httpx"])
def bottom(request: pytest.FixtureRequest) -> type[Bottom]:
    """Both transports, one after the other: they mean the same."""
    kind: type[Bottom] = request.param
    return kind


@pytest.fixture
async def reach(bottom: type[Bottom]) -> AsyncIterator[Reach]:
    """Makes the bottom of a chain; it takes bodies of at most 100 000 bytes."""
    made: list[Bottom] = []

    def connect(port: int, *, attempt_seconds: float = 2.0) -> Bottom:
        transport = bottom(
            f"http://127.0.0.1:{port}",
            connect_seconds=1.0,
            attempt_seconds=attempt_seconds,
            connections=4,
            maximum_bytes=MAXIMUM_BYTES,
        )
        made.append(transport)
        return transport

    yield connect
    for transport in made:
        await transport.close()


class Jumping(selectors.SelectSelector):
    """Never waits: where nothing is to be done, the time is that of the next timer at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "Everything waits, and nothing will happen."
            self.now += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose time is made up: hours pass in no time, and only when all that can be done has been done."""

    def __init__(self) -> None:
        self._jumping = Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def made_up_now() -> float:
    """The time of the running loop, by which the steps of the chain go."""
    return asyncio.get_running_loop().time()


End = int | BaseException | Mapping[str, str] | float | tuple[float, int]


class Scripted:
    """The bottom of a chain that ends call after call as the script says; the last line holds for all that follow.

    A status is an answer, an exception is raised, headers are those of a 429 (or of `:status`). A float is how many
    seconds pass before the next line; in a pair it stands before its own.

    Attributes:
        times: When each call came.
        running: How many are under way.
        most: How many were at once.
    """

    def __init__(self, *script: End) -> None:
        self.play(*script)
        self.times: list[float] = []
        self.running = self.most = 0

    def play(self, *script: End) -> None:
        """Begins another script."""
        self._script = list(script) or [200]

    def _line(self) -> End:
        return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    async def send(self, call: Call) -> Answer:  # noqa: ARG002  whatever is asked
        self.times.append(made_up_now())
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            end = self._line()
            if isinstance(end, tuple):
                await asyncio.sleep(end[0])
                end = end[1]
            if isinstance(end, float):
                await asyncio.sleep(end)
                end = self._line()
        finally:
            self.running -= 1
        if isinstance(end, BaseException):
            raise end
        if isinstance(end, Mapping):
            return Answer(int(end.get(":status", "429")), end, b"")
        assert isinstance(end, int)
        return Answer(end, {}, b"{}")


@pytest.fixture(scope="session")
def made_up_time() -> tuple[str, dict[str, Any]]:
    """A backend of anyio's, for modules whose tests must not depend on how fast the machine is."""
    return "asyncio", {"loop_factory": JumpingLoop}


@pytest.fixture(scope="session")
def now() -> Callable[[], float]:
    return made_up_now


@pytest.fixture(scope="session")
def scripted() -> type[Scripted]:
    return Scripted
