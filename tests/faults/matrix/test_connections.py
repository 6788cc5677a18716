"""Connections that break, and answers that are no HTTP."""

import gzip

import pytest

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Inner: canary\r\n"


async def silent(exchange):
    """The connection is closed without a word."""


async def reset_at_once(exchange):
    await exchange.reset()


async def reset_mid_head(exchange):
    head, _ = await exchange.answer()
    await exchange.say(head[: len(head) // 2])
    await exchange.reset()


async def reset_mid_body(exchange):
    head, body = await exchange.answer()
    await exchange.say(head + body[: len(body) // 2])
    await exchange.reset()


async def cut_mid_head(exchange):
    head, _ = await exchange.answer()
    await exchange.say(head[: len(head) // 2])


async def cut_body(exchange):
    head, body = await exchange.answer()
    await exchange.say(head + body[:-1])


async def cut_chunks(exchange):
    _, body = await exchange.answer()
    await exchange.say(OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body))


async def junk(exchange):
    await exchange.answer()
    await exchange.say(b"\x00\xff<html>canary</html>\r\n\r\n")


async def another_protocol(exchange):
    await exchange.answer()
    await exchange.say(b"SSH-2.0-OpenSSH_9.6 canary\r\n")


async def bad_chunking(exchange):
    _, body = await exchange.answer()
    await exchange.say(OK + b"Transfer-Encoding: chunked\r\n\r\nnot a number\r\n" + body + b"\r\n0\r\n\r\n")


async def chunk_of_another_length(exchange):
    _, body = await exchange.answer()
    await exchange.say(OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body) - 3, body))


async def two_lengths(exchange):
    _, body = await exchange.answer()
    lengths = b"Content-Length: %d\r\nContent-Length: %d\r\n\r\n" % (len(body), len(body) - 4)
    await exchange.say(OK + lengths + body)


async def length_that_is_none(exchange):
    _, body = await exchange.answer()
    await exchange.say(OK + b"Content-Length: -1\r\n\r\n" + body)


async def huge_header(exchange):
    _, body = await exchange.answer()
    await exchange.say(OK + b"X-Canary: %b\r\nContent-Length: %d\r\n\r\n" % (b"x" * 2_000_000, len(body)) + body)


async def endless_head(exchange):
    await exchange.answer()
    await exchange.say(OK)
    for number in range(1_000_000):
        await exchange.say(b"X-Canary-%d: canary\r\n" % number * 100)


async def forbidden_characters(exchange):
    _, body = await exchange.answer()
    await exchange.say(OK + b"X-Canary: a\x00b\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


async def status_that_is_none(exchange):
    await exchange.answer()
    await exchange.say(b"HTTP/1.1 20 Canary\r\nContent-Length: 0\r\n\r\n")


BROKEN = [
    silent,
    reset_at_once,
    reset_mid_head,
    reset_mid_body,
    cut_mid_head,
    cut_body,
    cut_chunks,
    junk,
    another_protocol,
    bad_chunking,
    chunk_of_another_length,
    two_lengths,
    length_that_is_none,
    huge_header,
    endless_head,
    forbidden_characters,
    status_that_is_none,
]
BEFORE_IT_IS_DONE = (silent, reset_at_once)
by_name = pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.__name__)


@by_name
async def test_a_read_is_tried_three_times_and_then_unavailable(matrix, seen, fault):
    assert await matrix.reads(fault) == seen("UPSTREAM_UNAVAILABLE", 3, retryable=True)


@by_name
async def test_a_read_does_not_see_that_it_happened_once(matrix, seen, fault):
    assert await matrix.reads(fault, times=1) == seen(None, 2)


@by_name
async def test_a_write_is_sent_once_and_its_outcome_is_unknown(matrix, seen, fault):
    made = fault not in BEFORE_IT_IS_DONE
    assert await matrix.writes(fault) == seen("OUTCOME_UNKNOWN", 1, made=made, retryable=False)


async def mispacked(exchange):
    _, body = await exchange.answer()
    packed = gzip.compress(body)
    await exchange.reply(200, packed[:20] + b"canary" + packed[26:], "Content-Encoding: gzip")


async def packed_too_short(exchange):
    _, body = await exchange.answer()
    await exchange.reply(200, gzip.compress(body)[:-10], "Content-Encoding: gzip")


async def packed_otherwise(exchange):
    _, body = await exchange.answer()
    await exchange.reply(200, body, "Content-Encoding: br")


@pytest.mark.parametrize("fault", [mispacked, packed_too_short, packed_otherwise], ids=lambda fault: fault.__name__)
async def test_what_cannot_be_unpacked_is_asked_once(matrix, seen, fault):
    assert await matrix.reads(fault) == seen("UPSTREAM_INVALID_RESPONSE", 1, retryable=False)
    assert await matrix.writes(fault) == seen("OUTCOME_UNKNOWN", 1, made=True, retryable=False)
