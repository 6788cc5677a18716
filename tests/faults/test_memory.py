"""What answers without measure cost a gateway in a process of its own: at the most, and for good."""

import asyncio
import contextlib
import gzip
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.anyio

MEBIBYTE = 1_048_576
MOST = 64
"""MiB beyond what it held before."""
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
BLOCK = b" " * 65_536
SETTINGS = """
[upstreams.losant]
url = "http://127.0.0.1:{port}"
token = "token"
[cache]
fresh_seconds = 0
[upstream_defaults]
attempts = 1
breaker_minimum_calls = 1000000
read_deadline_seconds = 30.0
attempt_seconds = 30.0
"""


async def long(writer):
    writer.write(OK + b"Content-Length: %d\r\n\r\n" % (64 * MEBIBYTE))
    for _ in range(1024):
        writer.write(BLOCK)
        await writer.drain()


async def endless(writer):
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while not writer.transport.is_closing():
        writer.write(b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK))
        await writer.drain()


@cache
def packed():
    return gzip.compress(bytes(64 * MEBIBYTE))


async def bomb(writer):
    writer.write(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed()) + packed())


async def deep(writer):
    writer.write(OK + b"Content-Length: 10000000\r\n\r\n" + b"[" * 5_000_000 + b"]" * 5_000_000)


async def misfit(writer):
    body = b'{"id": 17, "junk": "' + b"x" * 9 * MEBIBYTE + b'"}'
    writer.write(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)


async def refusal(writer):
    head = b"HTTP/1.1 403 No\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (9 * MEBIBYTE)
    writer.write(head + b"x" * 9 * MEBIBYTE)


async def cut(writer):
    head = OK + b"Content-Length: %d\r\n\r\n" % (10 * MEBIBYTE)
    writer.write(head + b"x" * 9 * MEBIBYTE)


async def small(writer):
    writer.write(OK + b"Content-Length: 2\r\n\r\n{}")


class Flood:
    """A gateway in a process, before an upstream that answers as it is told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.behaviour = small

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        (self._folder / "gateway.toml").write_text(SETTINGS.format(port=port))
        command = [sys.executable, "-m", "gateway", "serve", "--port", "0"]
        with (self._folder / "out").open("wb") as out:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=out, stderr=out)  # noqa: ASYNC220, S603  our own
        async with asyncio.timeout(60):
            while not (found := re.search(r"http://127\.0\.0\.1:\d+/", self._out)):
                assert self._process.poll() is None, self._out
                await asyncio.sleep(0.05)
        self._client = httpx.AsyncClient(base_url=found[0], timeout=60)
        return self

    @property
    def _out(self) -> str:
        return (self._folder / "out").read_text()

    async def __aexit__(self, *_: object):
        self._process.kill()
        self._process.wait()
        await self._client.aclose()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await self.behaviour(writer)
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def ask(self, number):
        query = f'{{ organization(id: "losant:{number:024x}") {{ name }} }}'
        answer = (await self._client.post("/graphql", json={"query": query})).json()
        return answer["errors"][0]["extensions"]["code"]

    def mebibytes(self, name):
        """What the kernel says of the process."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024

    def forget_the_most(self):
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells what a process held")
async def test_twenty_answers_without_measure_at_once_cost_64_mib_at_most(tmp_path):
    async with Flood(tmp_path) as flood:
        assert set(await asyncio.gather(*map(flood.ask, range(20)))) == {"UPSTREAM_INVALID_RESPONSE"}
        first = flood.mebibytes("VmRSS")
        for behaviour, code in (
            (long, "UPSTREAM_INVALID_RESPONSE"),
            (endless, "UPSTREAM_INVALID_RESPONSE"),
            (bomb, "UPSTREAM_INVALID_RESPONSE"),
            (deep, "UPSTREAM_INVALID_RESPONSE"),
            (misfit, "UPSTREAM_INVALID_RESPONSE"),
            (refusal, "UPSTREAM_FORBIDDEN"),
            (cut, "UPSTREAM_UNAVAILABLE"),
        ):
            flood.behaviour = behaviour
            flood.forget_the_most()
            before = flood.mebibytes("VmRSS")
            codes = await asyncio.gather(*map(flood.ask, range(20)))
            assert set(codes) == {code}, behaviour
            assert flood.mebibytes("VmHWM") - before < MOST, behaviour
        assert flood.mebibytes("VmRSS") - first < MOST, "and it is not kept"
