"""Known limits, kept on this side."""

import asyncio
import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.wire.call import Answer, Call
from gateway.wire.rate import Rate
from gateway.wire.refusal import HeldBack, Refused
from gateway.wire.trail import Source, Trail
from resolvers.errors import UpstreamRateLimited, UpstreamUnavailable
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend(made_up_time):
    return made_up_time


@pytest.fixture
def made(scripted, now):
    def make(*script: Any, calls=10, seconds=10.0):
        bottom = scripted(*script)
        return Rate(bottom, calls=calls, seconds=seconds, clock=now), bottom

    return make


def read(whose: str = "one", **trail) -> Call:
    credential = ("Authorization", whose)
    return Call(Upstream.CLICKHOUSE, "orgs.get", "GET", "/v1", credential=credential, trail=Trail(**trail))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def since(times: list[float]) -> list[float]:
    return [round(time - times[0], 1) for time in times]


def fullest(times: list[float], seconds: float) -> int:
    """The most calls that any window of the length, its edges included, holds."""
    return max(sum(begin <= time <= begin + seconds for time in times) for begin in times)


async def test_below_the_limit_nobody_waits(made) -> None:
    rate, bottom = made()
    calls = [read() for _ in range(10)]
    await asyncio.gather(*(rate.send(call) for call in calls))
    assert since(bottom.times) == [0.0] * 10
    assert {call.trail.waited for call in calls} == {0.0}


async def test_who_comes_too_early_waits_for_its_turn(made) -> None:
    rate, bottom = made(calls=2)
    calls = [read() for _ in range(6)]
    await asyncio.gather(*(rate.send(call) for call in calls))
    assert since(bottom.times) == [0, 0, 10, 10, 20, 20]
    assert [round(call.trail.waited) for call in calls] == [0, 0, 10, 10, 20, 20]
    assert fullest(bottom.times, 10.0) == 2


async def test_first_come_first_served(made) -> None:
    rate, _ = made(calls=1, seconds=1.0)
    served = []

    async def send(number: int) -> None:
        await rate.send(read())
        served.append(number)

    tasks = []
    for number in range(8):
        tasks.append(asyncio.create_task(send(number)))
        await asyncio.sleep(0.15)
    await asyncio.gather(*tasks)
    assert served == list(range(8))


async def test_a_wait_that_does_not_fit_the_deadline_is_refused_at_once(made, now) -> None:
    rate, bottom = made(calls=2)
    for _ in range(2):
        await rate.send(read())
        await asyncio.sleep(3.0)
    began = now()
    call = read(until=began + 3.9)
    with pytest.raises(UpstreamRateLimited) as caught:
        await rate.send(call)
    assert now() == began
    assert caught.value.message == ("ClickHouse Cloud takes 2 requests in 10 s, and the gateway has sent them.")
    assert caught.value.retry_after_seconds == pytest.approx(4.0, abs=0.01)
    assert (call.trail.source, call.trail.waited) == (Source.REFUSED, 0.0)
    assert (await rate.send(read(until=began + 4.1))).status == 200
    assert since(bottom.times) == [0, 3, 10]


async def test_those_who_wait_already_are_counted_in(made, now) -> None:
    rate, _ = made(calls=2)
    await asyncio.gather(rate.send(read()), rate.send(read()))
    waiting = [asyncio.create_task(rate.send(read())) for _ in range(3)]
    await settle()
    with pytest.raises(UpstreamRateLimited) as caught:
        await rate.send(read(until=now() + 15.0))
    assert caught.value.retry_after_seconds == pytest.approx(20.0, abs=0.01)
    await asyncio.gather(*waiting)


async def test_the_window_slides(made) -> None:
    rate, bottom = made(calls=3)
    for pause in (4.0, 4.0, 0.0, 0.0, 0.0, 0.0):
        await rate.send(read())
        await asyncio.sleep(pause)
    assert since(bottom.times) == [0, 4, 8, 10, 14, 18]
    assert fullest(bottom.times, 10.0) == 3


async def test_each_credential_has_its_own(made) -> None:
    rate, bottom = made(calls=1)
    await asyncio.gather(*(rate.send(read(str(number))) for number in range(5)))
    assert since(bottom.times) == [0.0] * 5


async def test_who_is_cancelled_gives_its_place_to_the_next(made) -> None:
    rate, bottom = made(calls=1)
    await rate.send(read())
    impatient, patient = (asyncio.create_task(rate.send(read())) for _ in range(2))
    await asyncio.sleep(5.0)
    impatient.cancel()
    await patient
    assert since(bottom.times) == [0, 10]


