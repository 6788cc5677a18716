"""How an upstream does, learnt from the calls that are made anyway."""

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from gateway.wire.call import Answer, Call, Step
from gateway.wire.refusal import Refused
from resolvers.errors import Failure, OutcomeUnknown, UpstreamInvalidResponse, UpstreamTimeout, UpstreamUnavailable
from resolvers.upstreams import UpstreamState

REMEMBERED = 10
"""How many of the last calls the state is judged by."""

_OUT_OF_ORDER = 500
_BAD = (UpstreamTimeout, UpstreamUnavailable, UpstreamInvalidResponse, OutcomeUnknown)


class Pulse:
    """Remembers how the last calls ended.

    A 4xx is the caller's doing, and a sign of life. What the gateway itself refused to send says nothing.

    Args:
        below: The next step.

    Attributes:
        good: Of the last calls, whether each was.
    """

    def __init__(self, below: Step) -> None:
        self._below = below
        self.good: deque[bool] = deque(maxlen=REMEMBERED)
        self._reason: str | None = None

    def send(self, call: Call) -> Coroutine[Any, Any, Answer]:
        """Hands the call on and remembers how it ended."""
        return self.watch(call, self._below.send)

    async def watch(self, call: Call, send: Callable[[Call], Awaitable[Answer]]) -> Answer:
        """Remembers how it ends."""
        try:
            answer = await send(call)
        except Failure as failure:
            self.note(call, failure)
            raise
        self.note(call, answer)
        return answer

    def note(self, call: Call, outcome: Answer | BaseException) -> None:
        """Remembers how a call ended."""
        if isinstance(outcome, Answer):
            good = outcome.status < _OUT_OF_ORDER
            if not good:
                self._reason = f"{call.upstream.title} is out of order (status {outcome.status})."
            self.good.append(good)
        elif isinstance(outcome, _BAD) and not isinstance(outcome, Refused):
            self.good.append(False)
            self._reason = outcome.message

    @property
    def state(self) -> UpstreamState:
        """UP where nothing failed of late, DOWN where the last three calls failed, or all where there were fewer."""
        if all(self.good):
            return UpstreamState.UP
        last = list(self.good)[-3:]
        return UpstreamState.DOWN if not any(last) else UpstreamState.DEGRADED

    @property
    def reason(self) -> str | None:
        """Why it is not up, in a sentence."""
        return None if all(self.good) else self._reason
