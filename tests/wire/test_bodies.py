"""Bodies that are too long, endless, or packed; memory stays bounded."""

import asyncio
import gzip
import json
import random
import time
import tracemalloc
import zlib

import pytest

from gateway.wire.call import Call
from gateway.wire.deadline import Deadline
from resolvers.errors import OutcomeUnknown, UpstreamInvalidResponse, UpstreamTimeout
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

MAXIMUM = 100_000
MEBIBYTE = 1024 * 1024
READ = Call(Upstream.LOSANT, "org.get", "GET", "/orgs/1")
OK = b"HTTP/1.1 200 OK\r\n"
GZIP = b"Content-Encoding: gzip\r\n"


def sized(body: bytes, *headers: bytes) -> bytes:
    return OK + b"".join(headers) + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(*chunks: bytes) -> bytes:
    parts = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + parts + b"0\r\n\r\n"


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)  # noqa: S311  made up, not secret


@pytest.mark.parametrize("answer", [sized(b"a" * MAXIMUM), chunked(*[b"a" * 1000] * 100)], ids=["length", "chunks"])
async def test_a_body_of_the_limit_is_taken(listen, reach, answer: bytes) -> None:
    server = await listen(answer)
    assert (await reach(server.port).send(READ)).body == b"a" * MAXIMUM


@pytest.mark.parametrize(
    "answer",
    [sized(b"a" * (MAXIMUM + 1)), chunked(*[b"a" * 1000] * 101), sized(gzip.compress(noise(MAXIMUM + 1)), GZIP)],
    ids=["length", "chunks", "packed"],
)
async def test_a_body_beyond_the_limit_is_refused(listen, reach, answer: bytes) -> None:
    server = await listen(answer)
    with pytest.raises(UpstreamInvalidResponse) as caught:
        await reach(server.port).send(READ)
    assert caught.value.message == "Losant sent an answer of more than 100000 bytes."


@pytest.mark.parametrize("framing", ["chunks", "length", "until it closes"])
async def test_an_endless_body_is_cut_off_and_its_connection_closed(listen, reach, framing: str) -> None:
    heads = {"chunks": b"Transfer-Encoding: chunked\r\n", "length": b"Content-Length: 99999999999\r\n"}
    ended = asyncio.Event()
    sent = 0

    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        piece = b"a" * 65_536
        writer.write(OK + heads.get(framing, b"") + b"\r\n")
        try:
            while True:
                writer.write(b"10000\r\n" + piece + b"\r\n" if framing == "chunks" else piece)
                await writer.drain()
                sent += len(piece)
        except ConnectionError:
            ended.set()
            raise

    server = await listen(endless)
    tracemalloc.start()
    try:
        with pytest.raises(UpstreamInvalidResponse):
            await reach(server.port).send(READ)
        await asyncio.wait_for(ended.wait(), 2)
        assert tracemalloc.get_traced_memory()[1] < 8 * MEBIBYTE
    finally:
        tracemalloc.stop()
    assert sent < 64 * MEBIBYTE


@pytest.mark.parametrize("coding", [b"gzip", b"GZIP", b" gzip "])
async def test_a_packed_body_is_unpacked(listen, reach, coding: bytes) -> None:
    body = json.dumps({"names": [f"Organization {number}" for number in range(500)]}).encode()
    server = await listen(sized(gzip.compress(body), b"Content-Encoding: " + coding + b"\r\n"))
    assert (await reach(server.port).send(READ)).body == body


async def test_a_packed_body_may_come_byte_by_byte(listen, reach) -> None:
    packed = gzip.compress(b'{"name": "Acme"}')

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + GZIP + f"Content-Length: {len(packed)}\r\n\r\n".encode())
        for byte in packed:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    server = await listen(trickle)
    assert (await reach(server.port).send(READ)).body == b'{"name": "Acme"}'


async def test_only_gzip_is_asked_for(listen, reach) -> None:
    server = await listen(sized(b"{}"))
    await reach(server.port).send(READ)
    assert "accept-encoding: gzip\r\n" in server.heads[0].lower()