async def test_who_is_cancelled_in_the_moment_of_its_turn_passes_it_on(made) -> None:
    rate, bottom = made(calls=1)
    await rate.send(read())
    [places] = rate._known.values()  # noqa: SLF001  its own test
    impatient, patient = (asyncio.create_task(rate.send(read())) for _ in range(2))
    await asyncio.sleep(9.0)
    places.free_at.clear()
    rate._serve(places)  # noqa: SLF001  the turn is given now
    impatient.cancel()
    await patient
    assert since(bottom.times) == [0, 9]
    await asyncio.sleep(20.0)
    await rate.send(read())
    assert len(bottom.times) == 3


@pytest.mark.parametrize("failure", [Refused("No."), HeldBack("No.")])
async def test_what_never_left_does_not_count(made, failure) -> None:
    rate, bottom = made(*[failure] * 30, 200, calls=2)
    await asyncio.gather(*(rate.send(read()) for _ in range(30)), return_exceptions=True)
    await asyncio.gather(rate.send(read()), rate.send(read()))
    assert since(bottom.times) == [0.0] * 32


@pytest.mark.parametrize("end", [200, 500, 429, UpstreamUnavailable("No."), asyncio.CancelledError()])
async def test_every_other_attempt_counts(made, end) -> None:
    rate, bottom = made(end, end, 200, calls=2)
    await asyncio.gather(rate.send(read()), rate.send(read()), return_exceptions=True)
    await rate.send(read())
    assert since(bottom.times) == [0, 0, 10]


async def test_a_slow_call_holds_its_place_until_a_window_after_its_answer(made) -> None:
    rate, bottom = made(4.0, 200, calls=1)
    await asyncio.gather(rate.send(read()), rate.send(read()))
    assert since(bottom.times) == [0, 14]


async def test_where_all_places_are_held_by_calls_under_way_the_wait_has_an_end(made, now) -> None:
    rate, bottom = made(60.0, calls=1, seconds=1.0)
    running = asyncio.create_task(rate.send(read()))
    await settle()
    began = now()
    with pytest.raises(UpstreamRateLimited):
        await rate.send(read(until=began + 5.0))
    assert now() - began == pytest.approx(4.98)
    with pytest.raises(UpstreamRateLimited):
        await rate.send(read(until=now() + 0.9))
    assert len(bottom.times) == 1
    running.cancel()


async def test_idle_credentials_are_forgotten(made) -> None:
    rate, _ = made()
    for number in range(50):
        await rate.send(read(str(number)))
    assert len(rate) == 50
    await asyncio.sleep(11.0)
    await rate.send(read("another"))
    assert len(rate) == 1


class Delayed:
    """An upstream at the end of a line that takes its time both ways; notes when requests arrive there."""

    def __init__(self, delays: list[tuple[float, float]], now) -> None:
        self._delays = delays
        self._now = now
        self.arrivals: list[float] = []

    async def send(self, call: Call) -> Answer:  # noqa: ARG002  whatever is asked
        there, back = self._delays[len(self.arrivals) % len(self._delays)]
        await asyncio.sleep(there)
        self.arrivals.append(self._now())
        await asyncio.sleep(back)
        return Answer(200, {}, b"")


DELAYS = st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(
    calls=st.integers(1, 5),
    seconds=st.floats(0.5, 20),
    pauses=st.lists(st.floats(0, 8), min_size=1, max_size=40),
    delays=DELAYS,
    patience=st.floats(0.1, 60),
    seed=st.integers(0, 1000),
)
def test_no_window_ever_holds_more_at_the_upstream(made_up_time, now, calls, seconds, pauses, delays, patience, seed):
    async def play() -> list[float]:
        bottom = Delayed(delays, now)
        rate = Rate(bottom, calls=calls, seconds=seconds, clock=now)
        chance = random.Random(seed)  # noqa: S311  made up, not secret
        tasks = []
        for pause in pauses:
            tasks.append(asyncio.create_task(rate.send(read(until=now() + patience))))
            await asyncio.sleep(pause)
            if chance.random() < 0.2:
                chance.choice(tasks).cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(seconds + 1)
        await asyncio.gather(*(rate.send(read()) for _ in range(calls)))
        return bottom.arrivals

    with asyncio.Runner(**made_up_time[1]) as runner:
        arrivals = sorted(runner.run(play()))
    assert fullest(arrivals, seconds) <= calls
    assert all(later - earlier > seconds for earlier, later in zip(arrivals, arrivals[calls:], strict=False))


async def test_the_limit_is_used_to_the_full(made) -> None:
    rate, bottom = made(calls=10)
    await asyncio.gather(*(rate.send(read()) for _ in range(100)))
    assert all(later >= earlier for earlier, later in pairwise(bottom.times))
    assert since(bottom.times)[-1] == 90.0
