"""Asking again where that may help and can do no harm."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from gateway.wire.call import Answer, Call, Step
from gateway.wire.refusal import HeldBack, Refused
from gateway.wire.retry_budget import RetryBudget
from gateway.wire.throttle import UNTOLD_SECONDS
from gateway.wire.trail import Source
from gateway.wire.verdict import is_out_of_order, retry_after
from resolvers.errors import Failure, UpstreamTimeout, UpstreamUnavailable

BRIEFEST: Final = 0.025
"""Seconds; the pause before the n-th repetition is drawn from 0 to `BRIEFEST` times two to the n."""

_TOO_MANY_REQUESTS: Final = int(HTTPStatus.TOO_MANY_REQUESTS)

LONGEST: Final = 0.25
"""Seconds that are drawn at most."""


class Attempts:
    """Repeats reads that failed, and writes that never left; both within the call's deadline and a budget.

    An upstream that names a time (Retry-After; on a 429 also X-RateLimit-Reset) is given it, or the answer goes up at
    once. What the gateway itself refuses is not repeated, but for one wait for a rate.

    Args:
        below: The next step.
        attempts: At most so many for one call.
        budget: The upstream's.
        clock: Seconds, as the loop's.
        sleep: Waits for seconds.
        draw: A number between two others, by chance.

    Attributes:
        budget: As given.
    """

    def __init__(  # noqa: PLR0913  time and chance are given, so that they can be held still
        self,
        below: Step,
        *,
        attempts: int,
        budget: RetryBudget,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._below = below
        self._attempts = attempts
        self.budget = budget
        self._clock = clock
        self._sleep = sleep
        self._draw = draw

    async def send(self, call: Call) -> Answer:
        """Hands the call on, as often as it makes sense. The last outcome goes up."""
        self.budget.note()
        outcome: Answer | Failure
        try:
            answer = outcome = await self._below.send(call)
        except _REPEATED as failure:
            outcome = failure
        try:
            return await self.again(call, outcome) if may_be_repeated(outcome) else answer
        finally:
            del outcome  # a failure holds this frame, and the frame must not hold it

    async def again(self, call: Call, outcome: Answer | Failure) -> Answer:
        """The outcome of a call whose first attempt had one that may be repeated; it is, as often as it makes sense."""
        try:
            outcome = await self._repeated(call, outcome)
            if isinstance(outcome, Failure):
                raise outcome
            return outcome
        finally:
            del outcome  # a failure holds this frame, and the frame must not hold it

    async def _repeated(self, call: Call, outcome: Answer | Failure) -> Answer | Failure:
        """The outcome of the last attempt, where the first was `outcome`."""
        has_waited = False
        sent = not isinstance(outcome, Refused | HeldBack)
        for number in range(1, self._attempts):
            told = _told(call, outcome)
            over_rate = _is_over_rate(outcome)
            if told is None or (over_rate and has_waited):
                break
            pause = told + self._draw(0.0, min(LONGEST, BRIEFEST * 2**number))
            if self._clock() + pause >= call.trail.until or (sent and not self.budget.take()):
                break
            has_waited = has_waited or over_rate
            await self._sleep(pause)
            call.trail.waited += pause
            try:
                outcome = await self._below.send(call)
                sent = True
            except (Refused, HeldBack) as failure:
                if not sent or (over_rate and isinstance(failure, HeldBack)):
                    outcome = failure
                break
            except (UpstreamTimeout, UpstreamUnavailable) as failure:
                outcome = failure
                sent = True
        if sent:
            call.trail.source = Source.UPSTREAM
        return outcome


_REPEATED: Final = (UpstreamTimeout, UpstreamUnavailable, HeldBack)


def may_be_repeated(outcome: Answer | BaseException) -> bool:
    """Whether it is no answer, or one that another attempt might better."""
    return outcome.status >= _TOO_MANY_REQUESTS if isinstance(outcome, Answer) else isinstance(outcome, _REPEATED)


def _is_over_rate(outcome: Answer | Failure) -> bool:
    if isinstance(outcome, Failure):
        return isinstance(outcome, HeldBack)
    return outcome.status == HTTPStatus.TOO_MANY_REQUESTS


def _told(call: Call, outcome: Answer | Failure) -> float | None:
    """Seconds that the upstream wants to be left alone; None where the call must not be repeated."""
    if isinstance(outcome, HeldBack):
        return outcome.retry_after_seconds
    if isinstance(outcome, Failure):
        may_help = not isinstance(outcome, Refused) and (call.reads or not isinstance(outcome, UpstreamTimeout))
        return 0.0 if may_help else None
    if not call.reads:
        return None
    if outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
        told = retry_after(outcome.headers)
        return UNTOLD_SECONDS if told is None else told
    if not is_out_of_order(outcome.status):
        return None
    return retry_after({"retry-after": outcome.headers.get("retry-after", "")}) or 0.0
