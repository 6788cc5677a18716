"""A proxy of bytes before each stand-in, which lets faults strike, and gateways with little patience before these."""

import asyncio
import re
import socket
import struct
import time
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from gateway.app import Gateway
from gateway.sandbox.serve import Sandbox
from gateway.settings import Settings
from resolvers.identity import Upstream

NATIVE_IDS = {
    Upstream.LOSANT: "575ed6e87ae143cd83dc4aa8",
    Upstream.NKS: 2,
    Upstream.LOCKTERA: "org-123",
    Upstream.CLICKHOUSE: "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10",
}
KINDS = {upstream: f"{upstream.word}.org" for upstream in Upstream} | {Upstream.CLICKHOUSE: "clickhouse.organization"}
FIGURES = {
    "read_deadline_seconds": 20.0,
    "write_deadline_seconds": 20.0,
    "attempt_seconds": 10.0,
    "breaker_minimum_calls": 1_000_000,
}
"""So much patience that a busy machine is no fault, and no breaker."""
READ = "{ " + " ".join(f'{each.word}: organization(id: "{each.word}") {{ id name }}' for each in Upstream) + " }"
WRITE = """mutation Rename($input: UpdateOrganizationInput!) { updateOrganization(input: $input) {
  userErrors { code message upstream retryable } results { upstream ok } organization { id } } }"""
SECRET = re.compile(
    r"127\.0\.0\.1|://|(?<![\"]):\d{4,5}\b|\.invalid|Traceback|Exception|httpx|httpcore|h11|Errno"
    r"|canary|<html|x-inner|Bearer|Basic |API_TOKEN|API_KEY|CH_KEY|KEY_SECRET",
    re.IGNORECASE,
)
"""Nothing of this may stand in an answer: addresses, ports, exceptions, credentials, what faults say."""


@dataclass(eq=False)
class Exchange:
    """One request that came in, and the way back. When a behaviour ends, the connection is closed."""

    method: str
    path: str
    head: bytes
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    proxy: "Proxy"

    async def answer(self) -> tuple[bytes, bytes]:
        """What the stand-in answers: the head to its blank line, and the body. The connection to it breaks with it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.stand_in)
        kept = [line for line in self.head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        writer.write(b"\r\n".join([kept[0], b"Connection: close", *kept[1:]]) + self.body)
        try:
            told = await reader.read()
        finally:
            writer.close()
        head, end, body = told.partition(b"\r\n\r\n")
        self.proxy.changes += self.method != "GET" and head.startswith(b"HTTP/1.1 20")
        return head + end, body

    async def say(self, data: bytes) -> None:
        """Sends bytes as they are; raises ConnectionError where nobody reads them any more."""
        if self.writer.transport.is_closing():
            raise ConnectionResetError
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, status: int, body: bytes, *headers: str) -> None:
        """Sends a whole answer."""
        lines = (f"HTTP/1.1 {status} Whatever", "Content-Type: application/json", "Connection: close", *headers)
        if not any(each.lower().startswith(("content-length", "transfer-encoding")) for each in headers):
            lines += (f"Content-Length: {len(body)}",)
        await self.say("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def reset(self) -> None:
        """Breaks the connection as a crash does."""
        await asyncio.sleep(0.02)  # what was said before is to arrive before
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Waits until nobody waits for the answer any more."""
        with suppress(ConnectionError):
            while await self.reader.read(65_536):
                pass


Behaviour = Callable[[Exchange], Awaitable[None]]


@dataclass
class Rule:
    """Whom a behaviour strikes, and how often; None is always."""

    behaviour: Behaviour
    method: str
    path: str
    times: int | None

    def strikes(self, method: str, path: str) -> bool:
        if self.times == 0 or self.method not in ("*", method) or not fnmatchcase(path, self.path):
            return False
        self.times = None if self.times is None else self.times - 1
        return True


@dataclass(eq=False)
class Proxy:
    """Stands before a stand-in and hands on what no fault strikes.

    Attributes:
        requests: Method and path of each that came in whole.
        connections: How many were opened.
        left: How many connections ended.
        changes: Requests to change something that the stand-in carried out.
    """

    stand_in: int
    port: int = 0
    requests: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    left: int = 0
    changes: int = 0
    _rules: list[Rule] = field(default_factory=list)
    _open: dict[asyncio.Task[Any], asyncio.StreamWriter] = field(default_factory=dict)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def strike(self, behaviour: Behaviour, *, method: str = "*", path: str = "*", times: int | None = None) -> None:
        self._rules.append(Rule(behaviour, method, path, times))

    def repair(self) -> None:
        """Lets no fault strike any more, and forgets what came in."""
        self._rules.clear()
        self.requests.clear()
        self.changes = 0

    def hang_up(self) -> None:
        """Closes the connections that wait for a next request."""
        for writer in self._open.values():
            writer.close()

    def count(self, method: str = "*") -> int:
        """How many requests came in."""
        return sum(method in ("*", each) for each, _ in self.requests)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        self.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._exchange(reader, writer):
                    pass
        finally:
            self.left += 1
            del self._open[task]
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        body = await reader.readexactly(int(length[1]) if length else 0)
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        path = target.partition("?")[0]
        self.requests.append((method, path))
        exchange = Exchange(method, path, head, body, reader, writer, self)
        if rule := next((each for each in self._rules if each.strikes(method, path)), None):
            await rule.behaviour(exchange)
            return False
        head, body = await exchange.answer()
        await exchange.say(re.sub(rb"(?i)\r\nconnection: close", b"", head) + body)
        return True


