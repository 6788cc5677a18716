"""The steps together: over sockets that misbehave, and in made-up time."""

import asyncio
import gzip
import socket
import struct

import pytest

from gateway.wire.call import Call
from gateway.wire.chain import Chain, Figures
from resolvers.errors import (
    Failure,
    OutcomeUnknown,
    UpstreamFailure,
    UpstreamInvalidResponse,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = OK + b"Content-Length: 2\r\n\r\n{}"
READ, WRITE = ("orgs.list", "GET", "/orgs"), ("orgs.create", "POST", "/orgs")


def answer(status: int, *headers: bytes) -> bytes:
    return f"HTTP/1.1 {status} Status\r\n".encode() + b"".join(headers) + b"Content-Length: 2\r\n\r\n{}"


def call(kind: tuple[str, str, str]) -> Call:
    return Call(Upstream.NKS, *kind, credential=("Authorization", "Bearer NKS_API_TOKEN"))


REPEATED = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "a cut body": OK + b'Content-Length: 100\r\n\r\n{"members":',
    "a cut chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n64\r\nmembers",
    "bad chunking": OK + b"Transfer-Encoding: chunked\r\n\r\nmembers\r\n{}\r\n0\r\n\r\n",
    "junk": b"\x00\xff junk\r\n\r\n",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a huge header": OK + b"X-Long: " + b"a" * 200_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
}
TAKEN_AS_THEY_ARE = {
    "a bomb": (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(10_000_000)), UpstreamInvalidResponse),
    "too long": (OK + b"Content-Length: 200000\r\n\r\n" + b"a" * 200_000, UpstreamInvalidResponse),
    "not packed": (OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", UpstreamInvalidResponse),
    "a redirect": (answer(302, b"Location: /elsewhere\r\n"), 302),
    "empty": (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
    "bad request": (answer(400), 400),
    "unauthenticated": (answer(401), 401),
    "not found": (answer(404), 404),
    "conflict": (answer(409), 409),
    "a long wait": (answer(429, b"Retry-After: 600\r\n"), 429),
    "a long pause": (answer(503, b"Retry-After: 600\r\n"), 503),
    "not implemented": (answer(501), 501),
}


async def ended(chain: Chain, sent: Call) -> int | type[Failure]:
    try:
        return (await chain.top.send(sent)).status
    except Failure as failure:
        return type(failure)


@pytest.mark.parametrize("sent", REPEATED.values(), ids=REPEATED)
async def test_a_read_whose_answer_breaks_off_is_tried_three_times_and_a_write_once(listen, reach, sent) -> None:
    for kind, expected, attempts in ((READ, UpstreamUnavailable, 3), (WRITE, OutcomeUnknown, 1)):
        server = await listen(sent)
        made = call(kind)
        assert await ended(Chain(reach(server.port), Figures()), made) is expected
        assert len(server.heads) == attempts
        assert [attempt.outcome for attempt in made.trail.attempts] == [expected.code.name] * attempts


@pytest.mark.parametrize(("sent", "expected"), TAKEN_AS_THEY_ARE.values(), ids=TAKEN_AS_THEY_ARE)
async def test_what_asking_again_cannot_change_is_asked_once(listen, reach, sent, expected) -> None:
    server = await listen(sent)
    assert await ended(Chain(reach(server.port), Figures()), call(READ)) == expected
    assert len(server.heads) == 1
    written = await ended(Chain(reach(server.port), Figures()), call(WRITE))
    assert written == (OutcomeUnknown if isinstance(expected, type) else expected)
    assert len(server.heads) == 2


@pytest.mark.parametrize(
    "first", [answer(503), b"", OK + b"Content-Length: 9\r\n\r\n{", answer(429, b"Retry-After: 0\r\n")]
)
async def test_one_bad_answer_is_not_seen_by_who_reads(listen, reach, first) -> None:
    answers = [first, WHOLE]

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.pop(0))
        await writer.drain()
        writer.close()

    server = await listen(behave)
    made = call(READ)
    assert (await Chain(reach(server.port), Figures()).top.send(made)).body == b"{}"
    assert len(server.heads) == len(made.trail.attempts) == 2
    assert made.trail.received == 2


async def test_a_kept_connection_that_is_reset_costs_a_second_attempt(listen, reach) -> None:
    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(server.heads) == 2:
            peer = writer.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return
        writer.write(WHOLE)
        await writer.drain()

    server = await listen(behave)
    chain = Chain(reach(server.port), Figures())
    assert await ended(chain, call(READ)) == 200
    assert await ended(chain, call(READ)) == 200
    assert (len(server.heads), server.connections) == (3, 2)


@pytest.mark.parametrize("kind", [READ, WRITE], ids=["read", "write"])
async def test_what_cannot_connect_is_tried_three_times_for_it_never_left(reach, kind) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = call(kind)
    assert await ended(Chain(reach(port), Figures()), made) is UpstreamUnavailable
    assert len(made.trail.attempts) == 3


async def test_a_drip_does_not_outlast_an_attempt(listen, reach) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\n \r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    server = await listen(drip)
    made = call(READ)
    figures = Figures(attempt_seconds=0.2, read_deadline_seconds=30.0)
    assert await ended(Chain(reach(server.port, attempt_seconds=10.0), figures), made) is UpstreamTimeout
    assert [attempt.outcome for attempt in made.trail.attempts] == ["UPSTREAM_TIMEOUT"] * 3


async def test_a_wire_that_is_closed_is_not_tried_again(listen, reach) -> None:
    server = await listen(WHOLE)
    wire = reach(server.port)
    await wire.close()
    made = call(READ)
    chain = Chain(wire, Figures())
    assert issubclass(await ended(chain, made), UpstreamFailure)
    assert len(made.trail.attempts) == 1
    assert chain.breaker.counts == (0, 0)
