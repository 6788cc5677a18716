"""What a gateway counts."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from gateway.telemetry.gauges import register_gauges
from gateway.telemetry.metrics import OperationMetrics
from gateway.telemetry.outcomes import outcome_class
from gateway.wire.call import Answer
from gateway.wire.entries import OVERHEAD, Entry, MemoryEntries
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

PARTIAL = """
query Marked { organization(id: "acme") { key members(first: 3) { nodes { id } incomplete { upstream code } } } }
"""


def increments(before, after, *prefixes: str):
    """What grew; of durations and costs only how many there were."""
    left_out = ("_bucket", "_sum", "_waited_seconds_total", "_received_bytes_total")
    return {
        (name, *(value for _, value in labels)): value - before.get((name, labels), 0)
        for (name, labels), value in after.items()
        if name.startswith(prefixes) and not name.endswith(left_out) and value != before.get((name, labels), 0)
    }


def counted(registry):
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
        if not sample.name.endswith("_bucket") and sample.value
    }


async def test_a_query_with_a_partial_failure_is_counted_to_the_last_call(graphs, scrape):
    graph = graphs("[upstream_defaults]\nattempts = 1\n", stopped=Upstream.NKS)
    before = await scrape(graph.gateway)
    answer = await graph(PARTIAL)
    after = await scrape(graph.gateway)

    assert answer["data"]["organization"]["members"]["nodes"]
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UPSTREAM_UNAVAILABLE"]
    assert increments(before, after, "gateway_operation", "gateway_upstream") == {
        ("gateway_operations_total", "query", "partial"): 1,
        ("gateway_operation_duration_seconds_count", "query"): 1,
        ("gateway_operation_errors_total", "UPSTREAM_UNAVAILABLE"): 1,
        ("gateway_operation_estimated_cost_count",): 1,
        ("gateway_operation_actual_cost_count",): 1,
        ("gateway_upstream_calls_total", "org.get", "upstream", "losant"): 1,
        ("gateway_upstream_calls_total", "members.list", "upstream", "nks"): 1,
        ("gateway_upstream_calls_total", "members.list", "upstream", "clickhouse"): 1,
        ("gateway_upstream_attempts_total", "2xx", "losant"): 1,
        ("gateway_upstream_attempts_total", "unavailable", "nks"): 1,
        ("gateway_upstream_attempts_total", "2xx", "clickhouse"): 1,
        ("gateway_upstream_attempt_duration_seconds_count", "losant"): 1,
        ("gateway_upstream_attempt_duration_seconds_count", "nks"): 1,
        ("gateway_upstream_attempt_duration_seconds_count", "clickhouse"): 1,
    }
    assert after["gateway_upstream_received_bytes_total", (("upstream", "losant"),)] > 100
    assert after["gateway_upstream_received_bytes_total", (("upstream", "nks"),)] == 0
    cost = answer["extensions"]["cost"]
    assert after["gateway_operation_estimated_cost_sum", ()] == cost["estimated"]
    assert after["gateway_operation_actual_cost_sum", ()] == cost["actual"]


async def test_a_refused_document_is_counted_without_a_kind(graph, scrape):
    before = await scrape(graph.gateway)
    await graph("{ nope }")

    assert increments(before, await scrape(graph.gateway), "gateway_") == {
        ("gateway_operations_total", "unknown", "refused"): 1,
        ("gateway_operation_duration_seconds_count", "unknown"): 1,
        ("gateway_operation_errors_total", "BAD_USER_INPUT"): 1,
    }


async def test_an_answer_of_the_cache_is_counted_as_such(graphs, scrape):
    graph = graphs("[cache]\nfresh_seconds = 60.0\n")
    for _ in range(2):
        await graph.data('{ organization(id: "acme") { name } }')
    read = await scrape(graph.gateway)

    called = {labels: value for (name, labels), value in read.items() if name == "gateway_upstream_calls_total"}
    assert {dict(labels)["source"]: value for labels, value in called.items()} == {"upstream": 1, "cache": 1}
    assert read["gateway_cache_entries", ()] == 1
    assert read["gateway_cache_bytes", ()] > 100


async def test_documents_that_are_remembered_are_told_with_what_they_take(graph, scrape):
    read = [await scrape(graph.gateway)]
    for _ in range(2):
        await graph.data("{ viewer { kind } }")
        read.append(await scrape(graph.gateway))

    assert [each["gateway_documents", ()] for each in read] == [0, 0, 1], "a text that comes once is not remembered"
    assert [each["gateway_document_bytes", ()] > 1_000 for each in read] == [False, False, True]


async def test_every_upstream_has_a_breaker(graph, scrape):
    read = await scrape(graph.gateway)

    states = {labels: value for (name, labels), value in read.items() if name == "gateway_upstream_breaker_state"}
    assert len(states) == 12
    assert {dict(labels)["upstream"] for labels, value in states.items() if value} == {each.word for each in Upstream}
    assert {dict(labels)["state"] for labels, value in states.items() if value} == {"closed"}


async def test_gateways_of_one_process_count_apart(graphs, scrape):
    first, second = graphs(), graphs()
    await first("{ __typename }")

    ok = ("gateway_operations_total", (("kind", "query"), ("outcome", "ok")))
    assert (await scrape(first.gateway))[ok] == 1
    assert (await scrape(second.gateway))[ok] == 0


async def test_metrics_come_in_the_form_that_is_asked_for(graph, scrape):
    plain = await scrape.text(graph.gateway)
    open_metrics = await scrape.text(
        graph.gateway, accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
    )

    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert plain.headers["cache-control"] == "no-store"
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert open_metrics.text.endswith("# EOF\n")


async def test_metrics_can_be_switched_off(graphs, scrape):
    graph = graphs("[server]\nmetrics = false\n")
    await graph.data("{ __typename }")

    assert (await scrape.text(graph.gateway)).status_code == 404


async def test_the_process_and_the_build_are_told(graph, scrape):
    read = await scrape(graph.gateway)

    assert read["process_resident_memory_bytes", ()] > 1_000_000
    assert [value for (name, _), value in read.items() if name == "gateway_build_info"] == [1.0]


async def test_what_callers_write_is_no_label(graph, scrape):
    await graph('query Mallory { organization(id: "acme") { mallory: name } }')
    await graph("query Mallory { mallory }")

    assert "allory" not in (await scrape.text(graph.gateway)).text


async def test_calls_and_attempts_are_counted_by_their_ends(make_record):
    registry = CollectorRegistry()
    OperationMetrics(registry, lambda: 3).reckon([make_record(codes={"UPSTREAM_UNAVAILABLE": 2, "mallory": 1})])

    assert counted(registry) == {
        ("gateway_operations_total", "query", "partial"): 1,
        ("gateway_operation_duration_seconds_count", "query"): 1,
        ("gateway_operation_duration_seconds_sum", "query"): 2,
        ("gateway_operation_errors_total", "UPSTREAM_UNAVAILABLE"): 2,
        ("gateway_operation_errors_total", "OTHER"): 1,
        ("gateway_operation_estimated_cost_count",): 1,
        ("gateway_operation_estimated_cost_sum",): 40,
        ("gateway_operation_actual_cost_count",): 1,
        ("gateway_operation_actual_cost_sum",): 20,
        ("gateway_operations_in_progress",): 3,
        ("gateway_upstream_calls_total", "org.get", "upstream", "losant"): 1,
        ("gateway_upstream_calls_total", "org.get", "collapsed", "losant"): 1,
        ("gateway_upstream_calls_total", "orgs.get", "upstream", "nks"): 1,
        ("gateway_upstream_calls_total", "orgs.list", "stale", "nks"): 1,
        ("gateway_upstream_calls_total", "org.get", "cache", "locktera"): 1,
        ("gateway_upstream_calls_total", "members.list", "refused", "clickhouse"): 1,
        ("gateway_upstream_attempts_total", "5xx", "losant"): 1,
        ("gateway_upstream_attempts_total", "timeout", "losant"): 1,
        ("gateway_upstream_attempts_total", "2xx", "losant"): 1,
        ("gateway_upstream_attempts_total", "4xx", "nks"): 1,
        ("gateway_upstream_attempts_total", "429", "nks"): 1,
        ("gateway_upstream_attempts_total", "unavailable", "nks"): 1,
        ("gateway_upstream_attempt_duration_seconds_count", "losant"): 3,
        ("gateway_upstream_attempt_duration_seconds_sum", "losant"): 1.5,
        ("gateway_upstream_attempt_duration_seconds_count", "nks"): 3,
        ("gateway_upstream_attempt_duration_seconds_sum", "nks"): 1.5,
        ("gateway_upstream_waited_seconds_total", "losant"): 0.25,
        ("gateway_upstream_waited_seconds_total", "clickhouse"): 0.5,
        ("gateway_upstream_received_bytes_total", "losant"): 100,
        ("gateway_upstream_received_bytes_total", "nks"): 7,
    }


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("204", "2xx"),
        ("302", "3xx"),
        ("429", "429"),
        ("599", "5xx"),
        ("UPSTREAM_INVALID_RESPONSE", "invalid"),
        ("OUTCOME_UNKNOWN", "unknown"),
        ("CANCELLED", "cancelled"),
        ("", "other"),
        ("700", "other"),
        ("2²²", "other"),
        ("whatever", "other"),
    ],
)
async def test_an_attempt_ends_in_one_of_a_few_ways(outcome, expected):
    assert outcome_class(outcome) == expected


async def test_breakers_and_caches_are_asked_when_metrics_are_read():
    registry, states = CollectorRegistry(), {"losant": "closed", "nks": "open"}
    cache = MemoryEntries(most=10, most_bytes=1_000_000)
    register_gauges(registry, version="1.2.3", breakers=lambda: states, cache=cache)
    states["losant"] = "probing"
    await cache.put("key", Entry(Answer(200, {}, b"1234567890"), 0.0, 0))

    read = counted(registry)
    assert {key for key in read if key[0] == "gateway_upstream_breaker_state"} == {
        ("gateway_upstream_breaker_state", "probing", "losant"),
        ("gateway_upstream_breaker_state", "open", "nks"),
    }
    assert (read["gateway_cache_entries",], read["gateway_cache_bytes",]) == (1, OVERHEAD + 10)
    assert read["gateway_build_info", "1.2.3"] == 1
