"""What an operation's root fields gave that is yet to come, until it is there."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from gateway.execution.plans.branches import Branch
from gateway.execution.plans.partial import Partial
from gateway.execution.plans.promises import Promise
from gateway.execution.plans.strands import Strands


class Delivery:
    """A partial answer, and all that it still promises.

    Args:
        strands: The execution's.
        partial: The answer.
    """

    __slots__ = ("_answer", "_cancelled", "_rest", "_strands")

    def __init__(self, strands: Strands, partial: Partial) -> None:
        self._strands = strands
        self._rest = partial.rest
        self._answer: list[Any] = [None]
        self._cancelled = False
        strands.owed += 1
        partial.start(self._answer, 0, None)

    def cancel(self) -> None:
        """Cancels what has begun and not come."""
        self._cancelled = True
        left = [*self._answer]
        while left:
            each = left.pop()
            if isinstance(each, dict):
                left += each.values()
            elif isinstance(each, list):
                left += each
            elif isinstance(each, Promise) and each.into is not None:
                each.cancel()

    def answer(self) -> Any:  # noqa: ANN401  what was partial
        """The answer, when all has come, or what is left to wait for.

        Raises:
            CancelledError: It was cancelled; or else a resolver was.
        """
        if self._cancelled or self._strands.broken is not None:
            raise self._strands.broken or asyncio.CancelledError
        [answer] = self._answer
        return answer if self._rest is None else self._rest(answer)


class Root(Branch):
    """An answer that may fail as a whole.

    Args:
        strands: The execution's.
        coroutine: Gives the answer; runs at once.
    """

    __slots__ = ()

    def __init__(self, strands: Strands, coroutine: Coroutine[Any, Any, Any]) -> None:
        super().__init__(strands, coroutine, None)
        strands.live += 1
        strands.owed += 1
        self.go()

    def _end(self) -> None:
        super()._end()
        self.strands.owed -= 1

    def answer(self) -> Any:  # noqa: ANN401  whatever it returned
        """The same.

        Raises:
            Exception: What it raised.
        """
        error, self.error = self.error, None
        if error is None:
            return self.value
        try:
            raise error
        finally:
            del error  # which holds this frame
