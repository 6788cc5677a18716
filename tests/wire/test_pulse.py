"""How an upstream does, as its calls tell."""

import asyncio

import pytest

from gateway.wire.call import Answer, Call
from gateway.wire.pulse import REMEMBERED, Pulse
from gateway.wire.refusal import Refused
from resolvers.errors import (
    Failure,
    OutcomeUnknown,
    UpstreamInvalidResponse,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from resolvers.identity import Upstream
from resolvers.upstreams import UpstreamState

pytestmark = pytest.mark.anyio

READ = Call(Upstream.LOCKTERA, "org.get", "GET", "/orgs/1")
End = int | BaseException


class Scripted:
    """Ends call after call as the script says: with a status, or with an exception."""

    def __init__(self, *ends: End) -> None:
        self._ends = iter(ends)

    async def send(self, call: Call) -> Answer:  # noqa: ARG002  whatever is asked
        end = next(self._ends)
        if isinstance(end, BaseException):
            raise end
        return Answer(end, {}, b"{}")


async def after(*ends: End) -> Pulse:
    pulse = Pulse(Scripted(*ends))
    for end in ends:
        if isinstance(end, BaseException):
            with pytest.raises(type(end)):
                await pulse.send(READ)
        else:
            assert (await pulse.send(READ)).status == end
    return pulse


UP, DEGRADED, DOWN = UpstreamState.UP, UpstreamState.DEGRADED, UpstreamState.DOWN
BAD = UpstreamUnavailable("Locktera cannot be reached.")


@pytest.mark.parametrize(
    ("ends", "state"),
    [
        ((), UP),
        ((200, 200), UP),
        ((200, 404, 401, 403, 429, 400), UP),
        ((503,), DOWN),
        ((BAD,), DOWN),
        ((200, BAD), DEGRADED),
        ((200, BAD, 500), DEGRADED),
        ((200, BAD, 500, BAD), DOWN),
        ((BAD, BAD, BAD, 200), DEGRADED),
        ((BAD, BAD, BAD, 404), DEGRADED),
        ((BAD, *[200] * (REMEMBERED - 1)), DEGRADED),
        ((BAD, *[200] * REMEMBERED), UP),
    ],
)
async def test_the_last_calls_tell_the_state(ends: tuple[End, ...], state: UpstreamState) -> None:
    pulse = await after(*ends)
    assert pulse.state is state
    assert (pulse.reason is None) is (state is UP)


@pytest.mark.parametrize(
    "failure",
    [
        UpstreamTimeout("Locktera gave no answer in time."),
        UpstreamUnavailable("Locktera cannot be reached."),
        UpstreamInvalidResponse("Locktera sent an answer that cannot be unpacked."),
        OutcomeUnknown("Locktera broke the connection off; the change may have been made."),
    ],
)
async def test_the_reason_is_the_last_failures(failure: Failure) -> None:
    pulse = await after(200, 503, failure)
    assert pulse.reason == failure.message


async def test_a_status_out_of_order_is_a_reason_in_words() -> None:
    assert (await after(503)).reason == "Locktera is out of order (status 503)."


async def test_a_caller_that_went_away_says_nothing_of_the_upstream() -> None:
    assert (await after(asyncio.CancelledError(), asyncio.CancelledError())).state is UP


@pytest.mark.parametrize(("before", "state"), [(200, UP), (503, DOWN)])
async def test_what_the_gateway_refused_to_send_says_nothing_of_the_upstream(before: int, state: UpstreamState) -> None:
    assert (await after(before, *[Refused("Locktera failed too often.")] * 12)).state is state
