"""The steps together in made-up time: whom a failing upstream hurts, and for how long."""

import asyncio
from typing import Any

import pytest

from gateway.wire.call import Call
from gateway.wire.chain import Chain, Figures
from gateway.wire.circuit import State
from gateway.wire.trail import Source
from resolvers.errors import Failure
from resolvers.identity import Upstream
from resolvers.upstreams import UpstreamState

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend(made_up_time):
    return made_up_time


@pytest.fixture
def made(scripted, now):
    def make(*script: Any, **figures):
        bottom = scripted(*script)
        return Chain(bottom, Figures(**figures), now), bottom

    return make


def call(method: str = "GET", whose: str = "one") -> Call:
    return Call(Upstream.LOSANT, "org.get", method, "/orgs/1", credential=("Authorization", whose))


async def ended(chain: Chain, sent: Call | None = None) -> str:
    """The status, or the failure's code."""
    try:
        return str((await chain.top.send(sent or call())).status)
    except Failure as failure:
        return failure.code.name


async def test_a_hang_ends_at_the_deadline_and_is_the_upstreams_failure(made, now) -> None:
    chain, bottom = made(3600.0)
    began, sent = now(), call()
    assert await ended(chain, sent) == "UPSTREAM_TIMEOUT"
    assert now() - began == pytest.approx(5.0)
    assert [attempt.outcome for attempt in sent.trail.attempts] == ["UPSTREAM_TIMEOUT", "CANCELLED"]
    assert chain.pulse.state is UpstreamState.DOWN
    assert chain.breaker.counts == (1, 1)
    assert bottom.running == 0


async def test_a_write_that_hangs_is_sent_once_and_counts_as_a_failure(made, now) -> None:
    chain, bottom = made(3600.0)
    began = now()
    assert await ended(chain, call("POST")) == "OUTCOME_UNKNOWN"
    assert 9.5 < now() - began <= 10.0
    assert len(bottom.times) == 1
    assert chain.breaker.counts == (1, 1)


@pytest.mark.parametrize("seconds", [0.2, 1.0, 2.5])
async def test_an_upstream_that_hangs_opens_its_breaker_however_short_the_deadline(made, seconds) -> None:
    chain, _ = made(3600.0, read_deadline_seconds=seconds)
    await asyncio.gather(*(ended(chain) for _ in range(32)))
    assert chain.breaker.state is State.OPEN


async def test_callers_with_little_patience_do_not_open_it_for_others(made) -> None:
    chain, _ = made((1.0, 200))
    for _ in range(60):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await chain.top.send(call())
    assert chain.breaker.state is State.CLOSED
    assert chain.breaker.counts == (0, 0)
    assert chain.bulkhead.running == 0


async def test_what_waited_does_not_leave_behind_an_open_breaker(made) -> None:
    chain, bottom = made((0.5, 503), attempts=1, concurrency=4, queue=200)
    ends = await asyncio.gather(*(ended(chain) for _ in range(100)))
    assert ends.count("503") == len(bottom.times) == 20
    assert ends.count("UPSTREAM_UNAVAILABLE") == 80


async def test_an_open_breaker_refuses_at_once_even_where_the_rate_is_used_up(made, now) -> None:
    chain, bottom = made(503, attempts=1, rate_calls=20, rate_seconds=60.0)
    for _ in range(20):
        assert await ended(chain) == "503"
    began, sent = now(), call()
    assert await ended(chain, sent) == "UPSTREAM_UNAVAILABLE"
    assert now() == began
    assert (sent.trail.source, sent.trail.breaker, sent.trail.attempts) == (Source.REFUSED, "open", [])
    assert len(bottom.times) == 20


async def test_one_probe_leaves_among_a_thousand_and_then_all_is_well(made) -> None:
    chain, bottom = made(*[503] * 20, 1.0, 200, attempts=1, concurrency=2000)
    for _ in range(20):
        await ended(chain)
    await asyncio.sleep(5.0)
    ends = await asyncio.gather(*(ended(chain) for _ in range(1000)))
    assert (ends.count("200"), ends.count("UPSTREAM_UNAVAILABLE")) == (1, 999)
    assert len(bottom.times) == 21
    assert await ended(chain) == "200"


async def test_refusals_leave_the_upstreams_state_as_it_was(made) -> None:
    chain, _ = made(*[503] * 20, 200, attempts=1)
    for _ in range(100):
        await ended(chain)
    assert chain.pulse.state is UpstreamState.DOWN
    assert chain.pulse.reason == "Losant is out of order (status 503)."
    await asyncio.sleep(5.0)
    assert await ended(chain) == "200"
    assert chain.pulse.state is UpstreamState.DEGRADED


async def test_a_429_holds_back_its_credential_alone(made, now) -> None:
    chain, bottom = made({"retry-after": "60"}, 200)
    assert await ended(chain) == "429"
    began = now()
    assert await ended(chain) == "UPSTREAM_RATE_LIMITED"
    assert await ended(chain, call(whose="another")) == "200"
    assert now() == began
    assert len(bottom.times) == 2
    assert chain.breaker.counts == (1, 0)


async def test_a_short_429_is_waited_for(made, now) -> None:
    chain, _ = made({"retry-after": "2"}, 200)
    began, sent = now(), call()
    assert await ended(chain, sent) == "200"
    assert 2.0 <= now() - began <= 2.1
    assert [attempt.outcome for attempt in sent.trail.attempts] == ["429", "200"]
    assert 2.0 <= sent.trail.waited <= 2.1


async def test_a_rate_that_is_used_up_is_told_at_once(made, now) -> None:
    chain, bottom = made(200, rate_calls=10, rate_seconds=10.0)
    began = now()
    ends = await asyncio.gather(*(ended(chain) for _ in range(30)))
    assert (ends.count("200"), ends.count("UPSTREAM_RATE_LIMITED")) == (10, 20)
    assert now() == began
    assert len(bottom.times) == 10


async def test_a_write_that_waits_in_vain_never_left(made, now) -> None:
    chain, bottom = made(200, concurrency=1, write_deadline_seconds=2.0)
    chain.bulkhead.running = 1  # and stays so
    began = now()
    assert await ended(chain, call("POST")) == "UPSTREAM_UNAVAILABLE"
    assert 1.9 < now() - began < 2.0
    assert bottom.times == []


async def test_retries_are_spared_when_everything_fails(made) -> None:
    chain, bottom = made(503, breaker_minimum_calls=1_000_000, concurrency=10_000)
    await asyncio.gather(*(ended(chain) for _ in range(3000)))
    assert abs(len(bottom.times) - 3000 - (0.2 * 3000 + 100)) <= 1


async def test_whatever_fails_a_read_stays_within_its_deadline(made, now) -> None:
    for script in ([503], [{":status": "503", "retry-after": "1"}], [2.4, 503], [3600.0], [{"retry-after": "3"}]):
        chain, _ = made(*script, breaker_minimum_calls=1_000_000)
        began = now()
        await ended(chain)
        assert now() - began <= 5.0 + 1e-6