@pytest.mark.parametrize("coding", [b"deflate", b"br", b"zstd", b"gzip, gzip", b"x-secret", b"\xff"])
async def test_a_packing_that_was_not_asked_for_is_refused(listen, reach, coding: bytes) -> None:
    server = await listen(sized(zlib.compress(b"{}"), b"Content-Encoding: " + coding + b"\r\n"))
    with pytest.raises(UpstreamInvalidResponse) as caught:
        await reach(server.port).send(READ)
    assert caught.value.message == "Losant sent an answer packed in a way that was not asked for."


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        (gzip.compress(noise(500))[:-40], "ends too early"),
        (gzip.compress(noise(500))[:-8] + bytes(8), "cannot be unpacked"),
        (b"{}", "cannot be unpacked"),
        (gzip.compress(b"{}") + b"more", "goes on behind its end"),
        (gzip.compress(b"{}") + gzip.compress(b"{}"), "goes on behind its end"),
        (gzip.compress(b" " * 90_000), "packed suspiciously tight"),
    ],
    ids=["cut", "checksum", "plain", "more", "two", "ratio"],
)
async def test_a_packed_body_that_is_not_sound_is_refused(listen, reach, packed: bytes, words: str) -> None:
    server = await listen(sized(packed, GZIP))
    with pytest.raises(UpstreamInvalidResponse) as caught:
        await reach(server.port).send(READ)
    assert words in caught.value.message


async def test_what_has_no_body_may_call_it_packed(listen, reach) -> None:
    server = await listen(b"HTTP/1.1 204 No Content\r\n" + GZIP + b"\r\n")
    answer = await reach(server.port).send(READ)
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("limit", [MAXIMUM, 10 * MEBIBYTE])
async def test_a_bomb_takes_no_more_memory_than_a_body_may(listen, bottom, limit: int) -> None:
    bomb = gzip.compress(bytes(64 * MEBIBYTE), 9)
    server = await listen(sized(bomb, GZIP))
    wire = bottom(
        f"http://127.0.0.1:{server.port}", connect_seconds=1, attempt_seconds=2, connections=1, maximum_bytes=limit
    )
    tracemalloc.start()
    try:
        with pytest.raises(UpstreamInvalidResponse):
            await wire.send(READ)
        assert tracemalloc.get_traced_memory()[1] < 2.5 * limit + 2 * MEBIBYTE
    finally:
        tracemalloc.stop()
        await wire.close()


async def test_packing_that_never_ends_takes_no_memory(listen, reach) -> None:
    start = zlib.compressobj(wbits=31)
    head = start.compress(b"{") + start.flush(zlib.Z_SYNC_FLUSH)
    nothing = b"\x00\x00\x00\xff\xff" * 10_000  # stored blocks of no length

    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + GZIP + b"\r\n" + head)
        while True:
            writer.write(nothing)
            await writer.drain()

    server = await listen(endless)
    deadline = Deadline(reach(server.port), read_seconds=0.4, write_seconds=0.4)
    tracemalloc.start()
    began = time.monotonic()
    try:
        with pytest.raises(UpstreamTimeout) as caught:
            await deadline.send(READ)
        assert tracemalloc.get_traced_memory()[1] < 8 * MEBIBYTE
    finally:
        tracemalloc.stop()
    assert caught.value.upstream is Upstream.LOSANT
    assert time.monotonic() - began < 5.0


@pytest.mark.parametrize(
    "answer",
    [sized(b"a" * (MAXIMUM + 1)), sized(b"{}", GZIP), sized(b"{}", b"Content-Encoding: br\r\n")],
    ids=["long", "junk", "packing"],
)
async def test_a_write_whose_answer_is_refused_may_be_done(listen, reach, answer: bytes) -> None:
    server = await listen(answer)
    with pytest.raises(OutcomeUnknown) as caught:
        await reach(server.port).send(Call(Upstream.LOSANT, "orgs.post", "POST", "/orgs", body=b"{}"))
    assert caught.value.message.endswith("; the change may have been made.")
    assert len(server.heads) == 1
