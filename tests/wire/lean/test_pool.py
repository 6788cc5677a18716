"""How connections are kept, used again, and given up."""

import asyncio
import socket
import time
from collections.abc import Callable

import httpx
import pytest

from gateway.wire.lean.idle import FRESH_SECONDS, IDLE_SECONDS

pytestmark = pytest.mark.anyio

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110  it is polled
            await asyncio.sleep(0.01)


def answering(answer: bytes = ANSWER):
    async def answer_(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return answer_


async def asked(pool, *, fresh: bool = False):
    """A connection that has carried one request, given back."""
    connection = await pool.take(fresh=fresh)
    await connection.ask(REQUEST, 10.0)
    pool.give_back(connection)
    return connection


def for_a_read(pool):
    """As a transport asks for one that is at hand."""
    return pool.trusted(time.monotonic()) or pool.at_hand(fresh=False)


async def test_the_connection_that_was_used_last_is_used_first(listen, pool) -> None:
    server = await listen(answering())
    wire = pool(server.port)
    first, second = await wire.take(fresh=False), await wire.take(fresh=False)
    for each in (first, second):
        await each.ask(REQUEST, 10.0)
        wire.give_back(each)
    assert await wire.take(fresh=False) is second
    assert await wire.take(fresh=False) is first
    assert server.connections == 2


async def test_who_gives_back_lets_the_next_one_in(listen, pool) -> None:
    server = await listen(answering())
    wire = pool(server.port, connections=1)
    held = await wire.take(fresh=False)
    waiting = [asyncio.create_task(wire.take(fresh=False)) for _ in range(2)]
    await asyncio.sleep(0)
    wire.give_back(held)
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [each.result() for each in done if not each.exception()] == [held]
    (ended,) = await asyncio.gather(*(set(waiting) - done), return_exceptions=True)
    assert type(ended) is httpx.PoolTimeout
    assert server.connections == 1


async def test_who_stops_waiting_takes_no_place(listen, pool) -> None:
    server = await listen(answering())
    wire = pool(server.port, connections=1)
    held = await wire.take(fresh=False)
    waiting = asyncio.create_task(wire.take(fresh=False))
    await asyncio.sleep(0)
    wire.give_back(held)
    waiting.cancel()
    await asyncio.wait({waiting})
    if not waiting.cancelled():
        wire.give_back(waiting.result())
    assert await wire.take(fresh=False) is held


async def test_an_idle_connection_is_closed_in_the_end(listen, pool) -> None:
    server = await listen(answering())
    connection = await asked(pool(server.port, pace=0.02))
    assert connection.open
    connection.idle_since -= IDLE_SECONDS
    await until(lambda: not connection.open)


async def test_a_connection_that_has_been_idle_for_too_long_is_not_used(listen, pool) -> None:
    server = await listen(answering())
    wire = pool(server.port)
    old = await asked(wire)
    old.idle_since -= IDLE_SECONDS
    assert await wire.take(fresh=False) is not old
    assert not old.open


async def test_a_write_takes_a_connection_that_has_not_been_idle_for_long(listen, pool) -> None:
    server = await listen(answering())
    wire = pool(server.port)
    old = await asked(wire)
    old.idle_since -= FRESH_SECONDS
    new = await wire.take(fresh=True)
    assert new is not old
    assert await wire.take(fresh=False) is old


async def test_a_moment_after_an_answer_only_a_write_looks_whether_its_connection_was_closed(pool) -> None:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire = pool(server.getsockname()[1])
        taken = await wire.take(fresh=False)
        peer, _ = server.accept()
        for _ in range(2):
            asking = asyncio.create_task(taken.ask(REQUEST, 10.0))
            await asyncio.sleep(0)
            assert await loop.run_in_executor(None, peer.recv, 1000) == REQUEST
            peer.sendall(ANSWER)
            await asking
            wire.give_back(taken)
            assert for_a_read(wire) is taken
        wire.give_back(taken)
        peer.close()  # the loop does not know that yet
        assert for_a_read(wire) is taken
        for _ in range(10_000):  # until the kernel knows
            wire.give_back(taken)
            if wire.at_hand(fresh=True) is None:
                break
        assert not taken.open


async def test_a_connection_that_has_answered_once_is_looked_at_before_its_next_use(pool) -> None:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire = pool(server.getsockname()[1])
        taken = await wire.take(fresh=False)
        peer, _ = server.accept()
        asking = asyncio.create_task(taken.ask(REQUEST, 10.0))
        await asyncio.sleep(0)
        assert await loop.run_in_executor(None, peer.recv, 1000) == REQUEST
        peer.sendall(ANSWER)
        peer.close()
        await asking
        wire.give_back(taken)
        assert for_a_read(wire) is None


async def test_a_write_puts_a_new_connection_in_the_place_of_an_old_one(listen, pool) -> None:
    server = await listen(answering())
    wire = pool(server.port, connections=1)
    old = await asked(wire)
    old.idle_since -= FRESH_SECONDS
    assert await wire.take(fresh=True) is not old
    assert not old.open


@pytest.mark.parametrize(
    ("told", "reused"),
    [(b"timeout=1", False), (b"max=5, timeout=0", False), (b"timeout=60, max=100", True), (b"timeout=soon", True)],
)
async def test_a_connection_is_kept_no_longer_than_the_upstream_says(listen, pool, told: bytes, *, reused) -> None:
    server = await listen(answering(ANSWER.replace(b"\r\n\r\n", b"\r\nKeep-Alive: " + told + b"\r\n\r\n")))
    wire = pool(server.port)
    connection = await asked(wire)
    assert (await wire.take(fresh=True) is connection) is reused


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        ANSWER.replace(b"1.1", b"1.0"),
        ANSWER + b"junk",
        ANSWER + ANSWER,
        b"HTTP/1.1 204 No Content\r\n\r\n{}",
    ],
    ids=["close", "HTTP/1.0", "junk", "a second answer", "a body that is none"],
)
async def test_a_connection_that_may_not_be_used_again_is_closed(listen, pool, answer: bytes) -> None:
    server = await listen(answering(answer))
    wire = pool(server.port)
    connection = await wire.take(fresh=False)
    assert (await connection.ask(REQUEST, 10.0)).status in {200, 204}
    assert not connection.open


