"""The program itself, in processes of their own, in an empty folder and with no GATEWAY_* in the environment."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.types import Receive, Scope, Send

from gateway.cli.server import Server
from gateway.cli.sockets import listening_socket
from gateway.door.endpoint import GraphQLEndpoint, routes
from gateway.door.request import Direct, Request
from gateway.execution.operation import Exchange, Operation, Outcome
from gateway.settings import Settings


class Program:
    """A running `python -m gateway …`; what it prints goes to files."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self.folder = folder
        self._out, self._err = folder / "out", folder / "err"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-m", "gateway", *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=inherited | environ,
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    @property
    def address(self) -> str:
        """The first one that it printed, without the slash at its end."""
        found = re.search(r"http://127\.0\.0\.1:\d+/", self.out)
        assert found, self.out + self.err
        return found[0].rstrip("/")

    def until(self, text: str, seconds: float = 60) -> "Program":
        """Waits for a text on standard output."""
        end = time.monotonic() + seconds
        while text not in self.out:
            assert self._process.poll() is None, self.err
            assert time.monotonic() < end, f"{text!r} is not in:\n{self.out}{self.err}"
            time.sleep(0.02)
        return self

    def ended(self, seconds: float = 60) -> int:
        """Waits for the end; the exit code."""
        return self._process.wait(seconds)

    def interrupt(self, number: signal.Signals) -> None:
        """Sends a signal once."""
        self._process.send_signal(number)

    def signalled(self, number: signal.Signals, seconds: float = 4) -> int:
        """Sends a signal again and again, as impatient people do, and waits for the end; the exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._process.send_signal(number)
            try:
                return self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        raise AssertionError(f"It still runs {seconds} s after {number.name}.")

    def close(self) -> None:
        """Ends it whatever it does."""
        self._process.kill()
        self._process.wait()


Start = Callable[..., Program]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts a program in a folder of its own."""
    programs: list[Program] = []

    def start_(*arguments: str, **environ: str) -> Program:
        programs.append(Program(tmp_path_factory.mktemp("program"), *arguments, **environ))
        return programs[-1]

    yield start_
    for program in programs:
        program.close()


STAND_INS = ("sandbox", "--losant-port=0", "--nks-port=0", "--locktera-port=0", "--clickhouse-port=0")


@pytest.fixture(scope="session")
def _both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Program]]:
    """Started at the same time, which is quicker."""
    served = Program(tmp_path_factory.mktemp("served"), "serve", "--port", "0")
    stand_ins = Program(tmp_path_factory.mktemp("stand_ins"), *STAND_INS, "--file", "state.sqlite")
    yield served, stand_ins
    served.close()
    stand_ins.close()


@pytest.fixture(scope="session")
def served(_both: tuple[Program, Program]) -> Program:
    """`gateway serve` with nothing configured."""
    return _both[0].until("Ctrl+C")


@pytest.fixture(scope="session")
def stand_ins(_both: tuple[Program, Program]) -> Program:
    """`gateway sandbox`, on free ports, with its state in a file."""
    return _both[1].until("[organizations.hollow]")


@asynccontextmanager
async def short() -> AsyncIterator[None]:
    """A time limit by a group of tasks, whose end cancels whoever made it."""
    with suppress(BaseExceptionGroup):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(failing())
            yield


async def failing() -> None:
    """Fails soon."""
    await asyncio.sleep(0.01)
    raise ValueError("its own")


@asynccontextmanager
async def anyios() -> AsyncIterator[None]:
    """A time limit of anyio."""
    with anyio.fail_after(0.01):
        yield


LIMITS: dict[str, Callable[[], AbstractAsyncContextManager[Any]]] = {
    "timeout": lambda: asyncio.timeout(0.01),
    "group": short,
    "anyio": anyios,
}
"""What an operation may set itself, and what asks for its task."""

MARK: ContextVar[str] = ContextVar("mark", default="unset")


class House:
    """Answers with what was asked; `slow` never, `long …` with many characters, `mark` with what `MARK` was."""

    def __init__(self, **figures: Any) -> None:
        self.settings = Settings.model_validate({"server": figures})
        self.started, self.cancelled = asyncio.Event(), asyncio.Event()
        self.by_asgi = 0
        graphql = routes(self.execute, body_bytes=1000)[0].app  # type: ignore[attr-defined]  # of a route
        assert isinstance(graphql, GraphQLEndpoint)
        self.graphql = graphql
        self.direct = Direct(b"/graphql", self.serve)
        self.exchanges: list[Exchange] = []
        self.broken = False
        self.server = Server(self)  # type: ignore[arg-type]  # it asks for the settings, for ASGI and the direct way
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.by_asgi += 1
        await self.graphql(scope, receive, send)

    async def serve(self, request: Request) -> None:
        if self.broken:
            raise ValueError("its own")
        await self.graphql.serve(request)

    async def execute(self, operation: Operation, exchange: Exchange) -> Outcome:
        self.exchanges.append(exchange)
        said = operation.query or ""
        if said == "mark":
            said, _ = MARK.get(), MARK.set("set")
        if said == "slow":
            self.started.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()
        if said in LIMITS:
            with suppress(TimeoutError):
                async with LIMITS[said]():
                    await asyncio.sleep(30)
        if said.startswith("later"):
            await asyncio.sleep(0.01)
        if said.startswith("long"):
            said *= int(said.split()[1])
        return Outcome({"said": said}, [], {}, executed=True)

    @staticmethod
    def request(query: str, *, target: bytes = b"/graphql", headers: bytes = b"") -> bytes:
        body = b'{"query":"%b"}' % query.encode()
        head = b"POST %b HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
        return head % (target, headers, len(body)) + body

    @staticmethod
    async def answer(reader: asyncio.StreamReader) -> tuple[bytes, dict[bytes, bytes], bytes]:
        line, *lines = (await reader.readuntil(b"\r\n\r\n")).strip().split(b"\r\n")
        headers = dict(each.split(b": ", 1) for each in lines)
        assert len(headers) == len(lines)
        return line, headers, await reader.readexactly(int(headers[b"content-length"]))


@pytest.fixture
async def build() -> AsyncIterator[Callable[..., Awaitable[House]]]:
    """Servers with these figures, which end together."""
    serving: list[tuple[House, asyncio.Task[None]]] = []

    async def build_(**figures: Any) -> House:
        house = House(**figures)
        bound = listening_socket("127.0.0.1", 0)
        house.port = bound.getsockname()[1]
        serving.append((house, asyncio.create_task(house.server.serve([bound]))))
        await house.server.listening.wait()
        return house

    yield build_
    for house, task in serving:
        house.server.should_exit = True
        await task


@pytest.fixture
async def house(build: Callable[..., Awaitable[House]]) -> House:
    """One of them."""
    return await build()
