"""Calls over lean connections: who goes away, who waits, and what is not sent."""

import asyncio
import gzip

import pytest

from gateway.wire.call import Call
from gateway.wire.lean.transport import LeanTransport
from resolvers.errors import OutcomeUnknown, UpstreamTimeout, UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

READ = Call(Upstream.NKS, "orgs.list", "GET", "/orgs")
WRITE = Call(Upstream.NKS, "orgs.create", "POST", "/orgs", body=b"{}")
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 2", ANSWER[:-1]], ids=["nothing", "head", "body"])
async def test_a_caller_that_goes_away_leaves_its_place_and_no_connection(listen, lean, start: bytes) -> None:
    arrived, ended = asyncio.Event(), asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        arrived.set()
        if await reader.read(1) == b"":
            ended.set()
        writer.close()

    server = await listen(hang)
    wire = lean(server.port, connections=1)
    for _ in range(3):
        arrived.clear()
        ended.clear()
        sending = asyncio.create_task(wire.send(READ))
        async with asyncio.timeout(20):
            await arrived.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            await ended.wait()
    assert server.connections == 3


async def test_a_caller_that_goes_away_while_connecting_leaves_its_place(listen, lean) -> None:
    server = await listen(ANSWER)
    wire = lean(server.port, connections=1)
    for turns in range(12):
        sending = asyncio.create_task(wire.send(READ))
        for _ in range(turns):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait({sending})
    assert (await wire.send(WRITE)).body == b"{}"


async def test_a_wire_that_is_closed_ends_what_is_under_way(listen, lean) -> None:
    arrived = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()

    server = await listen(hang)
    wire = lean(server.port)
    sending = asyncio.create_task(wire.send(WRITE))
    await arrived.wait()
    await wire.close()
    with pytest.raises(OutcomeUnknown):
        await sending


async def test_a_wire_that_is_closed_while_it_connects_has_sent_nothing(listen, lean) -> None:
    server = await listen(ANSWER)
    wire = lean(server.port)
    sending = asyncio.create_task(wire.send(WRITE))
    await asyncio.sleep(0)
    await wire.close()
    with pytest.raises(UpstreamUnavailable):
        await sending
    assert server.heads == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_whoever_goes_away_at_any_moment_leaves_no_socket_behind(listen, host: str) -> None:
    server = await listen(ANSWER)
    for turns in range(30):
        wire = LeanTransport(
            f"http://{host}:{server.port}", connect_seconds=5.0, attempt_seconds=10.0, connections=1, maximum_bytes=100
        )
        sending = asyncio.create_task(wire.send(READ))
        for _ in range(turns):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait({sending})
        assert (await wire.send(WRITE)).status == 200
        await wire.close()


async def test_an_early_answer_to_half_a_request_is_taken_and_its_connection_closed(serve, lean) -> None:
    connections = 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        while await reader.read(65_536):
            pass

    port = await serve(refuse, limit=1024)
    wire = lean(port)
    large = Call(Upstream.NKS, "orgs.create", "POST", "/orgs", body=bytes(50_000_000))
    for count in (1, 2):
        assert (await wire.send(large)).status == 413
        assert connections == count


async def test_a_long_request_that_is_taken_slowly_is_no_silence(serve, lean) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        left = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while left:
            left -= len(await reader.read(1_000_000))
            await asyncio.sleep(0.02)
        writer.write(ANSWER)
        await reader.read()

    port = await serve(slow)
    wire = lean(port, patience=0.5)
    large = Call(Upstream.NKS, "orgs.create", "POST", "/orgs", body=bytes(20_000_000))
    assert (await wire.send(large)).status == 200


