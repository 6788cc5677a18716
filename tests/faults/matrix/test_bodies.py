"""Bodies that are too long, or do not end. The struck upstream may send 1 MiB."""

import asyncio
import gzip
import zlib
from functools import cache

import pytest

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BLOCK = b" " * 65_536
LONG = 64 * 1024 * 1024


async def long_by_its_length(exchange):
    await exchange.answer()
    await exchange.say(OK + b"Content-Length: %d\r\n\r\n" % LONG)
    for _ in range(LONG // len(BLOCK)):
        await exchange.say(BLOCK)


async def long_in_chunks(exchange):
    await exchange.answer()
    await exchange.say(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(LONG // len(BLOCK)):
        await exchange.say(b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK))
    await exchange.say(b"0\r\n\r\n")


async def endless(exchange):
    await exchange.answer()
    await exchange.say(OK + b"\r\n")
    while True:
        await exchange.say(BLOCK)


async def endless_chunks(exchange):
    await exchange.answer()
    await exchange.say(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await exchange.say(b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK))


async def one_endless_chunk(exchange):
    await exchange.answer()
    await exchange.say(OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\n")
    while True:
        await exchange.say(BLOCK)


async def length_beyond_all_bounds(exchange):
    await exchange.answer()
    await exchange.say(OK + b"Content-Length: 99999999999999999999\r\n\r\n")
    while True:
        await exchange.say(BLOCK)


@cache
def packed_blanks():
    return gzip.compress(b" " * LONG)


async def bomb(exchange):
    await exchange.answer()
    await exchange.reply(200, packed_blanks(), "Content-Encoding: gzip")


async def small_bomb(exchange):
    _, body = await exchange.answer()
    await exchange.reply(200, gzip.compress(body[:-1] + b" " * 500_000 + b"}"), "Content-Encoding: gzip")


async def endless_bomb(exchange):
    await exchange.answer()
    await exchange.say(OK + b"Content-Encoding: gzip\r\n\r\n")
    packing = zlib.compressobj(wbits=31)
    while True:
        await exchange.say(packing.compress(BLOCK * 16))
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "fault",
    [
        long_by_its_length,
        long_in_chunks,
        endless,
        endless_chunks,
        one_endless_chunk,
        length_beyond_all_bounds,
        bomb,
        small_bomb,
        endless_bomb,
    ],
    ids=lambda fault: fault.__name__,
)
async def test_it_is_asked_once_and_of_a_write_the_outcome_is_unknown(small, seen, fault):
    assert await small.reads(fault) == seen("UPSTREAM_INVALID_RESPONSE", 1, retryable=False)
    assert await small.writes(fault) == seen("OUTCOME_UNKNOWN", 1, made=True, retryable=False)


async def just_fits(exchange):
    _, body = await exchange.answer()
    await exchange.reply(200, body[:-1] + b" " * (1_048_576 - len(body)) + b"}")


async def too_long_by_one(exchange):
    _, body = await exchange.answer()
    await exchange.reply(200, body[:-1] + b" " * (1_048_577 - len(body)) + b"}")


async def test_the_limit_itself_is_no_fault(small, seen):
    assert await small.reads(just_fits) == seen(None, 1)
    assert await small.writes(just_fits) == seen(None, 1, made=True)
    assert await small.reads(too_long_by_one) == seen("UPSTREAM_INVALID_RESPONSE", 1, retryable=False)
