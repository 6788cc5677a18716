"""The upstream calls of one operation, as an answer tells them: in waves, with times, attempts and sources."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.wire.errand import Errand
from gateway.wire.trail import Source

_MILLISECONDS = 1000
_AWAITED = frozenset({Source.UPSTREAM, Source.COLLAPSED, Source.STALE})
"""Sources that take time: an answer that is at hand puts no call behind it into a later wave."""


def traced(errands: Sequence[Errand], began: float, now: float) -> dict[str, Any]:
    """The trace of an operation.

    Args:
        errands: Its calls.
        began: When the operation began, by the loop's clock in seconds; all times count from here.
        now: What it is now, by the same.

    Returns:
        JSON; durations in milliseconds. A call is of the first wave when no other had ended before it began; else it
        is one wave behind the last one that had.
    """
    in_waves = list(waves(errands))
    calls = [
        {
            "upstream": each.upstream.name,
            "operation": each.operation,
            "wave": wave,
            "batch": each.batch,
            "source": each.trail.source.name,
            "startMs": _span(began, each.began),
            "durationMs": _span(each.began, now if each.ended is None else each.ended),
            "waitedMs": round(each.trail.waited * _MILLISECONDS, 3),
            "attempts": [
                {
                    "startMs": _span(began, attempt.began),
                    "durationMs": round(attempt.seconds * _MILLISECONDS, 3),
                    "outcome": attempt.outcome,
                }
                for attempt in each.trail.attempts
            ],
            "breaker": each.trail.breaker.upper(),
            "bytes": each.trail.received,
            "ageSeconds": round(each.trail.age, 3),
        }
        for each, wave in in_waves
    ]
    return {
        "durationMs": _span(began, now),
        "upstreamCalls": sum(each.trail.source is Source.UPSTREAM for each in errands),
        "waves": max((wave for _, wave in in_waves), default=0),
        "calls": calls,
    }


def waves(errands: Sequence[Errand]) -> Iterator[tuple[Errand, int]]:
    """Each call with the number of its wave, from 1; in the order in which they began."""
    known: list[tuple[float, int]] = []  # of calls that have ended: when, and their wave
    for each in sorted(errands, key=lambda each: each.began):
        wave = 1 + max((number for ended, number in known if ended <= each.began), default=0)
        if each.ended is not None and each.trail.source in _AWAITED:
            known.append((each.ended, wave))
        yield each, wave


def _span(begin: float, end: float) -> float:
    return round((end - begin) * _MILLISECONDS, 3)
