"""A real server that can be killed, and gateways that share it."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import Gateway
from gateway.sandbox.serve import Sandbox
from gateway.settings import CacheAddress, Settings
from gateway.shared.connection import Connection
from resolvers.identity import Upstream

PROGRAM = shutil.which("valkey-server") or shutil.which("redis-server")


class Server:
    """A Valkey or Redis server that keeps nothing on disk.

    Attributes:
        url: Of its database 0.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"valkey://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        assert PROGRAM is not None
        fixed = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen(  # noqa: S603  the program is found above
            [PROGRAM, *fixed, *self._options], cwd=self._folder, stdout=subprocess.DEVNULL
        )
        for _ in range(500):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                    probe.sendall(b"PING\r\n")
                    if probe.recv(64):
                        return
            except OSError:
                time.sleep(0.02)
        raise TimeoutError("The server does not start.")

    def command(self, *parts: str) -> bytes:
        """The raw answer to a short command."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            encoded = [b"$%d\r\n%s\r\n" % (len(part.encode()), part.encode()) for part in parts]
            line.sendall(b"*%d\r\n" % len(parts) + b"".join(encoded))
            return line.recv(1_000_000)

    def pause(self) -> None:
        """It hangs."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It does not hang any more."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends it at once, and everything in it."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers, not yet started."""
    if PROGRAM is None:
        pytest.skip("neither valkey-server nor redis-server is installed")
    made: list[Server] = []

    def make(*options: str) -> Server:
        made.append(Server(tmp_path, *options))
        return made[-1]

    yield make
    for each in made:
        each.kill()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """A server that runs."""
    server = make_server()
    server.start()
    return server


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Connection]]:
    """Makes connections to a server."""
    made: list[Connection] = []

    def connect(url: str) -> Connection:
        made.append(Connection(CacheAddress.of(url)))
        return made[-1]

    yield connect
    for each in made:
        await each.close()


async def until(holds: Callable[[], bool | Awaitable[bool]], seconds: float = 30) -> None:
    """Waits until something holds."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    return until


def lines_to_port(port: int) -> int:
    """How many connections to a port this process holds open, closed or not by whoever opened them."""
    found = 0
    for each in Path("/dev/fd").iterdir():
        try:
            if each.is_socket():
                with socket.socket(fileno=os.dup(int(each.name))) as held:
                    found += held.getpeername()[1:2] == (port,)
        except OSError:
            continue
    return found


@pytest.fixture
def lines_to() -> Callable[[int], int]:
    return lines_to_port


class Replica:
    """One of several gateways on the same stand-ins.

    Attributes:
        gateway: Itself.
        calls: What it asked of upstreams, as `upstream METHOD path`.
    """

    def __init__(self, settings: Settings, sandbox: Sandbox, *, on_sandbox: bool) -> None:
        self.calls: list[str] = []
        transports = {
            Upstream(name): Listening(name, httpx.ASGITransport(application), self.calls)
            for name, application in sandbox.applications.items()
        }
        self.gateway = Gateway(settings, transports, on_sandbox=on_sandbox)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.gateway), base_url="http://g", timeout=60)

    async def post(self, query: str | None = None, headers: dict[str, str] | None = None, **members: Any) -> Any:
        """The whole answer."""
        body = {name: value for name, value in {"query": query, **members}.items() if value is not None}
        return (await self.client.post("/graphql", json=body, headers=headers)).json()

    async def data(self, query: str, headers: dict[str, str] | None = None) -> Any:
        """The answer's data, which must come without an error."""
        answer = await self.post(query, headers)
        assert "errors" not in answer, answer
        return answer["data"]

    @property
    def shares(self) -> bool:
        """Whether the shared server is there for it."""
        return bool(self.gateway._shared.connection.available)  # noqa: SLF001  there is no other way to wait for it

    async def close(self) -> None:
        if self.client.is_closed:
            return
        await self.client.aclose()
        await self.gateway.close()


class Listening(httpx.AsyncBaseTransport):
    """The transport to a stand-in, which notes what was sent."""

    def __init__(self, name: str, below: httpx.AsyncBaseTransport, calls: list[str]) -> None:
        self._name = name
        self._below = below
        self._calls = calls

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._calls.append(f"{self._name} {request.method} {request.url.path}")
        return await self._below.handle_async_request(request)


@pytest.fixture
def sandbox(untouched_sandbox: Sandbox) -> Iterator[Sandbox]:
    """Stand-ins of the test's own."""
    sandbox = Sandbox(store=untouched_sandbox.store.copy())
    yield sandbox
    sandbox.store.close()


@pytest.fixture
async def replica(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Replica]]]:
    """Makes gateways that share a server, with answers that stay fresh for a long time."""
    made: list[Replica] = []

    async def replica(url: str, toml: str = "", *, on_sandbox: bool = True) -> Replica:
        values = tomllib.loads(sandbox.settings_toml()) | tomllib.loads(toml)
        values["cache"] = {"url": url, "fresh_seconds": 600} | values.get("cache", {})
        values["server"] = {"state_dir": str(tmp_path / "state")}
        made.append(Replica(Settings.model_validate(values), sandbox, on_sandbox=on_sandbox))
        await made[-1].gateway._shared.start()  # noqa: SLF001  ASGITransport has no lifespan
        return made[-1]

    yield replica
    for each in made:
        await each.close()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was logged so far."""
    said: list[str] = []

    def lines() -> str:
        said.extend(capsys.readouterr())
        return "".join(said)

    return lines


@pytest.fixture
def quoted() -> Callable[[str], str]:
    """A text as it stands in a GraphQL document."""
    return json.dumps
