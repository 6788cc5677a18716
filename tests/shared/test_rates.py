"""Limits of upstreams that replicas keep together, and breakers that hear of each other."""

import asyncio
import time

import pytest

from gateway.settings import CacheAddress
from gateway.shared.assembly import Shared
from gateway.shared.breakers import BreakerHints
from gateway.shared.rates import SharedRate
from gateway.wire.breaker import Breaker
from gateway.wire.call import Answer, Call
from gateway.wire.circuit import SUSPICIOUS_CALLS, State, Tolerance
from gateway.wire.marks import Marks
from gateway.wire.refusal import HeldBack, refused
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

KEY = b"k" * 32


class Upstreams:
    """What stands below the rates of all replicas; notes when a call came, and how many are under way."""

    def __init__(self, seconds=0.0, status=200):
        self.seconds = seconds
        self.status = status
        self.refuses = False
        self.came = []
        self.under_way = self.most = 0

    async def send(self, call):
        if self.refuses:
            raise refused(call, "is not asked")
        self.came.append(time.monotonic())
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(self.seconds)
        self.under_way -= 1
        return Answer(self.status, {}, b"")


def call(credential="token", seconds=60.0):
    made = Call(Upstream.CLICKHOUSE, "get", "GET", "/", credential=("Authorization", credential))
    made.trail.until = time.monotonic() + seconds
    return made


@pytest.fixture
def rates(server, connect):
    """Makes the rates of two replicas above the same upstream."""

    def rates(below, calls, seconds):
        return [
            SharedRate(below, connect(server.url), Marks(KEY), calls=calls, seconds=seconds, longest=10)
            for _ in range(2)
        ]

    return rates


async def test_replicas_together_keep_the_rate(rates):
    below = Upstreams()
    replicas = rates(below, 5, 1.0)
    await asyncio.gather(*(replicas[number % 2].send(call()) for number in range(20)))

    assert len(below.came) == 20
    for first, sixth in zip(below.came, below.came[5:], strict=False):
        assert sixth - first >= 0.99


async def test_places_are_held_by_calls_under_way_and_for_a_window_after_them(rates):
    below = Upstreams(seconds=0.3)
    replicas = rates(below, 2, 0.5)
    await asyncio.gather(*(replicas[number % 2].send(call()) for number in range(6)))

    assert below.most == 2
    for first, third in zip(below.came, below.came[2:], strict=False):
        assert third - first >= 0.79


async def test_credentials_have_rates_of_their_own(rates):
    below = Upstreams()
    one, other = rates(below, 1, 3600)
    await one.send(call("a"))
    await other.send(call("b"))
    with pytest.raises(HeldBack):
        await other.send(call("a"))


async def test_who_cannot_come_in_time_is_told_when(rates):
    one, other = rates(Upstreams(), 1, 30.0)
    await one.send(call())
    late = call(seconds=5)
    with pytest.raises(HeldBack, match="takes 1 requests in 30 s, and all gateways together") as caught:
        await other.send(late)
    assert caught.value.retry_after_seconds is not None
    assert 20 < caught.value.retry_after_seconds <= 30.1


async def test_what_was_not_sent_takes_no_place(rates):
    below = Upstreams()
    one, other = rates(below, 1, 3600)
    below.refuses = True
    for _ in range(3):
        with pytest.raises(Exception, match="is not asked"):
            await one.send(call())
    below.refuses = False
    assert (await other.send(call())).status == 200


async def test_who_leaves_while_it_waits_takes_no_place(rates):
    below = Upstreams()
    one, other = rates(below, 1, 3.0)
    await one.send(call())
    waiting = [asyncio.ensure_future(other.send(call())) for _ in range(3)]
    await asyncio.sleep(0.1)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (await one.send(call())).status == 200
    assert len(below.came) == 2


async def test_each_replica_has_the_whole_rate_while_the_server_is_away(server, rates):
    below = Upstreams()
    one, other = rates(below, 1, 3600)
    await one.send(call())
    server.kill()
    assert [(await each.send(call())).status for each in (one, other)] == [200, 200]


async def test_the_places_of_a_replica_that_died_are_free_one_day(server, connect, eventually):
    connection = connect(server.url)
    below = Upstreams(seconds=3600)
    dead = SharedRate(below, connection, Marks(KEY), calls=1, seconds=0.2, longest=0.5)
    living = SharedRate(Upstreams(), connect(server.url), Marks(KEY), calls=1, seconds=0.2, longest=0.5)
    dying = asyncio.ensure_future(dead.send(call()))
    await eventually(lambda: bool(below.came))
    await connection.close()
    assert (await living.send(call())).status == 200
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying


def breaker(status):
    return Breaker(Upstreams(status=status), Tolerance(failures_percent=50, minimum_calls=20, open_seconds=60))


async def fail(breaker, times):
    for _ in range(times):
        await breaker.send(call())


async def test_a_breaker_that_hears_of_another_opens_after_a_few_failures(server, connect, eventually):
    one, other, distant = breaker(503), breaker(503), breaker(503)
    for word, each in (("losant", one), ("losant", other), ("nks", distant)):
        connection = connect(server.url)
        BreakerHints(connection).add(word, each, 60)
        await connection.start()
    await fail(one, 20)
    assert one.state is State.OPEN
    line = connect(server.url)

    async def told():
        return await line.ask("EXISTS", line.key("breaker", "losant")) == 1

    await eventually(told)
    await asyncio.sleep(1.5)
    assert other.state is State.CLOSED
    await eventually(lambda: other.shared._suspicious_until > 0)  # noqa: SLF001  what it heard shows only later
    await fail(other, SUSPICIOUS_CALLS)
    assert other.state is State.OPEN
    await fail(distant, SUSPICIOUS_CALLS)
    assert distant.state is State.CLOSED


async def test_a_breaker_that_hears_of_another_stays_closed_while_all_is_well():
    one = breaker(200)
    one.suspect(60)
    await fail(one, 20)
    assert one.state is State.CLOSED


async def test_a_breaker_does_not_hear_of_itself(server, connect, eventually):
    one = breaker(503)
    connection = connect(server.url)
    BreakerHints(connection).add("losant", one, 60)
    await connection.start()
    await fail(one, 20)

    async def told():
        return await connection.ask("EXISTS", connection.key("breaker", "losant")) == 1

    await eventually(told)
    await asyncio.sleep(1.5)
    assert one.shared._suspicious_until == 0  # noqa: SLF001  it shows nowhere else


async def test_marks_are_the_same_at_all_replicas_and_nowhere_else():
    credential = ("Authorization", "Bearer a")

    def mark(url="valkey://:secret@cache/0", upstreams=("https://a", "https://b")):
        return Shared(CacheAddress.of(url), upstreams).marks.of(credential)

    assert mark() == mark("rediss://someone:secret@another/3", ("https://b", "https://a"))
    assert len({mark(), mark("valkey://:other@cache/0"), mark("valkey://cache"), mark(upstreams=("https://a",))}) == 4