@dataclass
class Reply:
    """An answer of the gateway, its errors, and how long it took."""

    answer: dict[str, Any]
    errors: list[dict[str, Any]]
    seconds: float


class Site:
    """A gateway, and a proxy before each of its upstreams; `store` is the stand-ins' data, `urls` the proxies'."""

    def __init__(self, sandbox: Sandbox, transport: str) -> None:
        self._sandbox = sandbox
        self._transport = transport
        self.store = sandbox.store
        self.applications = {Upstream(name): each for name, each in sandbox.applications.items()}
        self.proxies = {Upstream(name): Proxy(urlsplit(url).port or 0) for name, url in sandbox.urls.items()}
        self.urls: dict[Upstream, str] = {}
        self.gateway: Gateway
        self.client: httpx.AsyncClient

    async def open(self, more: Mapping[str, Any], urls: Mapping[Upstream, str]) -> None:
        for upstream, proxy in self.proxies.items():
            await proxy.start()
            path = urlsplit(self._sandbox.urls[upstream.word]).path
            self.urls[upstream] = urls.get(upstream, f"http://127.0.0.1:{proxy.port}{path}")
        self.gateway = Gateway(Settings.model_validate(self.values(more)), on_sandbox=True)
        transport = httpx.ASGITransport(self.gateway)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://gateway", timeout=60)

    def values(self, more: Mapping[str, Any]) -> dict[str, Any]:
        """The settings: each organization has one upstream, and is called as that is."""
        values = tomllib.loads(self._sandbox.settings_toml())
        for upstream, url in self.urls.items():
            values["upstreams"][upstream.word] |= {"url": url} | more.get("upstreams", {}).get(upstream.word, {})
        values["organizations"] = {each.word: {each.word: NATIVE_IDS[each]} for each in Upstream}
        values["upstream_defaults"] = FIGURES | {"transport": self._transport} | more.get("upstream_defaults", {})
        values["cache"] = {"fresh_seconds": 0} | more.get("cache", {})
        return values

    async def ask(self, query: str = READ, /, headers: Mapping[str, str] | None = None, **variables: Any) -> Reply:
        began = time.monotonic()
        sent = {"query": query, "variables": variables}
        response = await self.client.post("/graphql", json=sent, headers=headers)
        seconds = time.monotonic() - began
        assert response.status_code == 200, response.text
        assert (leaks := SECRET.search(response.text)) is None, (leaks, response.text)
        return Reply(response.json(), response.json().get("errors", []), seconds)

    async def rename(self, upstream: Upstream, name: str, headers: Mapping[str, str] | None = None) -> Reply:
        given = {"organizationId": upstream.word, "name": name, "upstreams": [upstream.name]}
        return await self.ask(WRITE, headers=headers, input=given)

    def name(self, upstream: Upstream) -> str:
        """What the stand-in calls the organization."""
        return str((self.store.get(KINDS[upstream], str(NATIVE_IDS[upstream])) or {})["name"])

    async def close(self) -> None:
        await self.client.aclose()
        await self.gateway.close()
        for proxy in self.proxies.values():
            await proxy.stop()


Open = Callable[..., Awaitable[Site]]


@pytest.fixture(scope="module")
async def stand_ins(untouched_sandbox: Sandbox) -> AsyncIterator[Sandbox]:
    """On sockets, for a module."""
    async with Sandbox(store=untouched_sandbox.store.copy()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def transport() -> str:
    """What carries calls to upstreams: the settings' default."""
    return Settings().upstream_defaults.transport


async def opened(stand_ins: Sandbox, transport: str) -> AsyncIterator[Open]:
    """Opens gateways, and closes them in the end; `urls` stand in the place of proxies."""
    sites: list[Site] = []

    async def open_(more: Mapping[str, Any] | None = None, urls: Mapping[Upstream, str] | None = None) -> Site:
        sites.append(site := Site(stand_ins, transport))
        await site.open(more or {}, urls or {})
        return site

    yield open_
    for site in sites:
        await site.close()


open_site = pytest.fixture(opened)
open_for_module = pytest.fixture(scope="module")(opened)
