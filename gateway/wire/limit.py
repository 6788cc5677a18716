"""A time that many calls have, kept by one timer."""

import asyncio
from types import TracebackType
from typing import Any, Final, cast

_NONE: Final = -1.0
"""Stands in the place of a time that is over."""


class Limit:
    """What is done inside of it may take so long; `with limit: …`, once in each of as many tasks as there are.

    It means the same as `asyncio.timeout`, and costs much less: all have equally long, so who came first is also the
    first whose time is over, and one timer is enough. Most have ended when it goes off.

    Args:
        seconds: For each.
    """

    __slots__ = ("_cancelling", "_inside", "_loop", "_timer", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._inside: dict[asyncio.Task[Any], float] = {}
        self._cancelling: dict[asyncio.Task[Any], int] = {}  # how often something wanted their end before

    def __len__(self) -> int:
        """How many are inside."""
        return len(self._inside)

    def __enter__(self) -> float:
        """Begins the time of the current task, and says when that was, by the loop's clock.

        Raises:
            RuntimeError: There is none.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A limit is for tasks.")
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._timer = loop, None
            self._inside.clear()
            self._cancelling.clear()
        now = loop.time()
        self._inside[task] = now + self.seconds
        self._cancelling[task] = task.cancelling()
        if self._timer is None:
            self._timer = loop.call_at(now + self.seconds, self._on_time)
        return now

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends it.

        Raises:
            TimeoutError: It was over, and nothing else wants the task to end.
        """
        if kind is GeneratorExit:  # the loop has ended, and the task with it
            return
        task = cast("asyncio.Task[Any]", asyncio.current_task(self._loop))
        cancelling = self._cancelling.pop(task)
        was_over = self._inside.pop(task) == _NONE
        if was_over and task.uncancel() <= cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _on_time(self) -> None:
        """Cancels those whose time is over, and comes again for the next one."""
        self._timer = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        over = []
        for task, until in self._inside.items():
            if until > now:
                self._timer = loop.call_at(until, self._on_time)
                break
            if until != _NONE:
                over.append(task)
        for task in over:
            if task in self._inside:  # the end of another may be its end, too
                self._inside[task] = _NONE
                task.cancel()
