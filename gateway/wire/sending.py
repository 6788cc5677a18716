"""One request to an upstream: bounded in time as a whole, and noted."""

import time
from collections.abc import Callable

from gateway.wire.call import Answer, Call, Step
from gateway.wire.limit import Limit
from gateway.wire.trail import Attempt
from resolvers.errors import Failure, OutcomeUnknown, UpstreamTimeout

CANCELLED = "CANCELLED"
"""The outcome of an attempt that was ended from above."""


class Sending:
    """Ends what takes too long, even where bytes keep dripping in, and notes each attempt in the call's trail.

    Args:
        below: What carries the request.
        read_seconds: For one attempt of a call that changes nothing.
        write_seconds: For all others.
        clock: Seconds.
    """

    def __init__(
        self, below: Step, *, read_seconds: float, write_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._below = below
        self._reads = Limit(read_seconds)
        self._writes = Limit(write_seconds)
        self._clock = clock

    async def send(self, call: Call) -> Answer:
        """Hands the call on.

        Raises:
            UpstreamTimeout: A read took too long.
            OutcomeUnknown: A write took too long; it may be done all the same.
        """
        limit = self._reads if call.reads else self._writes
        began = self._clock()
        outcome = CANCELLED
        try:
            with limit:
                answer = await self._below.send(call)
            call.trail.received = len(answer.body)
            outcome = str(answer.status)
        except TimeoutError:
            failure = _too_slow(call, limit.seconds)
            outcome = failure.code.name
            raise failure from None
        except Failure as failure:
            outcome = failure.code.name
            raise
        finally:
            call.trail.attempts.append(Attempt(began, self._clock() - began, outcome))
        return answer


def _too_slow(call: Call, seconds: float) -> Failure:
    words = f"{call.upstream.title} gave no whole answer within {seconds:g} s"
    if call.reads:
        return UpstreamTimeout(f"{words}.", upstream=call.upstream)
    return OutcomeUnknown(f"{words}; the change may have been made.", upstream=call.upstream)
