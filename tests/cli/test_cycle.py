"""Answers of applications of any kind, as they are written to the socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from gateway.cli.cycle import LARGE
from gateway.cli.server import Server
from gateway.cli.sockets import listening_socket
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

Told = Callable[..., Awaitable[tuple[bytes, dict[bytes, bytes], bytes]]]
LENGTH = (b"content-length", b"4")


def start(*headers: tuple[bytes, bytes], status: int = 200) -> Message:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


class Sayer:
    """Sends the messages that it is given."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.direct = None
        self.server = Server(self)  # type: ignore[arg-type]  # it asks for the settings and for ASGI only
        self.messages: Sequence[Message] = ()
        self.raises = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        for message in self.messages:
            await (message.wait() if isinstance(message, asyncio.Event) else send(message))
        if self.raises:
            raise ValueError("its own")


@pytest.fixture(scope="module")
async def sayer() -> AsyncIterator[tuple[Sayer, int]]:
    sayer = Sayer()
    bound = listening_socket("127.0.0.1", 0)
    serving = asyncio.create_task(sayer.server.serve([bound]))
    await sayer.server.listening.wait()
    yield sayer, bound.getsockname()[1]
    sayer.server.should_exit = True
    await serving


@pytest.fixture
def told(sayer: tuple[Sayer, int]) -> Told:
    """What comes over the socket when an application says this: the status line, the headers, all that follows."""

    async def told(*messages: Message, method: bytes = b"GET", raises: bool = False) -> Any:
        sayer[0].messages, sayer[0].raises = messages, raises
        async with asyncio.timeout(30):
            reader, writer = await asyncio.open_connection("127.0.0.1", sayer[1])
            writer.write(method + b" / HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            writer.close()
        line, *lines = head.split(b"\r\n")
        assert len({each.partition(b":")[0] for each in lines}) == len(lines), lines
        headers = dict(each.split(b": ", 1) for each in lines)
        return line, headers, body

    return told


async def test_an_answer_has_its_status_its_headers_in_lower_case_and_its_body(told: Told) -> None:
    for _ in range(2):
        line, headers, body = await told(start(LENGTH, (b"X-Odd", b"\xe9 a"), status=404), piece(b"good"))

        assert line == b"HTTP/1.1 404 Not Found"
        assert headers.keys() == {b"content-length", b"x-odd", b"date", b"connection"}
        assert headers[b"x-odd"] == b"\xe9 a"
        assert headers[b"connection"] == b"close"
        assert body == b"good"


async def test_a_body_without_a_length_comes_in_chunks(told: Told) -> None:
    _, headers, body = await told(start(), piece(b"go", more=True), piece(b"", more=True), piece(b"od"))

    assert headers[b"transfer-encoding"] == b"chunked"
    assert body == b"2\r\ngo\r\n2\r\nod\r\n0\r\n\r\n"
    assert (await told(start(), piece(b"")))[2] == b"0\r\n\r\n"


async def test_the_head_of_a_stream_does_not_wait_for_its_first_piece(sayer: tuple[Sayer, int]) -> None:
    go_on = asyncio.Event()

    class Slow(list[Message]):
        def __iter__(self) -> Any:
            yield start()
            yield go_on
            yield piece(b"late")

    sayer[0].messages, sayer[0].raises = Slow(), False
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", sayer[1])
        writer.write(b"GET / HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        go_on.set()
        assert await reader.read() == b"4\r\nlate\r\n0\r\n\r\n"
        writer.close()
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_a_body_with_a_length_may_come_in_pieces(told: Told) -> None:
    _, headers, body = await told(start(LENGTH), piece(b"", more=True), piece(b"go", more=True), piece(b"od"))

    assert b"transfer-encoding" not in headers
    assert body == b"good"


@pytest.mark.parametrize("size", [LARGE, LARGE + 1, 3 * LARGE])
async def test_a_large_body_arrives_whole(told: Told, size: int) -> None:
    sent = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    assert (await told(start((b"content-length", b"%d" % size)), piece(sent)))[2] == sent


async def test_head_is_answered_without_a_body(told: Told) -> None:
    line, headers, body = await told(start(LENGTH), piece(b"good"), method=b"HEAD")

    assert (line, headers[b"content-length"], body) == (b"HTTP/1.1 200 OK", b"4", b"")


async def test_nothing_is_neither_chunked_nor_long(told: Told) -> None:
    _, headers, body = await told(start(status=204), piece(b""))

    assert not headers.keys() & {b"content-length", b"transfer-encoding"}
    assert body == b""


@pytest.mark.parametrize(
    "messages",
    [(), (start(LENGTH),), (start((b"x-odd", b"a\r\nset-cookie: b")), piece(b"")),
     (start((b"x odd", b"a")), piece(b"")), (piece(b"good"),), (start(LENGTH), start(LENGTH))],
    ids=["nothing", "a head alone", "two headers in one", "no name", "no head", "two heads"],
)  # fmt: skip
@pytest.mark.parametrize("raises", [False, True])
async def test_what_is_no_answer_becomes_500(told: Told, messages: tuple[Message, ...], raises: bool) -> None:
    with capture_logs() as logs:
        line, headers, body = await told(*messages, raises=raises)

    assert (line, body) == (b"HTTP/1.1 500 Internal Server Error", b"Internal Server Error")
    assert not headers.keys() & {b"set-cookie", b"x-odd", b"x odd"}
    assert len(logs) == 1


@pytest.mark.parametrize("body", [b"goo", b"goody"])
async def test_a_body_that_belies_its_length_ends_the_connection(told: Told, body: bytes) -> None:
    with capture_logs() as logs:
        line, _, came = await told(start(LENGTH), piece(body, more=False))

    assert line == b"HTTP/1.1 200 OK"
    assert len(came) <= 5
    assert len(logs) == 1


async def test_an_answer_that_breaks_off_ends_its_connection(told: Told) -> None:
    with capture_logs() as logs:
        assert (await told(start(LENGTH), piece(b"go", more=True), raises=True))[2] == b"go"
    assert len(logs) == 1
