"""Metrics of operations and of their upstream calls, for Prometheus.

Every label has few values that the gateway itself chooses; nothing that a caller wrote is one.
"""

from collections.abc import Callable
from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from gateway.telemetry.kept import Kept
from gateway.telemetry.outcomes import outcome_class
from gateway.telemetry.record import OperationRecord, Verdict
from gateway.wire.errand import Errand
from gateway.wire.trail import Source
from resolvers.errors import ProblemCode
from resolvers.identity import Upstream

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COSTS: Final = (1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)

_CODES: Final = frozenset(code.name for code in ProblemCode)
_OTHER: Final = "OTHER"
_UNKNOWN: Final = "unknown"
_KINDS: Final = ("query", "mutation", "subscription", _UNKNOWN)

# Further series for each counter and histogram, which nothing here needs.
disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types


class OperationMetrics:
    """Counts operations.

    Args:
        registry: Where the metrics are kept; one per gateway.
        running: How many operations run now.
    """

    def __init__(self, registry: CollectorRegistry, running: Callable[[], int]) -> None:
        self._ended = Kept(
            Counter(
                "gateway_operations",
                "Operations that have ended, by their end.",
                ("kind", "outcome"),
                registry=registry,
            )
        )
        self._seconds = Kept(
            Histogram(
                "gateway_operation_duration_seconds",
                "How long operations took, from the request's being read.",
                ("kind",),
                buckets=SECONDS,
                registry=registry,
            )
        )
        self._errors = Kept(
            Counter("gateway_operation_errors", "Errors in answers, by their code.", ("code",), registry=registry)
        )
        self._estimated = Histogram(
            "gateway_operation_estimated_cost",
            "What operations might have cost, by the schema's @cost and @listSize.",
            buckets=COSTS,
            registry=registry,
        )
        self._actual = Histogram(
            "gateway_operation_actual_cost", "What operations did cost.", buckets=COSTS, registry=registry
        )
        in_progress = Gauge("gateway_operations_in_progress", "Operations that run now.", registry=registry)
        in_progress.set_function(running)
        self._calls = UpstreamMetrics(registry)
        # a counter that begins at 0 shows its first increase, too
        for kind, verdict in product(_KINDS, Verdict):
            self._ended[kind, verdict.value].inc(0)
        for code in _CODES:
            self._errors[(code,)].inc(0)

    def observe(self, record: OperationRecord) -> None:
        """Counts one."""
        kind = record.kind or _UNKNOWN
        self._ended[kind, record.verdict.value].inc()
        self._seconds[(kind,)].observe(record.seconds)
        for code, count in record.codes.items():
            self._errors[(code if code in _CODES else _OTHER,)].inc(count)
        if record.estimated:
            self._estimated.observe(record.estimated)
            self._actual.observe(record.actual)
        for each in record.calls:
            self._calls.observe(each)


class UpstreamMetrics:
    """Counts upstream calls.

    Args:
        registry: Where the metrics are kept.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Kept(
            Counter(
                "gateway_upstream_calls",
                "Calls that operations made, by where the answer came from: upstream, cache, collapsed (another call's "
                "answer), stale, or refused (the gateway let nothing out).",
                ("upstream", "operation", "source"),
                registry=registry,
            )
        )
        self._attempts = Kept(
            Counter(
                "gateway_upstream_attempts",
                "Requests that were sent to an upstream, by their end.",
                ("upstream", "outcome"),
                registry=registry,
            )
        )
        self._seconds = Kept(
            Histogram(
                "gateway_upstream_attempt_duration_seconds",
                "How long requests to an upstream took.",
                ("upstream",),
                buckets=SECONDS,
                registry=registry,
            )
        )
        self._waited = Kept(
            Counter(
                "gateway_upstream_waited_seconds",
                "Time that calls spent in queues and between attempts.",
                ("upstream",),
                registry=registry,
            )
        )
        self._received = Kept(
            Counter("gateway_upstream_received_bytes", "Of answers, unpacked.", ("upstream",), registry=registry)
        )
        for upstream in Upstream:
            self._waited[(upstream.word,)].inc(0)
            self._received[(upstream.word,)].inc(0)

    def observe(self, errand: Errand) -> None:
        """Counts one."""
        trail, upstream = errand.trail, errand.upstream.word
        self._calls[upstream, errand.operation, trail.source.value].inc()
        for attempt in trail.attempts:
            self._attempts[upstream, outcome_class(attempt.outcome)].inc()
            self._seconds[(upstream,)].observe(attempt.seconds)
        if trail.waited and trail.source is not Source.COLLAPSED:  # it is the shared call's
            self._waited[(upstream,)].inc(trail.waited)
        if trail.received and trail.source is Source.UPSTREAM:
            self._received[(upstream,)].inc(trail.received)
