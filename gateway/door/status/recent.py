"""The last operations, and the slowest of the last minutes: names and figures, no variables and no literals."""

import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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


@dataclass(frozen=True, slots=True)
class _Kept:
    shown: RecentOperation
    draw: Callable[[], Mapping[str, Any]]

    def trace(self) -> bytes:
        trace = self.draw()
        if left_out := self.shown["calls"] - len(trace["calls"]):
            trace = {**trace, "callsLeftOut": left_out}
        return orjson.dumps(trace)


class RecentOperations:
    """A ring of the last operations with their traces, and for each of the last minutes its slowest ones.

    Args:
        clock: Seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._number = 0
        self._last: deque[_Kept] = deque(maxlen=LAST)
        self._minutes: deque[tuple[int, list[_Kept]]] = deque(maxlen=MINUTES)
        self._calls: Counter[str] = Counter()

    def note(  # noqa: PLR0913  the facts of one operation
        self,
        *,
        request_id: str,
        kind: str,
        name: str | None,
        caller: str,
        verdict: str,
        codes: Mapping[str, int],
        seconds: float,
        estimated: float,
        actual: float,
        sources: Sequence[str],
        trace: Callable[[], Mapping[str, Any]],
    ) -> None:
        """Takes note of an operation that has ended.

        Args:
            request_id: As in the answer.
            kind: `query`, `mutation`, `subscription`; empty where it was refused before that was known.
            name: As the client wrote it; kept only where it is a name by GraphQL's grammar.
            caller: The principal's id.
            verdict: How it ended, in a word.
            codes: Of the answer's errors, each with its count; kept only where they look like codes.
            seconds: How long it took.
            estimated: What it might have cost.
            actual: What it did cost.
            sources: Where the answers to its upstream calls came from, one each.
            trace: Draws its upstream calls, as `extensions.trace` has them, when somebody looks.
        """
        self._number += 1
        self._calls.update(sources)
        shown = RecentOperation(
            id=str(self._number),
            at=self._clock(),
            requestId=_written(request_id),
            kind=kind,
            name=name[:_LONGEST] if name and _NAME.fullmatch(name) else None,
            caller=_written(caller),
            verdict=verdict.upper(),
            codes={code: number for code, number in codes.items() if _CODE.fullmatch(code)},
            durationMs=round(seconds * 1000, 3),
            estimatedCost=estimated,
            actualCost=actual,
            calls=len(sources),
        )
        kept = _Kept(shown, trace)
        self._last.append(kept)
        self._note_slow(kept)

    @property
    def calls(self) -> dict[str, int]:
        """Upstream calls since the start, by their source."""
        return {source: self._calls[source] for source in SOURCES}

    def last(self) -> list[RecentOperation]:
        """The last operations, newest first."""
        return [kept.shown for kept in reversed(self._last)]

    def slowest(self) -> list[RecentOperation]:
        """The slowest of the last minutes, slowest first."""
        return [kept.shown for kept in _slowest(self._of_late())]

    def trace(self, id_: str) -> bytes | None:
        """The trace of an operation as JSON, where it is still kept."""
        return next((kept.trace() for kept in [*self._last, *self._of_late()] if kept.shown["id"] == id_), None)

    def _note_slow(self, kept: _Kept) -> None:
        minute = int(kept.shown["at"] // _MINUTE)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append((minute, []))
        slow = self._minutes[-1][1]
        if len(slow) < SLOWEST or kept.shown["durationMs"] > slow[-1].shown["durationMs"]:
            slow[:] = _slowest([*slow, kept])

    def _of_late(self) -> list[_Kept]:
        earliest = int(self._clock() // _MINUTE) - MINUTES
        return [kept for minute, slow in self._minutes if minute > earliest for kept in slow]


def _slowest(kept: Iterable[_Kept]) -> list[_Kept]:
    return sorted(kept, key=lambda each: each.shown["durationMs"], reverse=True)[:SLOWEST]


def _written(text: str) -> str:
    """A text of a sane length that JSON can hold."""
    return text[:_LONGEST].encode(errors="replace").decode()