async def test_an_answer_that_nobody_asked_for_closes_the_connection(listen, pool) -> None:
    say = asyncio.Event()

    async def twice(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(ANSWER)
        await say.wait()
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}')
        await writer.drain()

    server = await listen(twice)
    wire = pool(server.port)
    connection = await asked(wire)
    say.set()
    await until(lambda: not connection.open)
    following = await wire.take(fresh=False)
    assert (await following.ask(REQUEST, 10.0)).body == b"{}"


async def test_who_speaks_first_is_not_asked(serve, pool) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(ANSWER)
        await reader.read()

    connection = await pool(await serve(greet)).take(fresh=False)
    await until(lambda: not connection.open)
    with pytest.raises(httpx.ConnectError):
        await connection.ask(REQUEST, 10.0)


async def test_an_end_is_seen_before_the_loop_has_looked(listen, pool) -> None:
    server = await listen(ANSWER)
    wire = pool(server.port)
    connection = await asked(wire)
    for _ in range(3):  # lets the server close, and keeps the loop from hearing of it
        await asyncio.sleep(0)
        time.sleep(0.02)  # noqa: ASYNC251  the loop is not to run
    taken = await wire.take(fresh=True)
    assert taken is not connection
    assert (await taken.ask(REQUEST, 10.0)).body == b"{}"


async def test_what_is_given_back_is_open(listen, pool) -> None:
    server = await listen(answering())
    wire = pool(server.port, connections=2)
    connections = [await wire.take(fresh=False) for _ in range(2)]
    for each in connections:
        each.abort()
        wire.give_back(each)
    following = [await wire.take(fresh=False) for _ in range(2)]
    assert not set(following) & set(connections)
    assert all(each.open for each in following)


async def test_no_connection_outlives_its_pool(listen, pool) -> None:
    server = await listen(answering())
    wire = pool(server.port)
    idle, busy = await asked(wire), await wire.take(fresh=False)
    busy = await wire.take(fresh=False)
    await wire.close()
    assert not idle.open
    assert not busy.open
    with pytest.raises(httpx.ConnectError):
        await wire.take(fresh=False)
