"""How sockets end when the server does, and handshakes that are none."""

import asyncio

import pytest

pytestmark = pytest.mark.anyio

HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


async def test_idle_sockets_are_closed_with_1001(open_door, dial) -> None:
    door = await open_door()
    clients = [await dial(door), await dial(door, init=False)]
    door.server.should_exit = True
    for client in clients:
        assert await client.closed() == (1001, "The gateway is being stopped. Connect again.")


async def test_what_runs_when_the_server_ends_is_answered_first(open_door, dial, started, release) -> None:
    door = await open_door()
    client = await dial(door)
    await client.subscribe("a", "{ slow }")
    await started.wait()
    door.server.should_exit = True
    await asyncio.sleep(0.3)
    release.set()
    assert (await client.next())["payload"] == {"data": {"slow": "At last."}}
    assert (await client.next())["type"] == "complete"
    assert (await client.closed())[0] == 1001


async def test_a_client_that_never_answers_the_closing_does_not_hold_the_server(open_door) -> None:
    door = await open_door()
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(HANDSHAKE + b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    door.server.should_exit = True
    async with asyncio.timeout(20):
        frame = await reader.read()
        while door.server.server_state.connections:  # noqa: ASYNC110  uvicorn tells by a set
            await asyncio.sleep(0.05)
    assert frame[:4] == b"\x88\x2e\x03\xe9"
    writer.close()


@pytest.mark.parametrize(
    ("handshake", "status"),
    [
        (HANDSHAKE.replace(b"GET", b"POST"), b"400"),
        (HANDSHAKE.replace(b": 13", b": 8"), b"400"),
        (HANDSHAKE.replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""), b"400"),
        (HANDSHAKE.replace(b"dGhl", b"!!!!"), b"400"),
        (HANDSHAKE + b"Content-Length: 5\r\n", b"400"),
        (HANDSHAKE + b"Transfer-Encoding: chunked\r\n", b"400"),
        (HANDSHAKE.replace(b"HTTP/1.1", b"HTTP/1.0"), b"400"),
        (HANDSHAKE + b"".join(b"X-%d: y\r\n" % number for number in range(200)), b"400"),
        (HANDSHAKE + b"X: " + b"y" * 9_000 + b"\r\n", b"400"),
        (HANDSHAKE.replace(b"/graphql", b"/elsewhere"), b"403"),
    ],
)
async def test_a_handshake_that_is_none_is_answered_and_closed(open_door, handshake, status, caplog) -> None:
    door = await open_door()
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(handshake + b"\r\n")
    async with asyncio.timeout(20):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"server:" not in answer.lower()
    assert caplog.text == ""
    writer.close()


async def test_a_server_pings_a_socket_that_says_nothing(open_door) -> None:
    door = await open_door(socket_ping_seconds=0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(HANDSHAKE + b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    async with asyncio.timeout(20):
        assert (await reader.readexactly(2))[0] == 0x89
        rest = await reader.read()
    assert b"\x03\xf3" in rest, "closed with 1011, as nobody answers"
    writer.close()


async def test_a_client_that_sends_pings_and_reads_no_answer_is_cut_off(open_door) -> None:
    door = await open_door(write_seconds=0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(HANDSHAKE + b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    reader._transport.pause_reading()  # type: ignore[attr-defined]  # noqa: SLF001  a client that never reads
    pings = (b"\x89\xfd" + bytes(4) + b"x" * 125) * 1_000
    async with asyncio.timeout(20):
        while door.server.server_state.connections:
            writer.write(pings)
            await asyncio.sleep(0.01)
    writer.transport.abort()
