"""A total time for every call, whatever happens below."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf

from gateway.wire.call import Answer, Call, Step
from gateway.wire.limit import Limit
from resolvers.errors import Failure, OutcomeUnknown, UpstreamTimeout


class Deadline:
    """Gives up after a total time. A body that drips in does not extend it.

    Args:
        below: The next step.
        read_seconds: For calls that change nothing.
        write_seconds: For all others.
    """

    def __init__(self, below: Step, *, read_seconds: float, write_seconds: float) -> None:
        self._below = below
        self._reads = Limit(read_seconds)
        self._writes = Limit(write_seconds)

    async def send(self, call: Call) -> Answer:
        """Hands the call on.

        Raises:
            UpstreamTimeout: A read took too long.
            OutcomeUnknown: A write took too long; it may be done all the same.
        """
        limit = self._reads if call.reads else self._writes
        until = call.trail.until
        try:
            with limit as began:
                if until > began + limit.seconds:
                    call.trail.until = began + limit.seconds
                return await self._below.send(call)
        except TimeoutError:
            raise _too_slow(call, limit.seconds) from None
        finally:
            call.trail.until = until

    async def rest(self, call: Call, began: float, goes_on: Callable[[Call], Awaitable[Answer]]) -> Answer:
        """The same for a call that began before, by the loop's clock, and goes on now.

        Raises:
            UpstreamTimeout: A read took too long.
            OutcomeUnknown: The same of a write.
        """
        limit = self._reads if call.reads else self._writes
        call.trail.until = began + limit.seconds
        try:
            async with asyncio.timeout_at(call.trail.until):
                return await goes_on(call)
        except TimeoutError:
            raise _too_slow(call, limit.seconds) from None
        finally:
            call.trail.until = inf


def _too_slow(call: Call, seconds: float) -> Failure:
    words = f"{call.upstream.title} gave no answer within {seconds:g} s"
    if call.reads:
        return UpstreamTimeout(f"{words}.", upstream=call.upstream)
    return OutcomeUnknown(f"{words}; the change may have been made.", upstream=call.upstream)
