"""Opening, staying open, probing, closing."""

import asyncio
import random
from typing import Any

import pytest

from gateway.wire import breaker as module
from gateway.wire.breaker import Breaker
from gateway.wire.call import Call
from gateway.wire.circuit import Circuit, State, Tolerance
from gateway.wire.refusal import HeldBack, Refused
from gateway.wire.trail import Source
from resolvers.errors import (
    Failure,
    OutcomeUnknown,
    UpstreamInvalidResponse,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

TOLERANCE = Tolerance(failures_percent=50, minimum_calls=20, open_seconds=5.0)
RESET = UpstreamUnavailable("Losant broke the connection off.")


@pytest.fixture(scope="module")
def anyio_backend(made_up_time):
    return made_up_time


@pytest.fixture
def made(scripted, now):
    """A breaker above a script."""

    def make(*script: Any, **options):
        bottom = scripted(*script)
        return Breaker(bottom, TOLERANCE, clock=now, **options), bottom

    return make


def read(whose: str = "one") -> Call:
    return Call(Upstream.LOSANT, "org.get", "GET", "/orgs/1", credential=("Authorization", whose))


def write() -> Call:
    return Call(Upstream.LOSANT, "org.patch", "PATCH", "/orgs/1", body=b"{}")


async def outcomes(breaker: Breaker, count: int, make=read) -> list[str]:
    ends = [await asyncio.gather(breaker.send(make()), return_exceptions=True) for _ in range(count)]
    return [type(end).__name__ if isinstance(end, BaseException) else str(end.status) for [end] in ends]


@pytest.mark.parametrize(
    ("script", "opens_at"),
    [
        ([503] * 40, 20),
        ([200] * 10 + [503] * 10 + [200], 20),
        ([503] * 10 + [200] * 30, 20),
        ([200] * 11 + [503] * 9 + [200] * 20, None),
        ([200] * 11 + [503] * 11 + [200], 22),
        ([200] * 100 + [503] * 99 + [200], None),
        ([503] * 19 + [200] * 1, 20),
        ([200, 503] * 30, 20),
        ([200, 200, 503] * 30, None),
    ],
)
async def test_it_opens_at_half_of_twenty_and_not_before(made, script, opens_at) -> None:
    breaker, bottom = made(*script)
    for number in range(1, len(script) + 1):
        await breaker.send(read())
        if breaker.state is State.OPEN:
            assert number == opens_at
            break
    else:
        assert opens_at is None
    assert len(bottom.times) == (opens_at or len(script))


@pytest.mark.parametrize(
    "failure",
    [
        500,
        502,
        503,
        504,
        599,
        RESET,
        UpstreamTimeout("Losant gave no answer in time."),
        OutcomeUnknown("Losant broke the connection off; the change may have been made."),
    ],
)
async def test_what_counts_as_a_failure(made, failure) -> None:
    breaker, _ = made(failure)
    await outcomes(breaker, 20)
    assert breaker.state is State.OPEN


@pytest.mark.parametrize(
    "end", [200, 204, 301, 400, 401, 403, 404, 408, 409, 422, 501, 505, UpstreamInvalidResponse("Losant sent junk.")]
)
async def test_what_counts_as_a_sign_of_life(made, end) -> None:
    breaker, _ = made(*[end] * 30, *[503] * 29, 200)
    await outcomes(breaker, 59)
    assert breaker.state is State.CLOSED
    assert breaker.counts == (59, 29)


@pytest.mark.parametrize("end", [429, asyncio.CancelledError(), Refused("No."), HeldBack("No."), Failure("Odd.")])
async def test_what_does_not_count_at_all(made, end) -> None:
    breaker, _ = made(*[end] * 50, 503)
    for _ in range(50):
        await asyncio.gather(breaker.send(read()), return_exceptions=True)
    assert breaker.counts == (0, 0)
    await outcomes(breaker, 19)
    assert breaker.state is State.CLOSED


async def test_failures_of_more_than_ten_seconds_ago_do_not_count(made) -> None:
    breaker, _ = made(503)
    await outcomes(breaker, 19)
    await asyncio.sleep(10.0)
    await outcomes(breaker, 19)
    assert breaker.state is State.CLOSED
    assert breaker.counts == (19, 19)


async def test_nothing_leaves_while_it_is_open(made) -> None:
    breaker, bottom = made(503)
    await outcomes(breaker, 20)
    for _ in range(49):
        await asyncio.sleep(0.1)
        assert await outcomes(breaker, 1) == ["Refused"]
    assert len(bottom.times) == 20


async def test_a_refusal_says_when_it_makes_sense_to_come_back(made) -> None:
    breaker, _ = made(503)
    await outcomes(breaker, 20)
    await asyncio.sleep(1.5)
    call = read()
    with pytest.raises(UpstreamUnavailable) as caught:
        await breaker.send(call)
    assert caught.value.message == "Losant failed too often; the gateway asks it again in 4 s."
    assert caught.value.retry_after_seconds == pytest.approx(3.5)
    assert caught.value.retryable
    assert (call.trail.source, call.trail.breaker) == (Source.REFUSED, "open")
    assert breaker.seconds_left == pytest.approx(3.5)


async def test_writes_count_and_are_refused_as_well(made) -> None:
    breaker, bottom = made(OutcomeUnknown("Losant broke the connection off; the change may have been made."))
    await outcomes(breaker, 20, write)
    assert await outcomes(breaker, 1, write) == ["Refused"]
    assert await outcomes(breaker, 1, read) == ["Refused"]
    assert len(bottom.times) == 20


async def test_one_probe_leaves_however_many_come(made) -> None:
    breaker, bottom = made(*[503] * 20, 1.0, 200)
    await outcomes(breaker, 20)
    await asyncio.sleep(5.0)
    calls = [read() for _ in range(1000)]
    ends = await asyncio.gather(*(breaker.send(call) for call in calls), return_exceptions=True)
    assert len(bottom.times) == 21
    assert [type(end).__name__ for end in ends].count("Refused") == 999
    assert {call.trail.breaker for call in calls} == {"probing"}
    assert breaker.state is State.CLOSED


async def test_a_good_probe_closes_it_with_fresh_counts(made) -> None:
    breaker, _ = made(*[503] * 20, 200, *[503] * 18, 200)
    await outcomes(breaker, 20)
    await asyncio.sleep(5.0)
    assert await outcomes(breaker, 20) == ["200"] + ["503"] * 18 + ["200"]
    assert breaker.counts == (19, 18)
    assert breaker.state is State.CLOSED


async def test_a_bad_probe_opens_it_again_for_as_long(made) -> None:
    breaker, bottom = made(503)
    await outcomes(breaker, 20)
    for probes in range(1, 4):
        await asyncio.sleep(4.9)
        assert await outcomes(breaker, 3) == ["Refused"] * 3
        await asyncio.sleep(0.2)
        assert await outcomes(breaker, 3) == ["503", "Refused", "Refused"]
        assert len(bottom.times) == 20 + probes


@pytest.mark.parametrize(("hung", "pause"), [(2.5, 2.5), (4.9, 1.0), (9.0, 1.0)])
async def test_a_probe_that_hangs_does_not_put_the_next_one_off(made, hung, pause) -> None:
    """It counts from its beginning, so that an upstream that is back is asked again soon; but not without a pause."""
    breaker, bottom = made(*[503] * 20, (hung, RESET), 200)
    await outcomes(breaker, 20)
    await asyncio.sleep(5.0)
    assert await outcomes(breaker, 1) == ["UpstreamUnavailable"]
    assert breaker.seconds_left == pytest.approx(pause)
    await asyncio.sleep(pause - 0.1)
    assert await outcomes(breaker, 1) == ["Refused"]
    await asyncio.sleep(0.2)
    assert await outcomes(breaker, 1) == ["200"]
    assert len(bottom.times) == 22


@pytest.mark.parametrize("end", [60.0, Refused("No."), 429])
async def test_after_a_probe_that_says_nothing_the_next_call_may_probe(made, end) -> None:
    breaker, bottom = made(*[503] * 20, end, 200)
    await outcomes(breaker, 20)
    await asyncio.sleep(5.0)
    probe = asyncio.create_task(breaker.send(read()))
    await asyncio.sleep(0.1)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    assert breaker.state is State.OPEN
    assert await outcomes(breaker, 1) == ["200"]
    assert breaker.state is State.CLOSED
    assert len(bottom.times) == 22


async def test_what_began_before_it_opened_neither_closes_it_nor_counts(made) -> None:
    breaker, _ = made(6.0, *[503] * 20, 200)
    late = asyncio.create_task(breaker.send(read()))
    await asyncio.sleep(0)
    await outcomes(breaker, 20)
    assert breaker.state is State.OPEN
    assert (await late).status == 200
    assert breaker.state is State.OPEN


async def test_it_may_be_asked_beforehand(made) -> None:
    breaker, bottom = made(503)
    breaker.check(read())
    await outcomes(breaker, 20)
    with pytest.raises(Refused):
        breaker.check(read())
    await asyncio.sleep(5.0)
    breaker.check(read())
    assert breaker.state is State.OPEN
    assert len(bottom.times) == 20


async def test_where_callers_bring_credentials_one_does_not_close_the_door_to_others(made) -> None:
    breaker, _ = made(*[503] * 20, 200, per_credential=True)
    await outcomes(breaker, 20, lambda: read("bad"))
    assert await outcomes(breaker, 1, lambda: read("bad")) == ["Refused"]
    assert await outcomes(breaker, 1, lambda: read("good")) == ["200"]
    assert breaker.state is State.OPEN
    assert breaker.seconds_left == 5.0
    assert breaker.counts == (1, 0)


async def test_credentials_that_were_used_longest_ago_are_forgotten(made) -> None:
    breaker, _ = made(200, per_credential=True)
    for number in range(module.MOST_CIRCUITS + 50):
        await breaker.send(read(str(number)))
    assert breaker.counts == (module.MOST_CIRCUITS, 0)


async def test_a_circuit_never_has_two_probes_nor_stays_stuck(now) -> None:
    chance = random.Random(11)  # noqa: S311  made up, not secret
    circuit = Circuit(TOLERANCE, now)
    running: list[tuple[int, bool]] = []
    closings = 0
    for _ in range(20_000):
        await asyncio.sleep(chance.random() * 0.2)
        if running and chance.random() < 0.5:
            era, probes = running.pop(chance.randrange(len(running)))
            circuit.leave(era, good=chance.choice([True, False, None]))
            closings += probes and circuit.state is State.CLOSED
        elif (entered := circuit.enter()) is not None:
            running.append((entered, circuit.state is State.PROBING))
        if circuit.state is State.PROBING:
            assert [probes for era, probes in running if era == circuit.era] == [True]
    assert closings > 50
