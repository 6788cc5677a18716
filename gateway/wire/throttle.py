"""Keeps quiet for as long as an upstream has asked for."""

import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from gateway.wire.call import Answer, Call, Step
from gateway.wire.marks import Marks
from gateway.wire.refusal import held_back
from gateway.wire.verdict import retry_after

UNTOLD_SECONDS: Final = 1.0
"""How long to wait where a 429 does not say."""

LONGEST_SECONDS: Final = 300.0
"""The gateway asks again after so long, whatever it was told."""

_TOO_MANY_REQUESTS: Final = int(HTTPStatus.TOO_MANY_REQUESTS)
MOST_CREDENTIALS: Final = 1000


class Throttle:
    """Holds back what is sent with a credential that was answered 429, and nothing else.

    Args:
        below: The next step.
        clock: Seconds.

    Attributes:
        until: By the marks of credentials: those that are remembered. Where it is empty, nothing is held back.
    """

    def __init__(self, below: Step, clock: Callable[[], float] = time.monotonic) -> None:
        self._below = below
        self._clock = clock
        self._marks = Marks()
        self.until: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        """How many credentials are remembered."""
        return len(self.until)

    @property
    def held(self) -> int:
        """How many credentials have to wait now."""
        now = self._clock()
        return sum(until > now for until in self.until.values())

    async def send(self, call: Call) -> Answer:
        """Hands the call on, and remembers a 429.

        Raises:
            HeldBack: The time that the upstream asked for is not over.
        """
        if self.until:
            self.check(call)
        answer = await self._below.send(call)
        self.note(call, answer)
        return answer

    def note(self, call: Call, answer: Answer) -> None:
        """Remembers a 429."""
        if answer.status == _TOO_MANY_REQUESTS:
            self._hold(call, answer)

    def check(self, call: Call) -> None:
        """Lets a call pass that would not be held back now.

        Raises:
            HeldBack: It would.
        """
        if not self.until:
            return
        mark = self._marks.of(call.credential)
        left = self.until.get(mark, 0.0) - self._clock()
        if left > 0:
            raise held_back(call, "has asked the gateway to wait", left)
        self.until.pop(mark, None)

    def _hold(self, call: Call, answer: Answer) -> None:
        told = retry_after(answer.headers)
        now = self._clock()
        until = now + min(UNTOLD_SECONDS if told is None else told, LONGEST_SECONDS)
        mark = self._marks.of(call.credential)
        if until <= self.until.get(mark, now):
            return
        self.until[mark] = until
        if len(self.until) > MOST_CREDENTIALS:
            self.until = OrderedDict((mark, until) for mark, until in self.until.items() if until > now)
        if len(self.until) > MOST_CREDENTIALS:
            self.until.popitem(last=False)
