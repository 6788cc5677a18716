"""Deadlines that cost next to nothing as long as they are kept."""

import asyncio
from typing import Protocol


class Impatient(Protocol):
    """Something that is told when it has taken too long."""

    def overdue(self) -> None:
        """Called once, from the event loop."""


class Patience:
    """Tells what has been waiting for `seconds`, or up to half as long again, that it is overdue.

    Every request starts and ends a wait or two, and hardly one becomes overdue. One timer that sweeps over the
    waiting ones, oldest first, takes the place of a timer for each.
    """

    __slots__ = ("_loop", "_seconds", "_waiting")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: dict[Impatient, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None  # where a sweep is due

    def begin(self, waiting: Impatient, loop: asyncio.AbstractEventLoop) -> None:
        """Start the wait of `waiting` on the running loop."""
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(self._seconds, self._sweep)
        self._waiting[waiting] = loop.time() + self._seconds

    def end(self, waiting: Impatient) -> None:
        """End the wait of `waiting`, overdue or not."""
        self._waiting.pop(waiting, None)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        late = []
        for waiting, due in self._waiting.items():
            if due > now:
                break
            late.append(waiting)
        for waiting in late:
            del self._waiting[waiting]
            waiting.overdue()
        if self._waiting:
            loop.call_later(self._seconds / 2, self._sweep)
        else:
            self._loop = None
