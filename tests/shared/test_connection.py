"""The connection to the shared server: there, away, hung, and there again."""

import asyncio
import time

import pytest

from gateway.shared.pipe import MOST_COMMANDS, AwayError

pytestmark = pytest.mark.anyio

PASSWORD = "correct-horse"


async def away(connection):
    with pytest.raises(AwayError):
        await connection.ask("PING")


async def test_whoever_asks_first_waits_for_the_first_try(server, connect):
    connection = connect(server.url)
    assert not connection.available
    assert await connection.ask("PING") == b"PONG"
    assert connection.available


async def test_what_is_asked_at_once_is_answered_in_its_order(server, connect):
    connection = connect(server.url)
    numbers = range(3 * MOST_COMMANDS)
    answers = await asyncio.gather(*(connection.ask("ECHO", str(number)) for number in numbers))
    counts = await asyncio.gather(*(connection.ask("INCR", "count") for _ in numbers))

    assert answers == [str(number).encode() for number in numbers]
    assert counts == [number + 1 for number in numbers]


async def test_what_was_told_before_is_done_before(server, connect):
    connection = connect(server.url)
    await connection.start()
    for number in range(100):
        connection.tell("SET", "key", str(number))
        assert await connection.ask("GET", "key") == str(number).encode()


async def test_whoever_leaves_takes_nothing_from_the_others(server, connect):
    connection = connect(server.url)
    await connection.start()
    tasks = [asyncio.ensure_future(connection.ask("ECHO", str(number))) for number in range(100)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert answers[1::2] == [str(number).encode() for number in range(1, 100, 2)]
    assert {type(answer) for answer in answers[::2]} == {asyncio.CancelledError}
    assert await connection.ask("ECHO", "after") == b"after"


async def test_nobody_listens_there(make_server, connect, lines):
    connection = connect(make_server().url)
    for _ in range(1000):
        await away(connection)
    connection.tell("SET", "key", "value")

    assert not connection.available
    assert lines().count("the shared cache is away; going on without it") == 1
    assert "connecting to 127.0.0.1" in connection.reason


async def test_it_is_found_when_it_starts(make_server, connect, eventually):
    server = make_server()
    connection = connect(server.url)
    await away(connection)
    server.start()
    await eventually(lambda: connection.available)
    assert await connection.ask("PING") == b"PONG"


async def test_a_server_that_is_killed_is_away_at_once_and_found_again(server, connect, eventually, lines):
    connection = connect(server.url)
    await connection.start()
    before = connection.era, connection.server
    server.kill()
    await away(connection)
    assert connection.era == before[0] + 1

    server.start()
    await eventually(lambda: connection.available)
    assert await connection.ask("PING") == b"PONG"
    assert connection.era == before[0] + 2
    assert connection.server != before[1]
    said = lines()
    assert said.count("the shared cache is there") == 2
    assert said.count("the shared cache is away") == 1


async def test_a_server_that_hangs_is_waited_for_once(server, connect, eventually):
    connection = connect(server.url)
    await connection.start()
    server.pause()
    began = time.monotonic()
    waiting = [asyncio.ensure_future(away(connection)) for _ in range(500)]
    await asyncio.gather(*waiting)
    first = time.monotonic() - began
    began = time.monotonic()
    for _ in range(10_000):
        await away(connection)
    further = time.monotonic() - began

    assert first < 3
    assert further < 3
    server.go_on()
    await eventually(lambda: connection.available)
    assert await connection.ask("PING") == b"PONG"


async def test_a_loop_that_is_busy_is_no_silence_of_the_server(server, connect):
    connection = connect(server.url)
    await connection.start()
    era = connection.era
    for _ in range(5):
        asking = asyncio.ensure_future(connection.ask("ECHO", "x"))
        await asyncio.sleep(0)
        time.sleep(0.3)  # noqa: ASYNC251  that is the point
        assert await asking == b"x"
    assert connection.era == era


async def test_a_server_that_is_gone_while_nobody_asks_is_noticed(server, connect, eventually):
    connection = connect(server.url)
    await connection.start()
    server.kill()
    await eventually(lambda: not connection.available)


@pytest.mark.parametrize("given", ["", ":wrong@", "nobody:wrong@"])
async def test_a_wrong_password_is_logged_and_not_shown(make_server, connect, lines, given):
    server = make_server("--requirepass", PASSWORD)
    server.start()
    connection = connect(server.url.replace("//", f"//{given}"))
    await away(connection)

    said = lines()
    assert "the shared cache is away" in said
    assert "WRONGPASS" in said or "NOAUTH" in said or "Authentication" in said or "invalid username" in said
    assert f"127.0.0.1:{server.port}/0" in said
    assert "wrong" not in said.replace("WRONGPASS", "")


async def test_the_right_password_is_not_shown_either(make_server, connect, lines):
    server = make_server("--requirepass", PASSWORD)
    server.start()
    connection = connect(server.url.replace("//", f"//:{PASSWORD}@"))
    await connection.start()
    server.kill()
    await away(connection)

    assert "the shared cache is there" in lines()
    assert PASSWORD not in lines() + repr(connection) + repr(connection.address)


async def test_a_server_that_may_not_be_written_to_is_away(server, connect, eventually):
    server.command("REPLICAOF", "127.0.0.1", "1")
    connection = connect(server.url)
    await away(connection)
    assert "read only" in connection.reason

    server.command("REPLICAOF", "NO", "ONE")
    await eventually(lambda: connection.available)


async def test_a_server_that_is_full_is_away_for_as_long(server, connect, eventually):
    connection = connect(server.url)
    await connection.start()
    server.command("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(AwayError):
        await connection.ask("SET", "key", "value")
    assert "OOM" in connection.reason or "memory" in connection.reason
    await asyncio.sleep(0.5)
    assert not connection.available

    server.command("CONFIG", "SET", "maxmemory", "0")
    await eventually(lambda: connection.available)


async def test_what_comes_before_the_return_is_done_before_it(server, connect):
    connection = connect(server.url)
    seen = []

    async def hook(pipe):
        seen.append(connection.available)
        await pipe.ask("SET", "key", "hooked")

    connection.before_return.append(hook)
    assert await connection.ask("GET", "key") == b"hooked"
    assert seen == [False]


async def test_a_mistake_in_a_hook_is_logged_and_keeps_the_server_away(server, connect, lines):
    connection = connect(server.url)

    async def hook(_):
        raise RuntimeError("a mistake")

    connection.before_return.append(hook)
    await away(connection)
    assert "a mistake" in lines()


async def test_its_time_is_the_servers(server, connect):
    one, other = connect(server.url), connect(server.url)
    await one.start()
    await other.start()
    assert abs(one.now() - other.now()) < 0.5
    assert abs(one.now() - time.time()) < 2


async def test_closing_leaves_nobody_waiting(server, connect):
    connection = connect(server.url)
    await connection.start()
    server.pause()
    asking = asyncio.ensure_future(away(connection))
    await asyncio.sleep(0)
    await connection.close()
    await asking
    server.go_on()


async def test_closing_waits_for_no_server_that_takes_nothing_any_more(server, connect, lines_to):
    connection = connect(server.url)
    await connection.start()
    server.pause()
    connection.tell("SET", "key", b"x" * 16_000_000)
    await asyncio.sleep(0)
    await connection.close()
    assert not lines_to(server.port)
