"""Connections that break, hang or drip, and answers that are no HTTP, over real sockets."""

import asyncio
import re
import socket
import struct
import time

import pytest

from gateway.wire.call import Call
from gateway.wire.deadline import Deadline
from resolvers.errors import Failure, OutcomeUnknown, UpstreamInvalidResponse, UpstreamTimeout, UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

READ = Call(Upstream.NKS, "orgs.list", "GET", "/orgs", credential=("Authorization", "Bearer NKS_API_TOKEN"))
WRITE = Call(Upstream.NKS, "orgs.create", "POST", "/orgs", body=b'{"name": "New"}')
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = OK + b"Content-Length: 2\r\n\r\n{}"

BROKEN = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "a cut body": OK + b'Content-Length: 100\r\n\r\n{"secret":',
    "a cut chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n64\r\nsecret",
    "chunks without an end": OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    "junk": b"\x00\xff secret junk\r\n\r\n",
    "another protocol": b"220 secret.example ESMTP\r\n\r\n",
    "an upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    "status 000": b"HTTP/1.1 000 Secret\r\nContent-Length: 2\r\n\r\n{}",
    "status 1000": b"HTTP/1.1 1000 Secret\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a negative length": OK + b"Content-Length: -2\r\n\r\n{}",
    "a length that no number holds": OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
    "chunks of no length": OK + b"Transfer-Encoding: chunked\r\n\r\nsecret\r\n{}\r\n0\r\n\r\n",
    "a chunk that no memory holds": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 30 + b"\r\n{}",
    "an unknown transfer": OK + b"Transfer-Encoding: secret\r\n\r\n{}",
    "a huge header": OK + b"X-Secret: " + b"a" * 200_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "many headers": OK + b"X-Secret: a\r\n" * 30_000 + b"Content-Length: 2\r\n\r\n{}",
    "a header that is none": OK + b"X Secret\r\nContent-Length: 2\r\n\r\n{}",
    "a NUL in a header": OK + b"X-Secret: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
}


def tells_nothing(failure: Failure, port: int) -> bool:
    """Whether the message holds no address, header, body or text of an exception."""
    return not re.search(rf"(?i)secret|https?:|127\.0|{port}|token|bearer|error|content-|errno|\bh11\b", str(failure))


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_an_answer_that_is_no_http_is_a_failure(listen, reach, answer: bytes) -> None:
    server = await listen(answer)
    with pytest.raises((UpstreamUnavailable, UpstreamInvalidResponse)) as caught:
        await reach(server.port).send(READ)
    assert tells_nothing(caught.value, server.port)
    assert caught.value.upstream is Upstream.NKS


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_a_write_without_a_whole_answer_is_of_unknown_outcome_and_sent_once(listen, reach, answer: bytes) -> None:
    server = await listen(answer)
    with pytest.raises(OutcomeUnknown) as caught:
        await reach(server.port).send(WRITE)
    assert tells_nothing(caught.value, server.port)
    assert len(server.heads) == 1


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n", OK + b"Content-Length: 10\r\n\r\n{"])
@pytest.mark.parametrize(("call", "expected"), [(READ, UpstreamUnavailable), (WRITE, OutcomeUnknown)])
async def test_a_reset_is_a_broken_connection(listen, reach, sent: bytes, call: Call, expected: type[Failure]) -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        peer = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    server = await listen(reset)
    with pytest.raises(expected) as caught:
        await reach(server.port).send(call)
    assert tells_nothing(caught.value, server.port)
    assert len(server.heads) == 1


@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])
async def test_what_cannot_connect_has_provably_not_left(reach, call: Call) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(UpstreamUnavailable) as caught:
        await reach(port).send(call)
    assert caught.value.message == "NKS cannot be reached."


