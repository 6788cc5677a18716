"""An answer that is partial at first, until all that it promises has come."""

import asyncio
from typing import Any

from gateway.execution.plans.partial import Partial
from gateway.execution.plans.promises import Pending
from gateway.execution.plans.strands import Strands


class Delivery:
    """All that a partial answer still promises.

    Args:
        strands: The execution's.
        partial: The answer.
    """

    __slots__ = ("_answer", "_cancelled", "_strands")

    def __init__(self, strands: Strands, partial: Partial) -> None:
        self._strands = strands
        self._answer: list[Any] = [None]
        self._cancelled = False
        strands.owed += 1
        partial.start(self._answer, 0, None)

    @property
    def done(self) -> bool:
        """All has come; or something never will."""
        return not self._strands.owed or self._strands.broken is not None

    def cancel(self) -> None:
        """Cancels what has not come."""
        self._cancelled = True
        left = [*self._answer]
        while left:
            each = left.pop()
            if isinstance(each, dict):
                left += each.values()
            elif isinstance(each, list):
                left += each
            elif isinstance(each, Pending):
                each.cancel()

    async def complete(self) -> Any:  # noqa: ANN401  what was partial
        """The answer, when all has come.

        Raises:
            CancelledError: The task was cancelled, and so was what had not come; or else a resolver was.
        """
        await self._strands.reach(self)
        if self._cancelled or self._strands.broken is not None:
            raise self._strands.broken or asyncio.CancelledError
        return self._answer[0]
