"""Usage figures, computed from the organization and the day alone: every window agrees with every other.

A day's figure is a mean from the organization's traffic record, moved by up to a fifth. A day's payloads fall on its
hours in fixed shares, so that hours add up to days and days to totals, exactly, for integers of any size.
"""

from datetime import datetime
from itertools import accumulate
from typing import Any

from gateway.sandbox.chance import between
from gateway.sandbox.losant.windows import Window

Payloads = dict[str, dict[str, int]]
"""Category, source, number; as Losant answers payload counts."""

_SHARES = (2, 2, 1, 1, 1, 2, 3, 5, 7, 8, 9, 9, 8, 8, 9, 9, 8, 7, 5, 4, 4, 3, 3, 2)
_BEFORE = (0, *accumulate(_SHARES))
_ALL = _BEFORE[-1]


def devices_on(org: str, traffic: dict[str, Any], day: datetime) -> int:
    """The devices that the organization has at the end of a day."""
    base = int(traffic["devices"])
    return max(0, base + between(-3, 3, org, "devices", day.date())) if base else 0


def device_row(org: str, traffic: dict[str, Any], day: datetime, before: datetime | None) -> dict[str, int]:
    """Devices created and deleted on a day, and the total after it; `before` is the day before, None on the first."""
    total = devices_on(org, traffic, day)
    gain = total - (devices_on(org, traffic, before) if before else 0)
    replaced = between(0, 2, org, "replaced", day.date()) if total else 0
    return {"created": max(gain, 0) + replaced, "deleted": max(-gain, 0) + replaced, "total": total}


def notebook_row(org: str, traffic: dict[str, Any], day: datetime) -> dict[str, int]:
    """Notebook minutes of a day, and how the runs ended."""
    mean = int(traffic["notebookMinutes"])
    runs = between(0, 4, org, "runs", day.date()) if mean else 0
    if not runs:
        return {"minutes": 0, "completed": 0, "canceled": 0, "errored": 0, "timeout": 0}
    ends = {"completed": 0, "canceled": 0, "errored": 0, "timeout": 0}
    for run in range(runs):
        luck = between(1, 20, org, "run", day.date(), run)
        ends["canceled" if luck == 1 else "errored" if luck == 2 else "timeout" if luck == 3 else "completed"] += 1  # noqa: PLR2004 - three of twenty
    return {"minutes": sum(between(1, 2 * mean, org, "minutes", day.date(), run) for run in range(runs)), **ends}


def payloads(org: str, traffic: dict[str, Any], over: Window, since: datetime, *, as_bytes: bool) -> Payloads:
    """Payloads (or their bytes) over a window; categories without any are absent."""
    spans = list(over.days(since))
    totals: Payloads = {}
    for category, sources in traffic["payloads"].items():
        for source, mean in sources.items():
            number = sum(_part(_on(org, category, source, mean, day), begin, until) for day, begin, until in spans)
            if number:
                totals.setdefault(category, {})[source] = number * (_size(category, source) if as_bytes else 1)
    return totals


def payloads_between(  # noqa: PLR0913 - a day, its hours, and two of the query's switches
    org: str, traffic: dict[str, Any], day: datetime, begin: int, until: int, *, as_bytes: bool, non_billable: bool
) -> int:
    """All payloads (or their bytes) of some hours of a day."""
    kinds = [
        (category, source, mean)
        for category, sources in traffic["payloads"].items()
        for source, mean in sources.items()
    ]
    if non_billable:
        kinds.append(("nonBillable", "internal", int(traffic["nonBillable"])))
    return sum(
        _part(_on(org, category, source, mean, day), begin, until) * (_size(category, source) if as_bytes else 1)
        for category, source, mean in kinds
    )


def _on(org: str, category: str, source: str, mean: int, day: datetime) -> int:
    return mean * between(800, 1200, org, category, source, day.date()) // 1000


def _part(number: int, begin: int, until: int) -> int:
    return number * _BEFORE[until] // _ALL - number * _BEFORE[begin] // _ALL


def _size(category: str, source: str) -> int:
    return between(48, 320, "payload size", category, source)
