"""One log line per operation: what ran, for whom, how it ended, what it took. Nothing that a request carried."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import structlog

from gateway.telemetry.record import OperationRecord, Verdict
from gateway.wire.errand import Errand
from gateway.wire.trail import Source

LONGEST_NAME: Final = 64
LONGEST_CALLER: Final = 128
_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
_MILLISECONDS: Final = 1_000
_WORDS: Final = {verdict: verdict.value for verdict in Verdict}
_SOURCES: Final = {
    Source.CACHE: "from_cache",
    Source.COLLAPSED: "collapsed",
    Source.STALE: "stale",
    Source.REFUSED: "refused",
}


class OperationLog:
    """Writes the line: a warning where the gateway made a mistake, else for information."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("gateway.operations")

    def observe(self, record: OperationRecord) -> None:
        """Writes one."""
        write = self._log.warning if record.verdict is Verdict.FAILED else self._log.info
        write("operation", **described(record))


def described(record: OperationRecord) -> dict[str, Any]:
    """The members of a line; those that say nothing are left out."""
    said: dict[str, Any] = {
        "request_id": record.request_id,
        "kind": record.kind,
        "name": fitting(record.name),
        "document": record.document,
        "caller": record.caller.rstrip(":")[:LONGEST_CALLER],
        "outcome": _WORDS[record.verdict],
        "codes": dict(record.codes),
        "milliseconds": round(record.seconds * _MILLISECONDS, 2),
        "estimated_cost": round(record.estimated, 2),
        "actual_cost": round(record.actual, 2),
        "trace_id": record.traceparent[3:35],
    }
    said = {key: value for key, value in said.items() if value}
    return said | _calls(record.calls) if record.calls else said


def fitting(name: str | None) -> str | None:
    """An operation's name, shortened; None where it is no GraphQL name."""
    return name[:LONGEST_NAME] if name and _NAME.fullmatch(name) else None


def _calls(errands: Sequence[Errand]) -> dict[str, Any]:
    """How many calls, to whom, how many of them did not lead to an upstream, and how often it was asked."""
    upstreams: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    attempts = 0
    for each in errands:
        trail = each.trail
        upstreams[each.upstream.word] += 1
        attempts += len(trail.attempts)
        if trail.source in _SOURCES:
            sources[_SOURCES[trail.source]] += 1
    return {"calls": len(errands), "upstreams": dict(upstreams), **sources, "attempts": attempts}
