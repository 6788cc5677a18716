"""Identical reads in flight share one call."""

import asyncio
import contextvars

import pytest

from gateway.wire.call import Answer, Call
from gateway.wire.collapsing import Collapsing
from gateway.wire.trail import Attempt, Source
from resolvers.errors import UpstreamTimeout, UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

ANSWER = Answer(200, {}, b"{}")


class Upstreams:
    """Answers when it is told to.

    Attributes:
        calls: Those that arrived.
        cancelled: How many were cancelled.
        outcome: What it answers or raises.
        ended: What a cancelled call waits for before it is gone.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.cancelled = 0
        self.outcome: Answer | BaseException = ANSWER
        self.go = asyncio.Event()
        self.ended = asyncio.Event()
        self.ended.set()
        self.seen: object = None

    async def send(self, call: Call) -> Answer:
        self.calls.append(call)
        self.seen = BOUND.get()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            await self.ended.wait()
            raise
        call.trail.attempts.append(Attempt(0.0, 0.1, "200"))
        call.trail.received = 2
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


BOUND: contextvars.ContextVar[str] = contextvars.ContextVar("bound", default="nothing")


def a_call() -> Call:
    return Call(Upstream.NKS, "orgs.get", "GET", "/orgs/2", credential=("Authorization", "Bearer one"))


async def until(condition) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("It never was so.")


class Crowd:
    """Callers that ask the same thing."""

    def __init__(self, size: int, upstream: Upstreams, collapsing: Collapsing | None = None) -> None:
        self.collapsing = collapsing or Collapsing()
        calls = [a_call() for _ in range(size)]
        self.trails = [call.trail for call in calls]  # who remembers a call remembers its trail
        self.tasks = [asyncio.create_task(self.collapsing.share("key", call, upstream.send)) for call in calls]

    async def leave(self, *numbers: int) -> None:
        for number in numbers:
            self.tasks[number].cancel()
        await asyncio.wait([self.tasks[number] for number in numbers])


@pytest.fixture
async def upstream() -> Upstreams:
    return Upstreams()


async def test_a_crowd_makes_one_call_and_all_have_its_answer(upstream):
    crowd = Crowd(200, upstream)
    await until(lambda: upstream.calls)
    upstream.go.set()

    assert await asyncio.gather(*crowd.tasks) == [ANSWER] * 200
    assert len(upstream.calls) == 1
    assert len(crowd.collapsing) == 0


async def test_the_attempts_stand_in_one_trail_and_the_others_say_that_they_joined(upstream):
    crowd = Crowd(3, upstream)
    await until(lambda: upstream.calls)
    upstream.go.set()
    await asyncio.gather(*crowd.tasks)

    trails = crowd.trails
    assert [trail.source for trail in trails] == [Source.UPSTREAM, Source.COLLAPSED, Source.COLLAPSED]
    assert [len(trail.attempts) for trail in trails] == [1, 0, 0]
    assert [trail.received for trail in trails] == [2, 2, 2]


async def test_other_keys_make_other_calls(upstream):
    collapsing = Collapsing()
    upstream.go.set()

    await asyncio.gather(*(collapsing.share(key, a_call(), upstream.send) for key in "abc"))

    assert len(upstream.calls) == 3


async def test_who_asks_after_the_end_makes_a_call_of_its_own(upstream):
    upstream.go.set()
    crowd = Crowd(1, upstream)
    await crowd.tasks[0]
    await crowd.collapsing.share("key", a_call(), upstream.send)

    assert len(upstream.calls) == 2


async def test_the_first_who_asked_may_leave_and_the_others_are_served(upstream):
    crowd = Crowd(3, upstream)
    await until(lambda: upstream.calls)
    await crowd.leave(0)
    assert upstream.cancelled == 0
    upstream.go.set()

    assert await asyncio.gather(*crowd.tasks[1:]) == [ANSWER, ANSWER]
    assert [trail.source for trail in crowd.trails] == [Source.COLLAPSED, Source.UPSTREAM, Source.COLLAPSED]
    assert [len(trail.attempts) for trail in crowd.trails] == [0, 1, 0]


async def test_the_call_is_cancelled_when_the_last_one_leaves(upstream):
    crowd = Crowd(3, upstream)
    await until(lambda: upstream.calls)
    await crowd.leave(0, 2)
    assert upstream.cancelled == 0
    await crowd.leave(1)

    await until(lambda: upstream.cancelled == 1)
    await until(lambda: len(crowd.collapsing) == 0)


async def test_nobody_joins_a_call_that_is_being_cancelled(upstream):
    crowd = Crowd(1, upstream)
    await until(lambda: upstream.calls)
    upstream.ended.clear()
    await crowd.leave(0)
    late = Crowd(1, upstream, crowd.collapsing)
    await until(lambda: len(upstream.calls) == 2)
    upstream.go.set()

    assert await late.tasks[0] == ANSWER
    assert (upstream.cancelled, len(crowd.collapsing)) == (1, 1)
    upstream.ended.set()
    await until(lambda: len(crowd.collapsing) == 0)


async def test_a_callers_own_shorter_time_ends_nobody_elses_wait(upstream):
    crowd = Crowd(2, upstream)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await crowd.collapsing.share("key", a_call(), upstream.send)
    upstream.go.set()

    assert await asyncio.gather(*crowd.tasks) == [ANSWER, ANSWER]
    assert len(upstream.calls) == 1


async def test_a_failure_goes_to_all_and_each_has_its_own(upstream):
    upstream.outcome = UpstreamTimeout("No answer came.", upstream=Upstream.NKS, retry_after_seconds=3.0)
    crowd = Crowd(50, upstream)
    await until(lambda: upstream.calls)
    upstream.go.set()
    raised = await asyncio.gather(*crowd.tasks, return_exceptions=True)

    assert len({id(each) for each in raised}) == 50
    assert upstream.outcome not in raised
    for each in raised:
        assert isinstance(each, UpstreamTimeout)
        assert (each.message, each.upstream, each.retry_after_seconds) == ("No answer came.", Upstream.NKS, 3.0)
        assert frames(each) < 5


async def test_a_mistake_of_the_gateways_own_is_raised_to_all_and_its_traceback_does_not_grow(upstream):
    upstream.outcome = ZeroDivisionError("division by zero")
    crowd = Crowd(50, upstream)
    await until(lambda: upstream.calls)
    upstream.go.set()
    raised = await asyncio.gather(*crowd.tasks, return_exceptions=True)

    assert raised == [upstream.outcome] * 50
    assert frames(upstream.outcome) < 10


async def test_a_refusal_of_the_gateways_own_is_one_for_all_who_waited(upstream):
    async def refuse(call: Call) -> Answer:
        await upstream.go.wait()
        call.trail.source, call.trail.breaker = Source.REFUSED, "open"
        raise UpstreamUnavailable("It is left alone.", upstream=call.upstream)

    calls = [a_call(), a_call()]
    collapsing = Collapsing()
    tasks = [asyncio.create_task(collapsing.share("key", call, refuse)) for call in calls]
    await asyncio.sleep(0)
    upstream.go.set()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert [(call.trail.source, call.trail.breaker) for call in calls] == [(Source.REFUSED, "open")] * 2


async def test_what_the_first_who_asks_has_bound_is_not_seen_by_the_shared_call(upstream):
    BOUND.set("the first caller's")
    upstream.go.set()
    await Crowd(1, upstream).tasks[0]

    assert upstream.seen == "nothing"


async def test_closing_ends_what_is_in_flight_and_whoever_waits_is_told(upstream):
    crowd = Crowd(2, upstream)
    await until(lambda: upstream.calls)
    await crowd.collapsing.close()
    raised = await asyncio.gather(*crowd.tasks, return_exceptions=True)

    assert [type(each) for each in raised] == [UpstreamUnavailable] * 2
    assert upstream.cancelled == 1


def frames(error: BaseException) -> int:
    count, traceback = 0, error.__traceback__
    while traceback:
        count, traceback = count + 1, traceback.tb_next
    return count


async def test_who_is_told_by_callback_is_told_when_all_who_wait_have_the_answer():
    collapsing, upstreams, told = Collapsing(), Upstreams(), []
    first, second = (collapsing.join("it", a_call(), upstreams.send) for _ in range(2))
    first.then = lambda seat: told.append((seat.result(), second.done()))
    await asyncio.sleep(0)
    upstreams.go.set()

    assert await second is ANSWER
    assert told == [(ANSWER, True)]


async def test_who_leaves_is_told_by_callback_afterwards():
    collapsing, upstreams, told = Collapsing(), Upstreams(), []
    seat = collapsing.join("it", a_call(), upstreams.send)
    seat.then = told.append
    seat.cancel()

    assert told == []
    await until(lambda: told)
    assert told == [seat]
    assert seat.cancelled()
