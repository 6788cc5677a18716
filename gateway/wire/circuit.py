"""Closed, open, probing: whether something that may be out of order is asked at all."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.wire.window import Window

SECONDS: Final = 10.0
"""How far back calls count."""

LEAST_SECONDS: Final = 1.0
"""Between the end of a probe that failed and the next one."""

SUSPICIOUS_CALLS: Final = 3
"""So few calls are enough where others have seen the same thing fail."""


class State(Enum):
    """Of a circuit."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


_CLOSED, _OPEN, _PROBING = State
_WORDS: Final = {state: state.value for state in State}


@dataclass(frozen=True, slots=True)
class Tolerance:
    """When a circuit opens, and for how long.

    Attributes:
        failures_percent: It opens where so many calls of a hundred fail.
        minimum_calls: But not below so many calls.
        open_seconds: Until it is tried whether it may close.
    """

    failures_percent: int
    minimum_calls: int
    open_seconds: float


class Circuit:
    """One circuit. There is no timer: what time does to it is seen when somebody comes.

    Args:
        tolerance: When it opens.
        clock: Seconds.

    Attributes:
        state: It stays open when its time is over, until a call comes to probe.
        era: Changes whenever it opens, probes or closes: what belongs to it while it is closed ends in a closed one.
        window: The calls that count while it is closed; those that failed are marked.
    """

    __slots__ = ("_clock", "_suspicious_until", "_tolerance", "_until", "era", "state", "window")

    def __init__(self, tolerance: Tolerance, clock: Callable[[], float] = time.monotonic) -> None:
        self.state = _CLOSED
        self.window = Window(SECONDS)
        self._tolerance = tolerance
        self._clock = clock
        self._until = 0.0
        self._suspicious_until = 0.0
        self.era = 0

    @property
    def seconds_left(self) -> float:
        """How long it lets nothing through; 0 where it is closed, or the next call may probe."""
        return max(self._until - self._clock(), 0.0) if self.state is _OPEN else 0.0

    @property
    def refuses(self) -> bool:
        """Whether a call that comes now is not let through."""
        if self.state is _CLOSED:
            return False
        return self.state is _PROBING or self._clock() < self._until

    @property
    def word(self) -> str:
        """Its state, for people and trails."""
        return "closed" if self.state is _CLOSED else _WORDS[self.state]

    def suspect(self, seconds: float) -> None:
        """For so long, a few calls that fail are enough to open it."""
        self._suspicious_until = self._clock() + seconds

    def enter(self) -> int | None:
        """The era in which a call begins, to be given back to `leave`; None where it is refused."""
        if self.state is not _CLOSED:
            if self.refuses:
                return None
            self.state = _PROBING
            self.era += 1
            self._until = self._clock() + self._tolerance.open_seconds
        return self.era

    def leave(self, era: int, *, good: bool | None) -> None:
        """Notes how a call ended.

        Args:
            era: When it began. What began before the circuit last opened or closed says nothing.
            good: None where the call says nothing either: it was cancelled, or never left.
        """
        if era != self.era:
            return
        if good is None:
            if self.state is _PROBING:
                self.state, self._until = _OPEN, self._clock()
        elif self.state is _PROBING and not good:
            # Counted from the probe's beginning: one that hung must not put the next one off for longer.
            least = min(LEAST_SECONDS, self._tolerance.open_seconds)
            self._turn(_OPEN, max(self._until - self._clock(), least))
        elif self.state is _PROBING:
            self._turn(_CLOSED)
        else:
            self.window.add(self._clock(), 1, not good)
            if self.window.marked and self._is_too_much():
                self._turn(_OPEN)

    def _is_too_much(self) -> bool:
        calls, failures = self.window.things, self.window.marked
        least = self._tolerance.minimum_calls
        if self._clock() < self._suspicious_until:
            least = min(least, SUSPICIOUS_CALLS)
        return calls >= least and 100 * failures >= self._tolerance.failures_percent * calls

    def _turn(self, state: State, seconds: float | None = None) -> None:
        self.state = state
        self.era += 1
        self._until = self._clock() + (self._tolerance.open_seconds if seconds is None else seconds)
        self.window.clear()
