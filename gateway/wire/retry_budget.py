"""How often an upstream may be asked again: retries must not multiply the load of one that is failing anyway."""

import time
from collections.abc import Callable
from typing import Final

from gateway.wire.window import Window

SHARE: Final = 0.2
"""Of the requests in the window that may be repeated."""

PER_SECOND: Final = 10.0
"""Retries that are allowed beside that, however few requests there are."""

SECONDS: Final = 10.0
"""Of the window."""


class RetryBudget:
    """The budget of one upstream: a share of its requests of late, and some more per second.

    Args:
        clock: Seconds.

    Attributes:
        window: The requests of late, which `note` counts; their repetitions are marked.
    """

    __slots__ = ("_clock", "window")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.window = Window(SECONDS)

    def note(self) -> None:
        """Counts a request; its repetitions do not count here."""
        self.window.add(self._clock(), 1, 0)

    def take(self) -> bool:
        """Whether one more retry is allowed; counts it if so."""
        allowed = self.left >= 1
        if allowed:
            self.window.add(self._clock(), 0, 1)
        return allowed

    @property
    def left(self) -> float:
        """How many retries are left."""
        self.window.forget(self._clock())
        return SHARE * self.window.things + PER_SECOND * SECONDS - self.window.marked
