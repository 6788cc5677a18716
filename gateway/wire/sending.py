"""One request to an upstream: bounded in time as a whole, and noted."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

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

    Attributes:
        read_seconds: As given.
        write_seconds: The same.
    """

    def __init__(
        self, below: Step, *, read_seconds: float, write_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._below = below
        self.read_seconds = read_seconds
        self.write_seconds = write_seconds
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
            failure = too_slow(call, limit.seconds)
            note(call, began, self._clock(), failure)
            raise failure from None
        except BaseException as error:
            note(call, began, self._clock(), error)
            raise
        note(call, began, self._clock(), answer)
        return answer


class _Words(dict[int, str]):
    def __missing__(self, status: int) -> str:
        return str(status)


WORDS: Final = _Words({int(status): str(int(status)) for status in HTTPStatus})
"""The outcomes of answers, by status: of each that is known one text, however many attempts end so."""


def note(call: Call, began: float, ended: float, outcome: Answer | BaseException) -> None:
    """Notes an attempt in the call's trail; both times are the loop's clock's, in seconds."""
    trail = call.trail
    if isinstance(outcome, Answer):
        trail.received = len(outcome.body)
        word = WORDS[outcome.status]
    else:
        word = outcome.code.name if isinstance(outcome, Failure) else CANCELLED
    trail.attempts.append(Attempt(began, ended - began, word))


def too_slow(call: Call, seconds: float) -> Failure:
    """The failure of a call that gave no whole answer in so many seconds; of a change, that its outcome is unknown."""
    words = f"{call.upstream.title} gave no whole answer within {seconds:g} s"
    if call.reads:
        return UpstreamTimeout(f"{words}.", upstream=call.upstream)
    return OutcomeUnknown(f"{words}; the change may have been made.", upstream=call.upstream)
