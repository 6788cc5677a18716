"""How an upstream does, learnt from the calls that are made anyway."""

from collections import deque

from gateway.wire.call import Answer, Call, Step
from gateway.wire.refusal import Refused
from resolvers.errors import Failure, OutcomeUnknown, UpstreamInvalidResponse, UpstreamTimeout, UpstreamUnavailable
from resolvers.upstreams import UpstreamState

REMEMBERED = 10
"""How many of the last calls the state is judged by."""

_OUT_OF_ORDER = 500


class Pulse:
    """Remembers how the last calls ended.

    A 4xx is the caller's doing, and a sign of life. What the gateway itself refused to send says nothing.

    Args:
        below: The next step.
    """

    def __init__(self, below: Step) -> None:
        self._below = below
        self._good: deque[bool] = deque(maxlen=REMEMBERED)
        self._reason: str | None = None

    async def send(self, call: Call) -> Answer:
        """Hands the call on and remembers how it ended."""
        try:
            answer = await self._below.send(call)
        except Refused:
            raise
        except (UpstreamTimeout, UpstreamUnavailable, UpstreamInvalidResponse, OutcomeUnknown) as failure:
            self._note(failure)
            raise
        if answer.status >= _OUT_OF_ORDER:
            self._note(UpstreamUnavailable(f"{call.upstream.title} is out of order (status {answer.status})."))
        else:
            self._good.append(True)
        return answer

    def _note(self, failure: Failure) -> None:
        self._good.append(False)
        self._reason = failure.message

    @property
    def state(self) -> UpstreamState:
        """UP where nothing failed of late, DOWN where the last three calls failed, or all where there were fewer."""
        if all(self._good):
            return UpstreamState.UP
        last = list(self._good)[-3:]
        return UpstreamState.DOWN if not any(last) else UpstreamState.DEGRADED

    @property
    def reason(self) -> str | None:
        """Why it is not up, in a sentence."""
        return None if all(self._good) else self._reason
