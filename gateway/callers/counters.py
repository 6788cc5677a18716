"""Counts in memory, behind the interface of limits' storages: a shared one can take its place."""

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from limits.aio.storage import Storage

SWEPT: Final = 64
"""How many ended windows a count clears away: more than it can add, and never so many that others wait for it."""


@dataclass(slots=True)
class _Window:
    ends: float
    count: int


class Counters(Storage):
    """One number for each key and window, until the window has ended.

    No method ever waits, so that in one event loop nothing comes between two calls that follow each other. limits' own
    storage looks through all keys at each count; with many callers that would be most of the work.

    Args:
        clock: Seconds since 1970.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._windows: dict[str, _Window] = {}
        self._ends: list[tuple[float, str]] = []

    def __len__(self) -> int:
        """How many windows are held, those among them that have ended and are yet to be cleared away."""
        return max(len(self._windows), len(self._ends))

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None: there is nothing here that breaks."""
        return ()

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Adds to the key's count, and says what it is then.

        Args:
            key: Whose.
            expiry: Seconds until the window ends, where this count begins one.
            amount: How much.
        """
        now = self._clock()
        self._sweep(now)
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = self._windows[key] = _Window(now + expiry, 0)
            heapq.heappush(self._ends, (window.ends, key))
        window.count += amount
        return window.count

    async def get(self, key: str) -> int:
        """The key's count; 0 where it has no window."""
        window = self._running(key)
        return window.count if window else 0

    async def get_expiry(self, key: str) -> float:
        """When the key's window ends, in seconds since 1970; now where it has none."""
        window = self._running(key)
        return window.ends if window else self._clock()

    async def check(self) -> bool:
        """It is always there."""
        return True

    async def reset(self) -> int:
        """Forgets everything; says how many windows."""
        held = len(self._windows)
        self._windows.clear()
        self._ends.clear()
        return held

    async def clear(self, key: str) -> None:
        """Forgets one key."""
        self._windows.pop(key, None)

    def _running(self, key: str) -> _Window | None:
        window = self._windows.get(key)
        return window if window and window.ends > self._clock() else None

    def _sweep(self, now: float) -> None:
        for _ in range(SWEPT):
            if not self._ends or self._ends[0][0] > now:
                return
            ends, key = heapq.heappop(self._ends)
            window = self._windows.get(key)
            if window and window.ends == ends:
                del self._windows[key]
