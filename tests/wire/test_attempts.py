"""What is asked again, when, and how often."""

import asyncio
import datetime as dt
from email.utils import format_datetime
from typing import Any

import pytest

from gateway.wire.attempts import Attempts
from gateway.wire.call import Call
from gateway.wire.refusal import HeldBack, Refused
from gateway.wire.retry_budget import RetryBudget
from gateway.wire.trail import Source, Trail
from resolvers.errors import (
    Failure,
    OutcomeUnknown,
    UpstreamInvalidResponse,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

RESET = UpstreamUnavailable("Losant broke the connection off.")
SLOW = UpstreamTimeout("Losant gave no answer in time.")
JUNK = UpstreamInvalidResponse("Losant sent an answer that cannot be unpacked.")
UNKNOWN = OutcomeUnknown("Losant broke the connection off; the change may have been made.")
CLOSED = Refused("Losant failed too often.")


@pytest.fixture(scope="module")
def anyio_backend(made_up_time):
    return made_up_time


@pytest.fixture
def made(scripted, now):
    """Attempts above a script; the pause is as long as it can be."""

    def make(*script: Any, attempts=3, draw=lambda _, most: most):
        bottom = scripted(*script)
        budget = RetryBudget(now)
        return Attempts(bottom, attempts=attempts, budget=budget, clock=now, sleep=asyncio.sleep, draw=draw), bottom

    return make


def call(method: str = "GET", **trail) -> Call:
    return Call(Upstream.LOSANT, "org.get", method, "/orgs/1", trail=Trail(**trail))


async def ended(attempts: Attempts, sent: Call) -> int | Failure:
    [end] = await asyncio.gather(attempts.send(sent), return_exceptions=True)
    if isinstance(end, BaseException):
        assert isinstance(end, Failure)
        return end
    return end.status


@pytest.mark.parametrize(
    ("script", "expected", "sent"),
    [
        ([200], 200, 1),
        ([503, 200], 200, 2),
        ([RESET, 200], 200, 2),
        ([SLOW, RESET, 200], 200, 3),
        ([503, 503, 503, 200], 503, 3),
        ([RESET], RESET, 3),
        ([500], 500, 3),
        ([502], 502, 3),
        ([504], 504, 3),
        ([599], 599, 3),
        ([501], 501, 1),
        ([505], 505, 1),
        ([JUNK], JUNK, 1),
        ([503, JUNK], JUNK, 2),
        ([503, 404], 404, 2),
        ([RESET, CLOSED, 200], RESET, 2),
        ([503, CLOSED, 200], 503, 2),
        ([503, HeldBack("No.", retry_after_seconds=1), 200], 503, 2),
        ([CLOSED, 200], CLOSED, 1),
        *(([status], status, 1) for status in (204, 301, 400, 401, 403, 404, 408, 409, 410, 422)),
    ],
)
async def test_a_read_is_repeated_where_that_may_help(made, script, expected, sent) -> None:
    attempts, bottom = made(*script)
    assert await ended(attempts, call()) == expected
    assert len(bottom.times) == sent


@pytest.mark.parametrize(
    ("script", "expected", "sent"),
    [
        ([200], 200, 1),
        ([503, 200], 503, 1),
        ([429, 200], 429, 1),
        ([UNKNOWN, 200], UNKNOWN, 1),
        ([SLOW, 200], SLOW, 1),
        ([JUNK, 200], JUNK, 1),
        ([CLOSED, 200], CLOSED, 1),
        ([RESET, 200], 200, 2),
        ([RESET, UNKNOWN, 200], UNKNOWN, 2),
        ([RESET, RESET, RESET, 200], RESET, 3),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_a_write_is_repeated_only_where_it_never_left(made, method, script, expected, sent) -> None:
    attempts, bottom = made(*script)
    assert await ended(attempts, call(method)) == expected
    assert len(bottom.times) == sent


@pytest.mark.parametrize("most", [1, 2, 5])
async def test_there_are_as_many_attempts_as_the_settings_say(made, most) -> None:
    attempts, bottom = made(503, attempts=most)
    await attempts.send(call())
    assert len(bottom.times) == most


async def test_the_pause_is_drawn_and_its_bound_doubles_up_to_a_quarter_of_a_second(made) -> None:
    asked = []

    def draw(least: float, most: float) -> float:
        asked.append((least, most))
        return most / 2

    attempts, bottom = made(503, attempts=6, draw=draw)
    sent = call()
    await attempts.send(sent)
    assert asked == [(0, 0.05), (0, 0.1), (0, 0.2), (0, 0.25), (0, 0.25)]
    pauses = [later - earlier for earlier, later in zip(bottom.times, bottom.times[1:], strict=False)]
    assert pauses == pytest.approx([0.025, 0.05, 0.1, 0.125, 0.125])
    assert sent.trail.waited == pytest.approx(sum(pauses))


async def test_pauses_are_spread(made) -> None:
    attempts, bottom = made(503, attempts=2)
    attempts = Attempts(bottom, attempts=2, budget=attempts.budget, clock=attempts._clock)  # noqa: SLF001  its own
    waits = []
    for _ in range(50):
        sent = call()
        await attempts.send(sent)
        waits.append(sent.trail.waited)
    assert all(0 <= wait <= 0.05 for wait in waits)
    assert len({round(wait, 4) for wait in waits}) > 20


@pytest.mark.parametrize(
    ("status", "name", "text", "seconds"),
    [
        ("429", "retry-after", "2", 2.0),
        ("503", "retry-after", "2", 2.0),
        ("429", "x-ratelimit-reset", "1.5", 1.5),
        ("503", "x-ratelimit-reset", "1.5", 0.0),
    ],
)
async def test_a_time_that_is_told_is_waited_for(made, status, name, text, seconds) -> None:
    attempts, bottom = made({":status": status, name: text}, 200)
    assert await ended(attempts, call()) == 200
    assert bottom.times[1] - bottom.times[0] == pytest.approx(seconds + 0.05)


async def test_a_date_is_a_time_too(made) -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    attempts, bottom = made({"retry-after": format_datetime(at, usegmt=True)}, 200)
    assert await ended(attempts, call()) == 200
    assert 55 < bottom.times[1] - bottom.times[0] <= 60.05


async def test_without_a_time_a_429_is_repeated_after_a_second(made) -> None:
    attempts, bottom = made(429, 200)
    assert await ended(attempts, call()) == 200
    assert bottom.times[1] - bottom.times[0] == pytest.approx(1.05)


async def test_a_429_is_repeated_once(made) -> None:
    attempts, bottom = made(429, attempts=5)
    assert await ended(attempts, call()) == 429
    assert len(bottom.times) == 2


@pytest.mark.parametrize("status", ["429", "503"])
async def test_a_wait_that_does_not_fit_is_not_begun(made, now, status) -> None:
    attempts, bottom = made({":status": status, "retry-after": "5"}, 200)
    began = now()
    sent = call(until=began + 5.0)
    assert await ended(attempts, sent) == int(status)
    assert now() == began
    assert (len(bottom.times), sent.trail.waited) == (1, 0.0)


async def test_no_pause_is_begun_that_ends_after_the_deadline(made, now) -> None:
    attempts, bottom = made(0.97, 503, 200)
    assert await ended(attempts, call(until=now() + 1.0)) == 503
    assert len(bottom.times) == 1


async def test_what_a_throttle_holds_back_waits_when_that_fits(made, now) -> None:
    held = HeldBack("Losant has asked the gateway to wait.", retry_after_seconds=2.0)
    for method in ("GET", "PATCH"):
        attempts, bottom = made(held, 200)
        sent = call(method, until=now() + 5.0)
        assert await ended(attempts, sent) == 200
        assert sent.trail.source is Source.UPSTREAM
        assert bottom.times[1] - bottom.times[0] == pytest.approx(2.05)


async def test_what_a_throttle_holds_back_for_long_goes_up_at_once(made, now) -> None:
    held = HeldBack("Losant has asked the gateway to wait.", retry_after_seconds=30.0)
    attempts, _ = made(held, 200)
    began = now()
    sent = call(until=began + 5.0, source=Source.REFUSED)
    assert await ended(attempts, sent) is held
    assert now() == began
    assert sent.trail.source is Source.REFUSED


@pytest.mark.parametrize("again", [HeldBack("Later.", retry_after_seconds=3.0), CLOSED])
async def test_who_has_waited_once_for_a_rate_does_not_wait_twice(made, again) -> None:
    attempts, bottom = made(HeldBack("No.", retry_after_seconds=1.0), again, 200, attempts=5)
    assert await ended(attempts, call()) is again
    assert len(bottom.times) == 2


async def test_a_newer_wait_is_told_where_the_repetition_is_held_back(made) -> None:
    later = HeldBack("Later.", retry_after_seconds=3.0)
    attempts, _ = made(429, later)
    assert await ended(attempts, call()) is later


async def test_a_repetition_that_is_refused_leaves_the_answer_from_the_upstream(made) -> None:
    class Refusing:
        def __init__(self) -> None:
            self.asked = 0

        async def send(self, sent: Call):
            self.asked += 1
            if self.asked == 2:
                sent.trail.source = Source.REFUSED
                raise CLOSED
            raise RESET

    attempts, _ = made()
    attempts._below = Refusing()  # noqa: SLF001  its own test
    sent = call()
    assert await ended(attempts, sent) is RESET
    assert sent.trail.source is Source.UPSTREAM


async def test_retries_are_a_fifth_of_ten_thousand_requests_and_a_hundred(made, now) -> None:
    attempts, bottom = made(503, draw=lambda *_: 0.0)
    began = now()
    for _ in range(10_000):
        await attempts.send(call())
    assert now() == began
    assert abs(len(bottom.times) - 10_000 - (0.2 * 10_000 + 100)) <= 1


async def test_what_never_left_takes_nothing_from_the_budget(made) -> None:
    attempts, _ = made(HeldBack("No.", retry_after_seconds=0.0), draw=lambda *_: 0.0)
    before = attempts.budget.left
    for _ in range(10):
        await ended(attempts, call())
    assert attempts.budget.left >= before


async def test_who_goes_away_in_a_pause_asks_no_more(made) -> None:
    attempts, bottom = made({"retry-after": "3"}, 200)
    task = asyncio.create_task(attempts.send(call()))
    await asyncio.sleep(1.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(bottom.times) == 1


async def test_a_mistake_of_our_own_is_not_repeated(made) -> None:
    attempts, bottom = made(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await attempts.send(call())
    assert len(bottom.times) == 1
