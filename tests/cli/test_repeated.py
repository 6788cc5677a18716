"""Heads that come again on a connection are read once; nothing else about their requests may differ."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.cli.repeated import LONGEST, MOST, Repeated
from gateway.door.head import Head

pytestmark = pytest.mark.anyio

HELLO = b'{"data":{"said":"hello"}}'


@asynccontextmanager
async def connected(house: Any) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        try:
            yield reader, writer
        finally:
            writer.close()


@asynccontextmanager
async def known(house: Any, **more: Any) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection that knows the head of `house.request`."""
    async with connected(house) as (reader, writer):
        for _ in range(3):
            writer.write(house.request("hello", **more))
            assert (await house.answer(reader))[2] == HELLO
        assert was_known(house)
        yield reader, writer


def was_known(house: Any) -> bool:
    """Whether the head of the last two requests was read once."""
    one, other = house.exchanges[-2:]
    return one.headers is other.headers


async def all_of(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


async def test_bodies_of_any_length_come_behind_a_known_head(house: Any) -> None:
    async with known(house) as (reader, writer):
        for said in ("", "b", "bb" * 40, "later", "c" * 900):
            writer.write(house.request(said))
            assert (await house.answer(reader))[2] == b'{"data":{"said":"%b"}}' % said.encode()
            assert was_known(house)
        writer.write(house.request("d" * 1000))
        line, headers, _ = await house.answer(reader)
        assert line == b"HTTP/1.1 413 Request Entity Too Large"
        assert headers[b"connection"] == b"close"
    ids = {exchange.request_id for exchange in house.exchanges}
    assert len(ids) == len(house.exchanges) == 8


async def test_an_answer_is_the_same_whether_the_head_was_known(house: Any) -> None:
    async with connected(house) as (reader, writer):
        told = []
        for said in ("hello", "hello", "hello", "later", "mark", "mark"):
            writer.write(house.request(said, headers=b"X-Request-Id: own\r\nAccept: application/json\r\n"))
            line, headers, body = await house.answer(reader)
            headers.pop(b"date")
            told.append((line, headers, body.replace(said.encode(), b"unset")))
    assert was_known(house)
    assert told[0][1][b"x-request-id"] == b"own"
    told = [(line, {**headers, b"content-length": b""}, body) for line, headers, body in told]
    assert [each for each in told if each != told[0]] == [], "each has context variables of its own"


async def test_a_head_that_differs_in_one_byte_is_another(house: Any) -> None:
    async with connected(house) as (reader, writer):
        for _ in range(3):
            for value in (b"a", b"b"):
                writer.write(house.request("hello", headers=b"X-Own: %b\r\n" % value))
                await house.answer(reader)
                assert house.exchanges[-1].headers["x-own"] == value.decode()
    assert house.exchanges[-1].headers is house.exchanges[-3].headers is not house.exchanges[-2].headers


@pytest.mark.parametrize("said", ["hello", "later"])
async def test_what_comes_behind_a_known_request_has_its_turn(house: Any, said: str) -> None:
    async with known(house) as (reader, writer):
        writer.write(house.request(said) + house.request("2"))
        writer.write(house.request("3") + house.request("4")[:-5])
        await asyncio.sleep(0.02)
        writer.write(house.request("4")[-5:])
        bodies = [(await house.answer(reader))[2] for _ in range(4)]
    assert bodies == [b'{"data":{"said":"%b"}}' % each.encode() for each in (said, "2", "3", "4")]


async def test_a_request_that_comes_before_the_last_one_is_answered_waits(house: Any) -> None:
    async with known(house) as (reader, writer):
        for number in range(20):
            writer.write(house.request(f"later {number}"))
            await asyncio.sleep(0)
        bodies = [(await house.answer(reader))[2] for _ in range(20)]
    assert bodies == [b'{"data":{"said":"later %d"}}' % number for number in range(20)]


async def test_a_body_that_comes_in_pieces_behind_a_known_head_is_put_together(house: Any) -> None:
    whole = house.request("hello")
    async with known(house) as (reader, writer):
        for at in (len(whole) - 24, len(whole) - 5, 20):
            writer.write(whole[:at])
            await asyncio.sleep(0.02)
            writer.write(whole[at:])
            assert (await house.answer(reader))[2] == HELLO


APART = {
    "two lengths": (b"Content-Length:", b"Content-Length: 3\r\nContent-Length:"),
    "length and chunks": (b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "a sign": (b"Length: ", b"Length: +"),
    "a list": (b"Length: ", b"Length: 5, "),
    "digits that are none": (b"Length: ", b"Length: x"),
    "an overflow": (b"Length: ", b"Length: 184467440737095516"),
    "a bare line feed": (b"\r\n\r\n", b"\r\n\n"),
    "two hosts": (b"Host:", b"Host: other\r\nHost:"),
    "HTTP/0.9": (b"HTTP/1.1", b"HTTP/0.9"),
}


@pytest.mark.parametrize("change", APART.values(), ids=APART)
async def test_what_two_programs_may_read_apart_is_400_behind_a_known_head_too(house: Any, change: Any) -> None:
    async with known(house) as (reader, writer):
        writer.write(house.request("hello").replace(*change) + house.request("hidden"))
        answers = await all_of(reader)
    assert answers.startswith(b"HTTP/1.1 400 Bad Request")
    assert len(house.exchanges) == 3


async def test_what_stands_behind_a_body_is_no_part_of_it(house: Any) -> None:
    async with known(house) as (reader, writer):
        writer.write(house.request("hello") + b"x" + house.request("hidden"))
        answers = await all_of(reader)
    assert answers.startswith(b"HTTP/1.1 200 OK")
    assert answers.endswith(HELLO)
    assert len(house.exchanges) == 4


async def test_zeros_before_a_length_are_read_as_ever(house: Any) -> None:
    async with known(house) as (reader, writer):
        for _ in range(2):
            writer.write(house.request("hello").replace(b"Length: ", b"Length: 00"))
            assert (await house.answer(reader))[2] == HELLO


async def test_the_last_answer_says_so_when_the_server_ends(house: Any) -> None:
    async with known(house) as (reader, writer):
        house.server.drain()
        writer.write(house.request("hello"))
        _, headers, _ = await house.answer(reader)
        assert headers[b"connection"] == b"close"
        assert await reader.read() == b""


async def test_the_last_answer_says_so_when_the_server_ends_meanwhile(house: Any) -> None:
    async with known(house) as (reader, writer):
        writer.write(house.request("later"))
        while len(house.exchanges) < 4:  # noqa: ASYNC110  it is polled
            await asyncio.sleep(0)
        house.server.drain()
        _, headers, _ = await house.answer(reader)
        assert headers[b"connection"] == b"close"


async def test_a_client_that_leaves_ends_what_is_done_for_it(house: Any) -> None:
    with capture_logs() as logs:
        async with known(house) as (_, writer):
            writer.write(house.request("slow"))
            await house.started.wait()
            writer.close()
            await house.cancelled.wait()
            while house.server.server_state.tasks:  # noqa: ASYNC110  uvicorn tells by a set
                await asyncio.sleep(0)
    assert [each["event"] for each in logs] == ["client gone"]


async def test_a_client_that_leaves_one_connection_is_not_missed_on_another(house: Any) -> None:
    async with known(house) as (reader, writer), known(house) as (_, leaving):
        leaving.write(house.request("slow"))
        await house.started.wait()
        leaving.close()
        writer.write(house.request("later"))
        assert (await house.answer(reader))[2] == HELLO.replace(b"hello", b"later")
        await house.cancelled.wait()


@pytest.mark.parametrize("said", ["hello", "later"])
async def test_what_breaks_is_500_and_ends_the_connection(house: Any, said: str) -> None:
    async with known(house) as (reader, writer):
        house.broken = True
        with capture_logs() as logs:
            writer.write(house.request(said))
            line, headers, _ = await house.answer(reader)
        assert line == b"HTTP/1.1 500 Internal Server Error"
        assert headers[b"connection"] == b"close"
        assert await reader.read() == b""
    assert [each["event"] for each in logs] == ["a request was not answered"]


async def test_a_connection_with_known_heads_may_idle_as_long_as_any_but_not_for_ever(build: Any) -> None:
    house = await build(header_seconds=0.2, idle_seconds=2)
    async with known(house) as (reader, writer):
        for _ in range(2):
            await asyncio.sleep(0.8)
            writer.write(house.request("hello"))
            assert (await house.answer(reader))[2] == HELLO
        assert await reader.read() == b""


async def test_an_operation_outlasts_the_idle_time(build: Any) -> None:
    house = await build(idle_seconds=0.1)
    async with known(house) as (reader, writer):
        writer.write(house.request("slow"))
        await house.started.wait()
        await asyncio.sleep(0.5)
        assert not house.cancelled.is_set()
        assert not reader.at_eof()


async def test_what_asks_for_its_task_has_one(house: Any) -> None:
    async with known(house) as (reader, writer):
        for said in ("timeout", "group", "anyio"):
            writer.write(house.request(said))
            assert (await house.answer(reader))[2] == b'{"data":{"said":"%b"}}' % said.encode()


@pytest.mark.parametrize("headers", [b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"Upgrade: h2c\r\n"])
async def test_a_head_that_says_more_is_read_each_time(house: Any, headers: bytes) -> None:
    for _ in range(2):
        async with connected(house) as (reader, writer):
            writer.write(house.request("hello", headers=headers))
            assert HELLO in await reader.readuntil(b"}}")
    assert not was_known(house)


def head_of(**headers: str) -> Head:
    return Head("POST", [(name.encode(), value.encode()) for name, value in headers.items()], b"")


def request_of(name: str, body: bytes = b"{}") -> bytes:
    return b"POST / HTTP/1.1\r\nX: %b\r\ncontent-length:%d\r\nY: y\r\n\r\n%b" % (name.encode(), len(body), body)


def test_a_connection_keeps_a_few_heads_of_a_sane_length() -> None:
    repeated = Repeated(2 * LONGEST)
    repeated.learn(request_of("x" * LONGEST), head_of())
    assert repeated.known == []
    for number in range(2 * MOST):
        repeated.learn(request_of(str(number)), head_of())
        repeated.learn(request_of(str(number)), head_of())
    assert len(repeated.known) == MOST
    assert repeated.find(request_of("0", b"other")) == (repeated.known[0][2], b"other")
    assert repeated.find(request_of("0", b"other")[:-1]) is None
    assert repeated.find(request_of("0", b"other") + b"x") is None
    assert repeated.find(request_of("0")[:20]) is None
    assert repeated.find(request_of(str(MOST))) is None


def test_no_length_makes_a_known_head_too_long() -> None:
    repeated = Repeated(len(request_of("x", b"")) + 10)
    repeated.learn(request_of("x"), head_of())
    assert repeated.known == []


def test_the_length_is_no_part_of_what_is_kept() -> None:
    repeated = Repeated(LONGEST)
    repeated.learn(request_of("x"), Head("POST", [(b"content-length", b"2"), (b"x", b"x")], b"a=1"))
    [(_, _, head)] = repeated.known
    assert (head.method, dict(head.headers), head.query_string) == ("POST", {"x": "x"}, b"a=1")


def test_a_chunked_body_is_not_kept() -> None:
    repeated = Repeated(LONGEST)
    repeated.learn(request_of("x"), Head("POST", [(b"transfer-encoding", b"chunked")], b""))
    assert repeated.known == []
