"""The last operations, and the slowest of the last minutes: names and figures, no variables and no literals."""

import re
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from operator import attrgetter
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
import orjson

from gateway.door.status.shape import RecentOperation

LAST: Final = 50
SLOWEST: Final = 10
MINUTES: Final = 5
MOST_CALLS: Final = 200
"""Of one operation that whoever notes it should keep; the rest is counted."""

SOURCES: Final = ("UPSTREAM", "CACHE", "COLLAPSED", "STALE", "REFUSED")

_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_LONGEST: Final = 100
_MINUTE: Final = 60

_at: Final = attrgetter("ended.at")
_slowness: Final = attrgetter("ended.seconds")


class Named(Protocol):
    """One of several words."""

    @property
    def name(self) -> str:
        """It."""


class Ended(Protocol):
    """An operation that has ended.

    Attributes:
        request_id: As in the answer.
        kind: `query`, `mutation`, `subscription`; empty where it was refused before that was known.
        name: As the client wrote it; shown only where it is a name by GraphQL's grammar.
        caller: The principal's id.
        verdict: How it ended, in a word.
        codes: Of the answer's errors, each with its count; shown only where they look like codes.
        at: When it ended, in seconds since 1970.
        seconds: How long it took.
        estimated: What it might have cost.
        actual: What it did cost.
    """

    @property
    def request_id(self) -> str: ...  # noqa: D102  as above, and so are the others
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str | None: ...  # noqa: D102
    @property
    def caller(self) -> str: ...  # noqa: D102
    @property
    def verdict(self) -> Named: ...  # noqa: D102
    @property
    def codes(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def at(self) -> float: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102
    @property
    def estimated(self) -> float: ...  # noqa: D102
    @property
    def actual(self) -> float: ...  # noqa: D102


E = TypeVar("E", bound=Ended)


class _Kept(msgspec.Struct, Generic[E], frozen=True):
    """An operation as it was noted: what is shown of it is made when somebody looks."""

    calls: int
    ended: E
    number: int

    def shown(self) -> RecentOperation:
        ended = self.ended
        return RecentOperation(
            id=str(self.number),
            at=ended.at,
            requestId=_written(ended.request_id),
            kind=ended.kind,
            name=ended.name[:_LONGEST] if ended.name and _NAME.fullmatch(ended.name) else None,
            caller=_written(ended.caller),
            verdict=ended.verdict.name.upper(),
            codes={code: number for code, number in ended.codes.items() if _CODE.fullmatch(code)},
            durationMs=round(ended.seconds * 1000, 3),
            estimatedCost=ended.estimated,
            actualCost=ended.actual,
            calls=self.calls,
        )


class RecentOperations(Generic[E]):
    """A ring of the last operations with their traces, and for each of the last minutes its slowest ones.

    Args:
        trace: Draws an operation's upstream calls, as `extensions.trace` has them.
        settle: Has `note` called for all operations that have ended.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        trace: Callable[[E], Mapping[str, Any]],
        settle: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._trace = trace
        self._settle = settle
        self._clock = clock
        self._numbers = count(1)
        self._last: deque[_Kept[E]] = deque(maxlen=LAST)
        self._minutes: deque[tuple[int, list[_Kept[E]]]] = deque(maxlen=MINUTES)
        self._slow: list[_Kept[E]] = []  # of the last of the minutes
        self._minute_ends = 0
        self._calls: Counter[str] = Counter()

    def note(self, ended: Sequence[E], calls: Sequence[int], sources: Mapping[str, int]) -> None:
        """Takes note of operations.

        Args:
            ended: They, in the order in which they ended.
            calls: How many upstream calls each has made.
            sources: Where the answers to all these calls came from, by name, with their number.
        """
        self._calls.update(sources)
        kept = [*map(_Kept, calls, ended, self._numbers)]
        self._last.extend(kept)
        while kept:
            kept = self._note_slow(kept)

    @property
    def calls(self) -> dict[str, int]:
        """Upstream calls since the start, by their source."""
        self._settle()
        return {source: self._calls[source] for source in SOURCES}

    def last(self) -> list[RecentOperation]:
        """The last operations, newest first."""
        self._settle()
        return [kept.shown() for kept in reversed(self._last)]

    def slowest(self) -> list[RecentOperation]:
        """The slowest of the last minutes, slowest first."""
        self._settle()
        return [kept.shown() for kept in _slowest(self._of_late())]

    def trace(self, id_: str) -> bytes | None:
        """The trace of an operation as JSON, where it is still kept."""
        self._settle()
        kept = next((each for each in [*self._last, *self._of_late()] if str(each.number) == id_), None)
        if kept is None:
            return None
        trace = self._trace(kept.ended)
        if left_out := kept.calls - len(trace["calls"]):
            trace = {**trace, "callsLeftOut": left_out}
        return orjson.dumps(trace)

    def _note_slow(self, kept: list[_Kept[E]]) -> list[_Kept[E]]:
        """Keeps the slowest of those that ended in the minute of the first one; those of later minutes."""
        if (at := kept[0].ended.at) >= self._minute_ends:
            minute = int(at // _MINUTE)
            self._slow = []
            self._minutes.append((minute, self._slow))
            self._minute_ends = (minute + 1) * _MINUTE
        later = bisect_left(kept, self._minute_ends, key=_at)
        self._slow[:] = _slowest([*self._slow, *kept[:later]])
        return kept[later:]

    def _of_late(self) -> list[_Kept[E]]:
        earliest = int(self._clock() // _MINUTE) - MINUTES
        return [kept for minute, slow in self._minutes if minute > earliest for kept in slow]


def _slowest(kept: list[_Kept[E]]) -> list[_Kept[E]]:
    return sorted(kept, key=_slowness, reverse=True)[:SLOWEST]


def _written(text: str) -> str:
    """A text of a sane length that JSON can hold."""
    return text[:_LONGEST].encode(errors="replace").decode()
