"""The door on a real server and a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import uvicorn
from starlette.types import ASGIApp

from gateway.cli.connections import Bounds, Connection

pytestmark = pytest.mark.anyio

POST = b"POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
QUERY = b'{"query": "{ greeting }"}'


@pytest.fixture
async def port(app: ASGIApp) -> AsyncIterator[int]:
    """The port of a server that runs until the test ends."""
    http = partial(Connection, bounds=Bounds(header_seconds=10, header_bytes=16_384, connections=100, write_seconds=30))
    config = uvicorn.Config(
        app,
        port=0,
        http=http,  # type: ignore[arg-type]  # it is called as the class is
        ws="none",
        log_config=None,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by a flag
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield reader, writer
        finally:
            writer.close()


def message(body: bytes) -> bytes:
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def answer_on(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def test_one_connection_serves_one_answer_after_another_and_names_no_server(port: int) -> None:
    async with connection(port) as (reader, writer):
        for _ in range(3):
            writer.write(message(QUERY))
            head, body = await answer_on(reader)
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"server:" not in head.lower()
            assert body == b'{"data":{"greeting":"Hello, you!"}}'


async def test_a_refusal_leaves_the_connection_usable(port: int) -> None:
    async with connection(port) as (reader, writer):
        writer.write(message(b"null") + message(QUERY))
        assert (await answer_on(reader))[0].startswith(b"HTTP/1.1 400 ")
        assert (await answer_on(reader))[0].startswith(b"HTTP/1.1 200 ")


async def test_a_client_that_still_sends_reads_why_its_body_was_refused(port: int) -> None:
    async with connection(port) as (reader, writer):
        writer.write(POST + b"Content-Length: 3000000\r\n\r\n")
        for _ in range(30):
            writer.write(b" " * 100_000)
            await writer.drain()
        head, body = await answer_on(reader)
        assert head.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close\r\n" in head
        assert b"The request body is too large" in body
        assert await reader.read() == b""


async def test_an_endless_body_is_refused_while_it_is_sent_and_cut_off(port: int) -> None:
    async with connection(port) as (reader, writer):
        writer.write(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        answer = asyncio.create_task(answer_on(reader))
        with pytest.raises(ConnectionError):  # noqa: PT012 - which of the writes fails is the kernel's choice
            for _ in range(1_000):
                writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
                await writer.drain()
                await asyncio.sleep(0)
        assert (await answer)[0].startswith(b"HTTP/1.1 413 ")


async def test_a_client_that_waits_to_be_told_to_go_on_is_refused_without_sending(port: int) -> None:
    async with connection(port) as (reader, writer):
        writer.write(POST + b"Content-Length: 3000000\r\nExpect: 100-continue\r\n\r\n")
        assert (await answer_on(reader))[0].startswith(b"HTTP/1.1 413 ")


async def test_a_client_that_hangs_up_cancels_its_execution_within_100_ms(
    port: int, started: asyncio.Event, cancelled: asyncio.Event
) -> None:
    async with connection(port) as (_reader, writer):
        writer.write(message(b'{"query": "{ slow }"}'))
        await started.wait()
    async with asyncio.timeout(0.1):
        await cancelled.wait()


FORM = (
    b"POST /graphql HTTP/1.1\r\nHost: gateway\r\nGraphQL-Preflight: 1\r\n"
    b"Content-Type: multipart/form-data; boundary=b\r\n"
)
OPERATIONS = (
    b'--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
    b'{"query": "mutation M($file: Upload) { keep(file: $file) }", "variables": {"file": null}}\r\n'
)
MAP = b'--b\r\nContent-Disposition: form-data; name="map"\r\n\r\n{"0": ["variables.file"]}\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="0"; filename="a.txt"\r\n\r\n'


async def test_a_file_comes_in_over_the_socket_and_the_connection_goes_on(port: int) -> None:
    body = OPERATIONS + MAP + FILE + b"x" * 199_000 + b"\r\n--b--\r\n"
    async with connection(port) as (reader, writer):
        for _ in range(2):
            writer.write(FORM + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            head, answer = await answer_on(reader)
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert answer == b'{"data":{"keep":["a.txt: b\'%b\'"]}}' % (b"x" * 199_000)


async def test_a_client_that_still_sends_its_file_reads_why_the_form_was_refused(port: int) -> None:
    async with connection(port) as (reader, writer):
        writer.write(FORM + b"Content-Length: 290000\r\n\r\n" + OPERATIONS + FILE)
        writer.write(b"x" * (290_000 - len(OPERATIONS + FILE)))
        head, body = await answer_on(reader)
        assert head.startswith(b"HTTP/1.1 400 ")
        assert b"connection: close\r\n" in head
        assert b'The second part of the form must be \\"map\\"' in body
        assert await reader.read() == b""
