"""What a collector is sent."""

import asyncio
import time

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from gateway.telemetry.export import SpanExport
from gateway.wire.call import Call
from gateway.wire.errand import Errand
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
OWN = f"00-{TRACE}-00f067aa0ba902b7-01"
QUERY = 'query Overview { organization(id: "acme") { key members(first: 3) { nodes { id } } } }'


def attributes(span):
    values = {each.key: each.value for each in span.attributes}
    return {key: getattr(value, value.WhichOneof("value")) for key, value in values.items()}


def export(collector) -> SpanExport:
    return SpanExport(collector.endpoint, "gateway-of-tests", "1.2.3")


async def test_a_request_with_a_trace_is_continued_down_to_the_upstreams(graphs, collector):
    graph = graphs(f'[otel]\nendpoint = "{collector.endpoint}"\n')
    graph.forget()
    await graph.post(QUERY, {}, {"traceparent": f"00-{TRACE}-{CALLER}-01"})
    sent = [
        request["headers"]["traceparent"]
        for application in graph.sandbox.applications.values()
        for request in application.state.faults.requests
    ]
    assert len(sent) == 3
    await graph.gateway.close()

    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    [operation] = [span for span in collector.spans if span.name == "query Overview"]
    assert operation.parent_span_id.hex() == CALLER
    assert operation.kind == Span.SPAN_KIND_SERVER
    calls = [span for span in collector.spans if span.parent_span_id == operation.span_id]
    assert sorted(span.name for span in calls) == ["clickhouse members.list", "losant org.get", "nks members.list"]
    assert all(each.split("-")[2] in {span.span_id.hex() for span in calls} for each in sent)
    now = time.time_ns()
    for span in calls:
        assert operation.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= operation.end_time_unix_nano <= now
        assert now - span.start_time_unix_nano < 600 * 10**9
    assert attributes(operation)["graphql.operation.type"] == "query"
    assert attributes(operation)["graphql.operation.name"] == "Overview"
    assert attributes(operation)["gateway.outcome"] == "ok"
    assert attributes(operation)["gateway.upstream_calls"] == 3


async def test_a_request_without_a_trace_begins_one(graphs, collector):
    graph = graphs(f'[otel]\nendpoint = "{collector.endpoint}/v1/traces"\nservice_name = "mine"\n')
    await graph.data("{ __typename }")
    await graph.data("{ __typename }")
    await graph.gateway.close()

    assert [span.name for span in collector.spans] == ["query", "query"]
    assert [span.parent_span_id for span in collector.spans] == [b"", b""]
    assert len({span.trace_id for span in collector.spans}) == 2
    resource = collector.requests[0].resource_spans[0].resource
    assert attributes(resource)["service.name"] == "mine"


async def test_a_trace_that_is_not_sampled_is_not_exported(graphs, collector):
    graph = graphs(f'[otel]\nendpoint = "{collector.endpoint}"\n')
    await graph.post(QUERY, {}, {"traceparent": f"00-{TRACE}-{CALLER}-00"})
    await graph.gateway.close()

    assert collector.spans == []


async def test_attempts_are_spans_below_their_call(collector, make_record, errands):
    exported = export(collector)
    exported.spans.observe(make_record(traceparent=OWN, calls=errands[:1]))
    await exported.close()

    operation, call, *attempts = sorted(collector.spans, key=lambda span: (span.start_time_unix_nano, -_length(span)))
    assert (operation.name, operation.kind, call.name) == ("query Overview", Span.SPAN_KIND_SERVER, "losant org.get")
    assert [span.parent_span_id for span in attempts] == [call.span_id] * 3
    assert [span.start_time_unix_nano - call.start_time_unix_nano for span in attempts] == [0, 10**9, 2 * 10**9]
    assert [_length(span) for span in attempts] == [5 * 10**8] * 3
    assert [span.kind for span in attempts] == [Span.SPAN_KIND_CLIENT] * 3
    assert [span.status.code for span in attempts] == [
        Status.STATUS_CODE_ERROR,
        Status.STATUS_CODE_ERROR,
        Status.STATUS_CODE_UNSET,
    ]
    common = {"http.request.method": "GET", "gateway.upstream": "losant"}
    assert [attributes(span) for span in attempts] == [
        common | {"http.response.status_code": 503, "error.type": "503"},
        common | {"error.type": "UPSTREAM_TIMEOUT", "http.request.resend_count": 1},
        common | {"http.response.status_code": 200, "http.request.resend_count": 2},
    ]
    assert attributes(call) == common | {
        "gateway.operation": "org.get",
        "gateway.source": "upstream",
        "gateway.attempts": 3,
        "gateway.waited_seconds": 0.25,
        "gateway.breaker": "closed",
        "gateway.received_bytes": 100,
    }


