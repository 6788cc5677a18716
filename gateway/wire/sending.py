"""One request to an upstream: bounded in time as a whole, and noted."""

import time
from asyncio import CancelledError
from collections.abc import Callable

from gateway.wire.call import Answer, Call, Step
from gateway.wire.limit import Cancellable, Limit
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
        try:
            with limit:
                answer = await self._below.send(call)
        except TimeoutError:
            failure = _too_slow(call, limit.seconds)
            self._note(call, began, failure)
            raise failure from None
        except BaseException as error:
            self._note(call, began, error)
            raise
        self._note(call, began, answer)
        return answer

    def begin(self, reading: Cancellable) -> float:
        """The time of a read begins, which is cancelled when that is over, and has to `end` in any case."""
        return self._reads.enter(reading)

    def end(
        self, call: Call, reading: Cancellable, began: float, outcome: Answer | BaseException
    ) -> Answer | BaseException:
        """The outcome of a read that began then, noted; a failure in its place where its time was over."""
        if self._reads.leave(reading) and isinstance(outcome, CancelledError):
            outcome = _too_slow(call, self._reads.seconds)
        self._note(call, began, outcome)
        return outcome

    def _note(self, call: Call, began: float, outcome: Answer | BaseException) -> None:
        trail = call.trail
        if isinstance(outcome, Answer):
            trail.received = len(outcome.body)
            word = str(outcome.status)
        else:
            word = outcome.code.name if isinstance(outcome, Failure) else CANCELLED
        trail.attempts.append(Attempt(began, self._clock() - began, word))


def _too_slow(call: Call, seconds: float) -> Failure:
    words = f"{call.upstream.title} gave no whole answer within {seconds:g} s"
    if call.reads:
        return UpstreamTimeout(f"{words}.", upstream=call.upstream)
    return OutcomeUnknown(f"{words}; the change may have been made.", upstream=call.upstream)
