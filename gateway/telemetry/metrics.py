"""Metrics of operations and of their upstream calls, for Prometheus.

Every label has few values that the gateway itself chooses; nothing that a caller wrote is one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, compress, product
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

_codes_of: Final = attrgetter("codes")
_estimated_of: Final = attrgetter("estimated")
_actual_of: Final = attrgetter("actual")
_calls_of: Final = attrgetter("calls")
_attempts_of: Final = attrgetter("attempts")
_outcome_of: Final = attrgetter("outcome")
_seconds_of: Final = attrgetter("seconds")
_waited_of: Final = attrgetter("waited")
_received_of: Final = attrgetter("received")


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
        for record in records:
            kind = record.kind or _UNKNOWN
            self._ended[kind, record.verdict].value += 1
            seconds[kind].append(record.seconds)
        for kind, noted in seconds.items():
            self._seconds[kind,].note(noted)
        for codes in filter(None, map(_codes_of, records)):
            for code, count in codes.items():
                self._errors[code if code in _CODES else _OTHER,].value += count
        estimates = [*map(_estimated_of, records)]
        self._estimated.note(filter(None, estimates))
        self._actual.note(compress(map(_actual_of, records), estimates))
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
        attempts = Tally(
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
        self._ends = {upstream.word: _Ends(attempts, upstream.word) for upstream in Upstream}

    def reckon(self, errands: Iterable[Errand]) -> None:
        """Counts them."""
        trails: defaultdict[tuple[Upstream, str, Source], list[Trail]] = defaultdict(list)
        for errand in errands:
            trail = errand.trail
            trails[errand.upstream, errand.operation, trail.source].append(trail)
        for key, found in trails.items():
            source = key[2]
            row = self._rows.get(key) or self._row(key)
            row.calls.value += len(found)
            attempts = [*chain.from_iterable(map(_attempts_of, found))]
            for outcome in map(_outcome_of, attempts):
                row.ends[outcome].value += 1
            row.seconds.note(map(_seconds_of, attempts))
            if source is not _COLLAPSED:  # it is the shared call's
                row.waited.value += sum(map(_waited_of, found))
            if source is _UPSTREAM:
                row.received.value += sum(map(_received_of, found))

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


class _Ends(dict[str, Count]):
    """The attempts of one upstream, by their outcome.

    Args:
        counts: Of all upstreams, by the class of the outcome.
        upstream: Its word.
    """

    def __init__(self, counts: Mapping[tuple[str, ...], Count], upstream: str) -> None:
        self._counts = counts
        self._upstream = upstream

    def __missing__(self, outcome: str) -> Count:
        count = self[outcome] = self._counts[self._upstream, outcome_class(outcome)]
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
    ends: _Ends
    seconds: Spread
    waited: Count
    received: Count