async def test_objects_that_are_read_in_one_go_are_a_span_between_operation_and_call(graphs, collector):
    graph = graphs(f'[otel]\nendpoint = "{collector.endpoint}"\n')
    await graph.data('query Many { organizationsByIds(ids: ["acme", "northwind", "megacorp"]) { slug } }')
    await graph.gateway.close()

    [operation] = [span for span in collector.spans if span.name == "query Many"]
    [batch] = [span for span in collector.spans if span.parent_span_id == operation.span_id]
    [call] = [span for span in collector.spans if span.parent_span_id == batch.span_id]
    [attempt] = [span for span in collector.spans if span.parent_span_id == call.span_id]
    assert [span.name for span in (batch, call, attempt)] == ["nks orgs.list batch", "nks orgs.list", "GET"]
    assert attributes(batch) == {
        "gateway.upstream": "nks",
        "gateway.operation": "orgs.list",
        "graphql.loader.batch.size": 3,
    }
    assert "graphql.loader.batch.size" not in attributes(call)
    assert (batch.start_time_unix_nano, batch.end_time_unix_nano) == (
        call.start_time_unix_nano,
        call.end_time_unix_nano,
    )
    assert len(collector.spans) == 4


async def test_a_batch_fails_with_its_call(collector, make_record):
    call = Call(Upstream.NKS, "orgs.list", "GET", "/orgs", batch=4)
    exported = export(collector)
    exported.spans.observe(make_record(traceparent=OWN, calls=[Errand.of(call, 10.0, 11.0, failed=True)]))
    await exported.close()

    [batch] = [span for span in collector.spans if span.name == "nks orgs.list batch"]
    assert attributes(batch)["graphql.loader.batch.size"] == 4
    assert batch.status.code == Status.STATUS_CODE_ERROR


def _length(span) -> int:
    return round(span.end_time_unix_nano - span.start_time_unix_nano, -6)


async def test_kept_answers_tell_their_age_and_refusals_and_last_attempts_fail_a_call(collector, make_record, errands):
    exported = export(collector)
    exported.spans.observe(make_record(traceparent=OWN))
    await exported.close()

    calls = {(each["gateway.source"], each["gateway.operation"]): (each, span) for each, span in _calls(collector)}
    assert len(calls) == len(errands)
    assert calls["cache", "org.get"][0]["gateway.age_seconds"] == 1.5
    assert calls["stale", "orgs.list"][0]["gateway.age_seconds"] == 30
    assert calls["refused", "members.list"][0]["gateway.breaker"] == "open"
    failed = {key for key, (_, span) in calls.items() if span.status.code == Status.STATUS_CODE_ERROR}
    assert failed == {("upstream", "orgs.get"), ("refused", "members.list")}


def _calls(collector):
    named = ((attributes(span), span) for span in collector.spans)
    return [(each, span) for each, span in named if "gateway.source" in each]


async def test_a_call_that_nobody_waited_for_ends_with_its_operation(collector, make_record):
    exported = export(collector)
    unended = Errand.of(Call(Upstream.NKS, "orgs.get", "GET", "/orgs/2"), 10.5)
    exported.spans.observe(make_record(traceparent=OWN, calls=[unended]))
    await exported.close()

    [operation] = [span for span in collector.spans if span.kind == Span.SPAN_KIND_SERVER]
    [call] = [span for span in collector.spans if span.kind == Span.SPAN_KIND_INTERNAL]
    assert call.end_time_unix_nano == operation.end_time_unix_nano
    assert _length(call) == 1_500_000_000


async def test_a_collector_that_hangs_does_not_hold_the_end(collector, make_record):
    collector.answers.clear()
    exported = export(collector)
    exported.spans.observe(make_record(traceparent=OWN))
    async with asyncio.timeout(30):
        await exported.close()

    assert not collector.answers.is_set()


async def test_a_collector_that_is_out_of_order_costs_no_answer(graphs, collector):
    collector.status = 400
    graph = graphs(f'[otel]\nendpoint = "{collector.endpoint}"\n')

    assert await graph.data("{ __typename }") == {"__typename": "Query"}
    await graph.gateway.close()