@pytest.mark.parametrize(("call", "expected"), [(READ, UpstreamTimeout), (WRITE, OutcomeUnknown)])
async def test_a_hang_ends_with_the_attempt(listen, reach, call: Call, expected: type[Failure]) -> None:
    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await listen(hang)
    began = time.monotonic()
    with pytest.raises(expected) as caught:
        await reach(server.port, attempt_seconds=0.2).send(call)
    assert time.monotonic() - began < 5.0
    assert tells_nothing(caught.value, server.port)
    assert len(server.heads) == 1


@pytest.mark.parametrize(("call", "expected"), [(READ, UpstreamTimeout), (WRITE, OutcomeUnknown)])
@pytest.mark.parametrize(
    ("start", "drop"),
    [(OK + b"X-Drip: ", b"H"), (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")],
    ids=["head", "body"],
)
async def test_a_drip_does_not_outlast_the_deadline(
    listen, reach, call: Call, expected: type[Failure], start: bytes, drop: bytes
) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.1)

    server = await listen(drip)
    deadline = Deadline(reach(server.port, attempt_seconds=0.3), read_seconds=0.5, write_seconds=0.5)
    began = time.monotonic()
    with pytest.raises(expected) as caught:
        await deadline.send(call)
    assert 0.4 < time.monotonic() - began < 5.0
    assert caught.value.upstream is Upstream.NKS
    assert len(server.heads) == 1


async def test_the_deadline_of_a_read_is_not_that_of_a_write(listen, reach) -> None:
    async def late(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(WHOLE)
        await writer.drain()

    server = await listen(late)
    deadline = Deadline(reach(server.port), read_seconds=0.1, write_seconds=2.0)
    assert (await deadline.send(WRITE)).body == b"{}"
    with pytest.raises(UpstreamTimeout):
        await deadline.send(READ)


async def test_a_caller_that_goes_away_is_no_timeout(listen, reach) -> None:
    arrived = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()

    server = await listen(hang)
    waiting = asyncio.create_task(Deadline(reach(server.port), read_seconds=5, write_seconds=5).send(READ))
    await arrived.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_kept_connection_is_used_again(listen, reach) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(WHOLE)
        await writer.drain()

    server = await listen(answer)
    wire = reach(server.port)
    for _ in range(3):
        assert (await wire.send(READ)).body == b"{}"
    assert server.connections == 1


async def test_a_write_gets_through_where_a_kept_connection_was_closed(listen, reach) -> None:
    server = await listen(WHOLE)
    wire = reach(server.port)
    await wire.send(READ)
    await asyncio.sleep(0.05)
    assert (await wire.send(WRITE)).status == 200
    assert (server.connections, len(server.heads)) == (2, 2)


async def test_more_calls_than_connections_wait_for_one_another(listen, reach) -> None:
    open_now, most = 0, 0

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.02)
        open_now -= 1
        writer.write(WHOLE)
        await writer.drain()

    server = await listen(answer)
    wire = reach(server.port)
    answers = await asyncio.gather(*(wire.send(READ) for _ in range(12)))
    assert {answer.status for answer in answers} == {200}
    assert most <= 4
    assert server.connections <= 4


async def test_who_finds_no_connection_free_has_not_been_sent(listen, reach) -> None:
    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await listen(hang)
    wire = reach(server.port, attempt_seconds=0.3)
    waiting = [asyncio.create_task(wire.send(WRITE)) for _ in range(5)]
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    kinds = sorted(type(end).__name__ for end in ends)
    assert len(server.heads) <= 5
    assert kinds.count("OutcomeUnknown") == len(server.heads)
    assert set(kinds) <= {"OutcomeUnknown", "UpstreamUnavailable"}


async def test_a_wire_that_is_closed_says_so(listen, reach) -> None:
    server = await listen(WHOLE)
    wire = reach(server.port)
    await wire.close()
    with pytest.raises(UpstreamUnavailable) as caught:
        await wire.send(WRITE)
    assert caught.value.message == "The gateway is being closed."
    assert server.heads == []