async def test_a_request_that_is_not_taken_at_all_is_silence(serve, lean) -> None:
    async def deaf(*_: object) -> None:
        await asyncio.Event().wait()

    port = await serve(deaf, limit=1024)
    wire = lean(port, patience=0.2)
    with pytest.raises(OutcomeUnknown, match="took the request too slowly"):
        await wire.send(Call(Upstream.NKS, "orgs.create", "POST", "/orgs", body=bytes(50_000_000)))
    with pytest.raises(UpstreamTimeout, match="gave no answer in time"):
        await wire.send(READ)


async def test_long_bodies_at_once_all_arrive(listen, lean) -> None:
    body = b"a" * 3_000_000
    sent: list[int] = []

    async def long(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        sent.append(len(body))

    server = await listen(long)
    wire = lean(server.port, connections=8, maximum_bytes=len(body))
    answers = await asyncio.gather(*(wire.send(READ) for _ in range(8)))
    assert [len(answer.body) for answer in answers] == [len(body)] * 8
    assert len(sent) == 8


async def test_who_waits_with_a_long_body_goes_on_when_another_goes_away(listen, lean) -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"a" * 2_000_000
    arrived: list[asyncio.StreamWriter] = []

    async def long(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(writer)
        writer.write(half)
        if len(arrived) > 2:
            writer.write(b"a" * 1_000_000)
        await reader.read(1)

    server = await listen(long)
    wire = lean(server.port, maximum_bytes=3_000_000)
    hanging = [asyncio.create_task(wire.send(READ)) for _ in range(2)]
    async with asyncio.timeout(20):
        while len(arrived) < 2 or any(writer.transport.get_write_buffer_size() for writer in arrived):  # noqa: ASYNC110  it is polled
            await asyncio.sleep(0.01)
        third = asyncio.create_task(wire.send(READ))
        while len(arrived) < 3:  # noqa: ASYNC110  it is polled
            await asyncio.sleep(0.01)
        hanging[0].cancel()
        assert len((await third).body) == 3_000_000
    hanging[1].cancel()
    await asyncio.wait(hanging)


async def test_two_headers_of_a_name_are_one_with_a_comma(listen, reach) -> None:
    server = await listen(ANSWER.replace(b"\r\n\r\n", b"\r\nX-Two: a\r\nX-TWO: b\r\nX-Odd: \xe4\r\n\r\n"))
    answer = await reach(server.port).send(READ)
    assert (answer.headers["x-two"], answer.headers["x-odd"]) == ("a, b", "ä")


@pytest.mark.parametrize("told", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
async def test_what_only_tells_to_wait_is_passed_over(listen, reach, told: bytes) -> None:
    packed = gzip.compress(b"{}")
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    server = await listen((b"HTTP/1.1 " + told + b"\r\nContent-Encoding: br\r\n\r\n") * 2 + answer)
    answered = await reach(server.port).send(READ)
    assert (answered.status, answered.body) == (200, b"{}")


async def test_an_answer_of_http_1_0_ends_with_its_connection(listen, reach) -> None:
    server = await listen(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{}")
    wire = reach(server.port)
    for _ in range(2):
        assert (await wire.send(READ)).body == b"{}"
    assert server.connections == 2


@pytest.mark.parametrize("header", ["a\r\nX-Injected: 1", "a\nb", "\x00", "a\rb", "\x7f", " a", "é"])
@pytest.mark.parametrize("place", ["headers", "marks", "credential", "names", "content_type"])
async def test_no_header_can_hold_a_line_end(listen, lean, header: str, place: str) -> None:
    given = {
        "headers": {"headers": {"X-Some": header}},
        "names": {"headers": {header: "a"}},
        "marks": {"marks": {"X-Request-Id": header}},
        "credential": {"credential": ("Authorization", header)},
        "content_type": {"content_type": header},
    }[place]
    server = await listen(ANSWER)
    with pytest.raises(UpstreamUnavailable) as caught:
        await lean(server.port).send(Call(Upstream.NKS, "orgs.create", "POST", "/orgs", body=b"{}", **given))
    assert caught.value.message == "NKS cannot be asked this by HTTP."
    assert server.connections == 0
