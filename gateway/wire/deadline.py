"""A total time for every call, whatever happens below."""

import asyncio
import time
from collections.abc import Callable

from gateway.wire.call import Answer, Call, Step
from resolvers.errors import OutcomeUnknown, UpstreamTimeout


class Deadline:
    """Gives up after a total time. A body that drips in does not extend it.

    Args:
        below: The next step.
        read_seconds: For calls that change nothing.
        write_seconds: For all others.
        clock: Seconds, as the loop's.
    """

    def __init__(
        self, below: Step, *, read_seconds: float, write_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._below = below
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds
        self._clock = clock

    async def send(self, call: Call) -> Answer:
        """Hands the call on.

        Raises:
            UpstreamTimeout: A read took too long.
            OutcomeUnknown: A write took too long; it may be done all the same.
        """
        seconds = self._read_seconds if call.reads else self._write_seconds
        trail, until = call.trail, call.trail.until
        trail.until = min(until, self._clock() + seconds)
        try:
            async with asyncio.timeout(seconds):
                return await self._below.send(call)
        except TimeoutError:
            title = call.upstream.title
            if call.reads:
                raise UpstreamTimeout(f"{title} gave no answer within {seconds:g} s.", upstream=call.upstream) from None
            raise OutcomeUnknown(
                f"{title} gave no answer within {seconds:g} s; the change may have been made.", upstream=call.upstream
            ) from None
        finally:
            trail.until = until
