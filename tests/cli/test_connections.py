"""Connections over raw sockets: slow clients, huge heads, too many at once, requests that two programs read apart."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from gateway.cli.serving import Server
from gateway.cli.sockets import listening_socket
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

GET = b"GET /%b HTTP/1.1\r\nHost: gateway\r\n\r\n"
POST = b"POST /read HTTP/1.1\r\nHost: gateway\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


class Echo:
    """Says which requests reached it.

    Attributes:
        seen: The path, headers and body of each; a body only where the path is `/read`.
        hold: `/held` is answered when it is set.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.seen: list[tuple[str, dict[bytes, bytes], bytes]] = []
        self.hold = asyncio.Event()
        self.direct = None
        self.server = Server(self)  # type: ignore[arg-type]  # it asks for the settings and for ASGI only
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body, more = b"", scope["path"] == "/read"
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            more = message["more_body"]
        self.seen.append((scope["path"], dict(scope["headers"]), body))
        if scope["path"] == "/held":
            await self.hold.wait()
        answer = b"x" * 20_000_000 if scope["path"] == "/large" else b"good"
        headers = [(b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


Serve = Callable[..., Awaitable[Echo]]


@pytest.fixture(scope="module")
async def serve() -> AsyncIterator[Serve]:
    """Servers that end together: each takes its time."""
    serving: list[tuple[Echo, asyncio.Task[None]]] = []

    async def serve(**figures: Any) -> Echo:
        echo = Echo(Settings.model_validate({"server": figures}))
        bound = listening_socket("127.0.0.1", 0)
        echo.port = bound.getsockname()[1]
        serving.append((echo, asyncio.create_task(echo.server.serve([bound]))))
        await echo.server.listening.wait()
        return echo

    yield serve
    for echo, _ in serving:
        echo.hold.set()
        echo.server.should_exit = True
    for _, task in serving:
        await task


@asynccontextmanager
async def connection(echo: Echo) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", echo.port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def answer_on(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    return await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """Everything until the server closes; a reset counts as closing."""
    found = b""
    try:
        while part := await reader.read(65_536):
            found += part
    except ConnectionResetError:
        pass
    return found


def is_refusal(answer: bytes, status: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert b"connection: close" in lines
    assert b"x-content-type-options: nosniff" in lines
    assert b"content-security-policy: default-src 'none'; frame-ancestors 'none'" in lines
    assert not [line for line in lines if line.startswith(b"server:")]
    assert b"content-length: %d" % len(body) in lines
    return answer.startswith(b"HTTP/1.1 " + status + b" ")


async def test_a_head_that_never_ends_is_408(serve) -> None:
    echo = await serve(header_seconds=0.3)
    async with connection(echo) as (reader, writer):
        writer.write(GET[:20])
        assert is_refusal(await all_of(reader), b"408")


async def test_a_head_that_drips_is_408_on_a_connection_that_was_used_before(serve) -> None:
    echo = await serve(header_seconds=0.5)
    async with connection(echo) as (reader, writer):
        writer.write(GET % b"")
        await answer_on(reader)
        answer = asyncio.create_task(all_of(reader))
        for byte in (GET % (b"y" * 10_000))[:-1]:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.02)
            if answer.done():
                break
        assert is_refusal(await answer, b"408")
    assert [path for path, _, _ in echo.seen] == ["/"]


async def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(serve) -> None:
    echo = await serve(header_seconds=0.3)
    async with connection(echo) as (reader, _):
        assert await all_of(reader) == b""


async def test_a_connection_may_idle_longer_than_a_head_may_take_but_not_for_ever(serve) -> None:
    echo = await serve(header_seconds=0.6, idle_seconds=3)
    async with connection(echo) as (reader, writer):
        for _ in range(2):
            writer.write(GET % b"")
            await answer_on(reader)
            await asyncio.sleep(1.2)
        assert await all_of(reader) == b""


async def test_line_ends_between_requests_do_not_keep_a_connection(serve) -> None:
    echo = await serve(header_seconds=0.6)
    async with connection(echo) as (reader, writer):
        writer.write(GET % b"")
        await answer_on(reader)
        closed = asyncio.create_task(all_of(reader))
        while not closed.done():
            writer.write(b"\r\n")
            await asyncio.sleep(0.05)
        assert await closed == b""


async def test_a_body_that_nobody_reads_does_not_keep_a_connection(serve) -> None:
    echo = await serve(header_seconds=0.6)
    async with connection(echo) as (reader, writer):
        writer.write(b"POST /unread HTTP/1.1\r\nHost: gateway\r\nContent-Length: 1000000\r\n\r\n")
        await answer_on(reader)
        closed = asyncio.create_task(all_of(reader))
        while not closed.done():
            writer.write(b"x")
            await asyncio.sleep(0.05)
        assert await closed == b""


async def test_a_body_that_comes_after_its_answer_leaves_the_connection_usable(serve) -> None:
    echo = await serve(header_seconds=5)
    async with connection(echo) as (reader, writer):
        writer.write(b"POST /unread HTTP/1.1\r\nHost: gateway\r\nContent-Length: 5\r\n\r\n")
        await answer_on(reader)
        writer.write(b"hello" + GET % b"next")
        await answer_on(reader)
    assert [path for path, _, _ in echo.seen] == ["/unread", "/next"]


async def test_a_head_may_have_as_many_bytes_as_the_setting_says_and_a_body_more(serve) -> None:
    echo = await serve(header_bytes=2_000)
    body = b"y" * 300_000
    head = POST + b"Content-Length: %d\r\nX: " % len(body)
    head += b"x" * (2_000 - len(head) - 4) + b"\r\n\r\n"
    assert len(head) == 2_000
    async with connection(echo) as (reader, writer):
        for _ in range(3):
            writer.write(head + body)
            await answer_on(reader)
    assert [given for _, _, given in echo.seen] == [body] * 3


@pytest.mark.parametrize(
    "head",
    [
        GET[:-2] % b"" + b"X: " + b"x" * 2_000 + b"\r\n\r\n",
        GET[:-2] % b"" + b"".join(b"X-%d: y\r\n" % number for number in range(300)) + b"\r\n",
        GET % (b"x" * 2_000),
        GET[:-2] % b"" + b"X" * 1_000_000,
        GET[:-2] % b"" + b"X: " + b"x" * 1_000_000,
        b"GET /" + b"x" * 1_000_000,
    ],
)
async def test_a_head_that_is_larger_is_431(serve, head) -> None:
    echo = await serve(header_bytes=2_000)
    async with connection(echo) as (reader, writer):
        writer.write(head)
        assert is_refusal(await all_of(reader), b"431")
    assert echo.seen == []


@pytest.mark.parametrize("endless", [b"0\r\nX: ", b"5;", b"5\r\nhello\r\n0\r\nX: y\r\nY: "])
async def test_what_stands_around_a_body_is_bounded_too(serve, endless) -> None:
    echo = await serve(header_bytes=2_000)
    async with connection(echo) as (reader, writer):
        writer.write(CHUNKED + endless)
        answer = asyncio.create_task(all_of(reader))
        for _ in range(200):
            if answer.done():
                break
            writer.write(b"x" * 1_000)
            await asyncio.sleep(0.01)
        assert is_refusal(await answer, b"400")
    assert echo.seen == []


async def test_trailers_are_no_headers(serve) -> None:
    echo = await serve()
    async with connection(echo) as (reader, writer):
        writer.write(CHUNKED + b"5\r\nhello\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
        await answer_on(reader)
    [(_, headers, body)] = echo.seen
    assert set(headers) == {b"host", b"transfer-encoding"}
    assert body == b"hello"


async def test_connections_beyond_the_cap_are_told_so_and_the_others_go_on(serve, caplog) -> None:
    echo = await serve(connections=20)
    made = [await asyncio.open_connection("127.0.0.1", echo.port) for _ in range(30)]
    async with asyncio.timeout(30):
        refused = [await all_of(reader) for reader, _ in made[20:]]
        for answer in refused:
            assert is_refusal(answer, b"503")
            assert b"\r\nretry-after: 1\r\n" in answer
        for reader, writer in made[:20]:
            writer.write(GET % b"")
            assert await answer_on(reader) == b"good"
        for _, writer in made:
            writer.close()
        while echo.server.server_state.connections:  # noqa: ASYNC110  uvicorn tells by a set
            await asyncio.sleep(0.01)
    async with connection(echo) as (reader, writer):
        writer.write(GET % b"")
        assert await answer_on(reader) == b"good"
    assert len(echo.seen) == 21
    assert caplog.text == ""


APART = {
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "the same length twice": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nhello",
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\nhello",
    "a length below zero": POST + b"Content-Length: -5\r\n\r\nhello",
    "a length that overflows": POST + b"Content-Length: 18446744073709551621\r\n\r\nhello",
    "an empty length": POST + b"Content-Length:\r\n\r\n",
    "a space before the colon": POST + b"Content-Length : 5\r\n\r\nhello",
    "another coding": POST + b"Transfer-Encoding: gzip\r\n\r\nhello",
    "another coding first": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "another coding last": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "almost chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "almost a space": POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST /read HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk without a size": CHUNKED + b"\r\nhello\r\n0\r\n\r\n",
    "a chunk with a prefix": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk below zero": CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    "a chunk with a space": CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n",
    "a chunk that overflows": CHUNKED + b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "a chunk that is longer than its size": CHUNKED + b"5\r\nhellohello\r\n0\r\n\r\n",
    "a bare line feed after a size": CHUNKED + b"5\nhello\r\n0\r\n\r\n",
    "a bare line feed after a chunk": CHUNKED + b"5\r\nhello\n0\r\n\r\n",
    "a bare line feed in an extension": CHUNKED + b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "a length as a trailer": CHUNKED + b"0\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/0.9": b"GET /read\r\n\r\n",
    "HTTP/0.9 by name": b"GET /read HTTP/0.9\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "bare line feeds": b"GET /read HTTP/1.1\nHost: gateway\n\n",
    "a bare line feed after a header": b"GET /read HTTP/1.1\r\nHost: gateway\nX: y\r\n\r\n",
    "a bare line feed at the end": b"GET /read HTTP/1.1\r\nHost: gateway\r\n\n",
    "a bare carriage return": b"GET /read HTTP/1.1\r\nHost: gateway\rX: y\r\n\r\n",
    "a folded line": b"GET /read HTTP/1.1\r\nHost: gateway\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n",
    "a null byte": b"GET /read HTTP/1.1\r\nHost: gateway\r\nX: y\x00\r\n\r\n",
    "a space in a name": b"GET /read HTTP/1.1\r\nHost: gateway\r\nX y: z\r\n\r\n",
    "no host": b"GET /read HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /read HTTP/1.1\r\nHost: gateway\r\nHost: other\r\n\r\n",
    "a target on another host": b"GET http://other/read HTTP/1.1\r\nHost: gateway\r\n\r\n",
    "a tunnel": b"CONNECT gateway:80 HTTP/1.1\r\nHost: gateway\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a body before another protocol": POST
    + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 38\r\n\r\n"
    + GET % b"inside",
    "chunks before another protocol": CHUNKED[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("request_", APART.values(), ids=APART)
async def test_what_two_programs_may_read_apart_is_400_and_nothing_after_it_is_read(serve, request_, caplog) -> None:
    echo = await serve()
    async with connection(echo) as (reader, writer):
        writer.write(request_ + GET % b"hidden")
        await writer.drain()
        answer = await all_of(reader)
    assert is_refusal(answer, b"400")
    assert answer.count(b"HTTP/1.1") == 2, "in the status line and in the sentence"
    assert echo.seen == []
    assert caplog.text == ""


async def test_a_target_that_names_the_same_host_is_served(serve) -> None:
    echo = await serve()
    async with connection(echo) as (reader, writer):
        writer.write(b"GET http://Gateway/x HTTP/1.1\r\nHost: gateway\r\n\r\n")
        await answer_on(reader)


async def test_what_came_whole_is_answered_before_a_broken_request_ends_the_connection(serve) -> None:
    echo = await serve()
    async with connection(echo) as (reader, writer):
        writer.write(GET % b"held" + GET % b"second" + b"broken\r\n\r\n" + GET % b"hidden")
        while not echo.seen:  # noqa: ASYNC110  it is polled
            await asyncio.sleep(0.01)
        echo.hold.set()
        assert await answer_on(reader) == b"good"
        assert await answer_on(reader) == b"good"
        assert await all_of(reader) == b""
    assert [path for path, _, _ in echo.seen] == ["/held", "/second"]


async def test_requests_that_wait_for_an_answer_are_bounded(serve) -> None:
    echo = await serve()
    async with connection(echo) as (reader, writer):
        writer.write(GET % b"held" + b"".join(GET % b"%d" % number for number in range(1_000)))
        while not echo.seen:  # noqa: ASYNC110  it is polled
            await asyncio.sleep(0.01)
        echo.hold.set()
        answers = await all_of(reader)
    assert answers.count(b"HTTP/1.1 200 ") == len(echo.seen) == 33


async def test_another_protocol_is_not_spoken_but_the_request_is_answered(serve) -> None:
    echo = await serve()
    async with connection(echo) as (reader, writer):
        writer.write(
            b"GET / HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + GET % b"hidden"
        )
        assert await answer_on(reader) == b"good"
        assert await all_of(reader) == b""
    assert [path for path, _, _ in echo.seen] == ["/"]


async def test_a_client_that_waited_to_be_told_to_go_on_begins_anew_on_another_connection(serve) -> None:
    echo = await serve()
    async with connection(echo) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: gateway\r\nExpect: 100-continue\r\nContent-Length: 60\r\n\r\n")
        assert await answer_on(reader) == b"good"
        assert await all_of(reader) == b""


async def test_a_client_that_does_not_read_its_answer_is_cut_off(serve) -> None:
    echo = await serve(write_seconds=0.3)
    async with connection(echo) as (reader, writer):
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # noqa: SLF001  a client that never reads
        writer.write(GET % b"large")
        while not echo.seen:  # noqa: ASYNC110  it is polled
            await asyncio.sleep(0.01)
        while echo.server.server_state.connections:  # noqa: ASYNC110  uvicorn tells by a set
            await asyncio.sleep(0.01)
