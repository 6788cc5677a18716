"""Metrics of operations and of their upstream calls, for Prometheus.

Every label has few values that the gateway itself chooses; nothing that a caller wrote is one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, product
from operator import attrgetter
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Gauge

from gateway.telemetry.outcomes import outcome_class
from gateway.telemetry.record import OperationRecord, Verdict
from gateway.telemetry.tallies import Count, Spread, Spreads, Tally
from gateway.wire.errand import Errand
from gateway.wire.trail import Source, Trail
from resolvers.errors import ProblemCode
from resolvers.identity import Upstream

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COSTS: Final = (1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)

_CODES: Final = frozenset(code.name for code in ProblemCode)
_OTHER: Final = "OTHER"
_UNKNOWN: Final = "unknown"
_KINDS: Final = ("query", "mutation", "subscription", _UNKNOWN)

_COLLAPSED, _UPSTREAM = Source.COLLAPSED, Source.UPSTREAM
"""Enums look their members up by a function of Python's own each time."""

_calls_of: Final = attrgetter("calls")


class OperationMetrics:
    """Counts operations.

    Args:
        registry: Where the metrics are kept; one per gateway.
        running: How many operations run now.

    Attributes:
        calls: Counts their upstream calls.
    """

    def __init__(self, registry: CollectorRegistry, running: Callable[[], int]) -> None:
        ended = Tally("gateway_operations", "Operations that have ended, by their end.", ("kind", "outcome"), registry)
        self._seconds = Spreads(
            "gateway_operation_duration_seconds",
            "How long operations took, from the request's being read.",
            ("kind",),
            SECONDS,
            registry,
        ).by
        errors = Tally("gateway_operation_errors", "Errors in answers, by their code.", ("code",), registry)
        self._estimated = Spreads(
            "gateway_operation_estimated_cost",
            "What operations might have cost, by the schema's @cost and @listSize.",
            (),
            COSTS,
            registry,
        ).by[()]
        self._actual = Spreads("gateway_operation_actual_cost", "What operations did cost.", (), COSTS, registry).by[()]
        in_progress = Gauge("gateway_operations_in_progress", "Operations that run now.", registry=registry)
        in_progress.set_function(running)
        self.calls = UpstreamMetrics(registry)
        # a counter that begins at 0 shows its first increase, too
        self._ended = ended.counts
        self._ended.update({(kind, verdict.value): Count() for kind, verdict in product(_KINDS, Verdict)})
        self._errors = errors.counts
        self._errors.update({(code,): Count() for code in _CODES})

    def reckon(self, records: Sequence[OperationRecord]) -> None:
        """Counts them."""
        seconds: defaultdict[str, list[float]] = defaultdict(list)
        estimated: list[float] = []
        actual: list[float] = []
        for record in records:
            kind = record.kind or _UNKNOWN
            self._ended[kind, record.verdict].value += 1
            seconds[kind].append(record.seconds)
            if record.codes:
                for code, count in record.codes.items():
                    self._errors[code if code in _CODES else _OTHER,].value += count
            if record.estimated:
                estimated.append(record.estimated)
                actual.append(record.actual)
        for kind, noted in seconds.items():
            self._seconds[kind,].note(noted)
        self._estimated.note(estimated)
        self._actual.note(actual)
        self.calls.reckon(chain.from_iterable(map(_calls_of, records)))


class UpstreamMetrics:
    """Counts upstream calls.

    Args:
        registry: Where the metrics are kept.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Tally(
            "gateway_upstream_calls",
            "Calls that operations made, by where the answer came from: upstream, cache, collapsed (another call's "
            "answer), stale, or refused (the gateway let nothing out).",
            ("upstream", "operation", "source"),
            registry,
        ).counts
        self._attempts = Tally(
            "gateway_upstream_attempts",
            "Requests that were sent to an upstream, by their end.",
            ("upstream", "outcome"),
            registry,
        ).counts
        self._seconds = Spreads(
            "gateway_upstream_attempt_duration_seconds",
            "How long requests to an upstream took.",
            ("upstream",),
            SECONDS,
            registry,
        ).by
        self._waited = Tally(
            "gateway_upstream_waited_seconds",
            "Time that calls spent in queues and between attempts.",
            ("upstream",),
            registry,
        ).counts
        self._received = Tally(
            "gateway_upstream_received_bytes", "Of answers, unpacked.", ("upstream",), registry
        ).counts
        for upstream in Upstream:
            self._waited[upstream.word,].value = self._received[upstream.word,].value = 0.0  # which makes them
        self._rows: dict[tuple[Upstream, str, Source], _Row] = {}
        self._ends: defaultdict[str, dict[str, Count]] = defaultdict(dict)

    def reckon(self, errands: Iterable[Errand]) -> None:
        """Counts them."""
        trails: defaultdict[tuple[Upstream, str, Source], list[Trail]] = defaultdict(list)
        for errand in errands:
            trail = errand.trail
            trails[errand.upstream, errand.operation, trail.source].append(trail)
        for key, found in trails.items():
            upstream, _, source = key
            row = self._rows.get(key) or self._row(key)
            row.calls.value += len(found)
            ends, seconds, waited, received = row.ends, [], 0.0, 0
            for trail in found:
                for attempt in trail.attempts:
                    end = ends.get(attempt.outcome) or self._end(upstream.word, attempt.outcome)
                    end.value += 1
                    seconds.append(attempt.seconds)
                waited += trail.waited
                received += trail.received
            row.seconds.note(seconds)
            if source is not _COLLAPSED:  # it is the shared call's
                row.waited.value += waited
            if source is _UPSTREAM:
                row.received.value += received

    def _row(self, key: tuple[Upstream, str, Source]) -> "_Row":
        upstream = key[0].word
        row = self._rows[key] = _Row(
            self._calls[upstream, key[1], key[2]],
            self._ends[upstream],
            self._seconds[upstream,],
            self._waited[upstream,],
            self._received[upstream,],
        )
        return row

    def _end(self, upstream: str, outcome: str) -> Count:
        count = self._ends[upstream][outcome] = self._attempts[upstream, outcome_class(outcome)]
        return count


class _Row(NamedTuple):
    """What is counted of the calls of one operation of an upstream whose answers came from one source.

    Attributes:
        calls: They.
        ends: Of all attempts of the upstream, by their outcome.
        seconds: How long those took.
        waited: In queues and between attempts of the upstream.
        received: From it.
    """

    calls: Count
    ends: dict[str, Count]
    seconds: Spread
    waited: Count
    received: Count
