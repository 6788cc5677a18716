"""A total time for every call, whatever happens below."""

from gateway.wire.call import Answer, Call, Step
from gateway.wire.limit import Limit
from resolvers.errors import OutcomeUnknown, UpstreamTimeout


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
        trail, until = call.trail, call.trail.until
        try:
            with limit as began:
                if until > began + limit.seconds:
                    trail.until = began + limit.seconds
                return await self._below.send(call)
        except TimeoutError:
            words = f"{call.upstream.title} gave no answer within {limit.seconds:g} s"
            if call.reads:
                raise UpstreamTimeout(f"{words}.", upstream=call.upstream) from None
            raise OutcomeUnknown(f"{words}; the change may have been made.", upstream=call.upstream) from None
        finally:
            trail.until = until
