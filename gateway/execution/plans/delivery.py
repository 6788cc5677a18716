"""What an operation's root fields gave that is yet to come, until it is there."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from msgspec import Struct

from gateway.execution.plans.branches import Branch
from gateway.execution.plans.partial import Partial
from gateway.execution.plans.promises import Promise
from gateway.execution.plans.strands import Strands


class Delivery(Struct, eq=False):
    """A partial answer, and all that it still promises.

    Attributes:
        strands: The execution's.
        partial: The answer.
        cancelled: It is wanted no more.
    """

    strands: Strands
    partial: Partial
    cancelled: bool = False

    def begin(self) -> None:
        """Begins what it promises."""
        self.strands.owed += 1
        self.partial.start([None], 0, None)

    def cancel(self) -> None:
        """Cancels what has begun and not come."""
        self.cancelled = True
        left = [self.partial.results]
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
        broken, partial = self.strands.broken, self.partial
        if self.cancelled or broken is not None:
            raise broken or asyncio.CancelledError
        return partial.results if partial.rest is None else partial.rest(partial.results)


class Root(Branch):
    """An answer that may fail as a whole.

    Args:
        strands: The execution's.
        coroutine: Gives the answer.
    """

    __slots__ = ()

    def __init__(self, strands: Strands, coroutine: Coroutine[Any, Any, Any]) -> None:
        super().__init__(strands, coroutine, None)

    def begin(self) -> None:
        """Runs at once."""
        self.strands.live += 1
        self.strands.owed += 1
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
