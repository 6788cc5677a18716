"""Spans of an operation, of its loader batches, of its upstream calls and of their attempts, made when it has ended.

Source: https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/ and …/http/http-spans/
"""

import os
import time
from collections.abc import Iterator
from typing import Final, Protocol

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode
from opentelemetry.util.types import AttributeValue

from gateway.telemetry.log_line import fitting
from gateway.telemetry.outcomes import succeeded
from gateway.telemetry.record import OperationRecord, Verdict
from gateway.wire.errand import Errand
from gateway.wire.trail import Attempt, Source

SCOPE: Final = "gateway.telemetry"
_NANOSECONDS: Final = 1_000_000_000
_FAILED: Final = Status(StatusCode.ERROR)
_UNSET: Final = Status(StatusCode.UNSET)


class Export(Protocol):
    """Where spans go: a span processor."""

    def on_end(self, span: ReadableSpan) -> None:
        """Takes one; does not block."""


class OperationSpans:
    """Exports the spans of operations that are sampled.

    Args:
        export: Where to.
        resource: Who exports.
        version: The gateway's.
    """

    def __init__(self, export: Export, resource: Resource, version: str) -> None:
        self._export = export
        self._resource = resource
        self._scope = InstrumentationScope(SCOPE, version)

    def observe(self, record: OperationRecord) -> None:
        """Exports those of one operation."""
        own = _context(record.traceparent)
        if own is None or not own.trace_flags.sampled:
            return
        # the loop's clock knows no date; the two are read together
        zero = time.time_ns() - int((record.began + record.seconds) * _NANOSECONDS)
        for span in self._spans(record, own, zero):
            self._export.on_end(span)

    def _spans(self, record: OperationRecord, own: SpanContext, zero: int) -> Iterator[ReadableSpan]:
        ended = record.began + record.seconds
        yield self._span(
            _title(record),
            own,
            _context(record.parent, remote=True),
            (record.began, ended, zero),
            _of_operation(record),
            kind=SpanKind.SERVER,
            failed=record.verdict is Verdict.FAILED,
        )
        for errand in record.calls:
            call = _context(errand.marks.get("traceparent", ""))
            if call is None or call.span_id == own.span_id or call.trace_id != own.trace_id:
                call = _below(own)
            times = errand.began, ended if errand.ended is None else errand.ended, zero
            title, above = f"{errand.upstream.word} {errand.operation}", own
            if errand.batch > 1:
                above = _below(own)
                yield self._span(f"{title} batch", above, own, times, _of_batch(errand), failed=_has_failed(errand))
            yield self._span(title, call, above, times, _of_call(errand), failed=_has_failed(errand))
            for number, attempt in enumerate(errand.trail.attempts):
                yield self._span(
                    errand.method,
                    _below(own),
                    call,
                    (attempt.began, attempt.began + attempt.seconds, zero),
                    _of_attempt(errand, attempt, number),
                    kind=SpanKind.CLIENT,
                    failed=not succeeded(attempt),
                )

    def _span(  # noqa: PLR0913  as many as a span has parts
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        times: tuple[float, float, int],
        attributes: dict[str, AttributeValue],
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        failed: bool,
    ) -> ReadableSpan:
        """A span; its times are the begin and the end by the loop's clock, and the instant of that clock's zero."""
        begin, end, zero = times
        return ReadableSpan(  # a tracer would give it ids and times of its own, at ten times the cost
            name,
            context,
            parent,
            self._resource,
            attributes,
            kind=kind,
            status=_FAILED if failed else _UNSET,
            start_time=zero + int(begin * _NANOSECONDS),
            end_time=zero + int(end * _NANOSECONDS),
            instrumentation_scope=self._scope,
        )


def _context(traceparent: str, *, remote: bool = False) -> SpanContext | None:
    if not traceparent:
        return None
    return SpanContext(
        int(traceparent[3:35], 16), int(traceparent[36:52], 16), remote, TraceFlags(int(traceparent[53:55], 16))
    )


def _below(context: SpanContext) -> SpanContext:
    return SpanContext(
        context.trace_id, int.from_bytes(os.urandom(8)), is_remote=False, trace_flags=context.trace_flags
    )


def _title(record: OperationRecord) -> str:
    return " ".join(filter(None, (record.kind or "GraphQL Operation", fitting(record.name))))


def _of_operation(record: OperationRecord) -> dict[str, AttributeValue]:
    known: dict[str, AttributeValue | None] = {
        "graphql.operation.type": record.kind,
        "graphql.operation.name": fitting(record.name),
        "gateway.request_id": record.request_id,
        "gateway.document": record.document,
        "gateway.outcome": record.verdict.value,
        "gateway.error.codes": tuple(record.codes),
        "gateway.cost.estimated": record.estimated,
        "gateway.cost.actual": record.actual,
        "gateway.upstream_calls": len(record.calls),
    }
    return {name: value for name, value in known.items() if value not in (None, "", ())}


def _of_batch(errand: Errand) -> dict[str, AttributeValue]:
    return {
        "gateway.upstream": errand.upstream.word,
        "gateway.operation": errand.operation,
        "graphql.loader.batch.size": errand.batch,
    }


def _of_call(errand: Errand) -> dict[str, AttributeValue]:
    trail = errand.trail
    known: dict[str, AttributeValue] = {
        "http.request.method": errand.method,
        "gateway.upstream": errand.upstream.word,
        "gateway.operation": errand.operation,
        "gateway.source": trail.source.value,
        "gateway.attempts": len(trail.attempts),
        "gateway.waited_seconds": trail.waited,
        "gateway.breaker": trail.breaker,
        "gateway.received_bytes": trail.received,
    }
    if trail.source in {Source.CACHE, Source.STALE}:
        known["gateway.age_seconds"] = trail.age
    return known


def _of_attempt(errand: Errand, attempt: Attempt, number: int) -> dict[str, AttributeValue]:
    known: dict[str, AttributeValue] = {
        "http.request.method": errand.method,
        "gateway.upstream": errand.upstream.word,
    }
    if attempt.outcome.isdigit():
        known["http.response.status_code"] = int(attempt.outcome)
    if not succeeded(attempt):
        known["error.type"] = attempt.outcome
    if number:
        known["http.request.resend_count"] = number
    return known


def _has_failed(errand: Errand) -> bool:
    attempts = errand.trail.attempts
    return errand.failed or bool(attempts and not succeeded(attempts[-1]) and errand.trail.source is Source.UPSTREAM)
