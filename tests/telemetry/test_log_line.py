"""The line that an operation leaves in the log."""

import hashlib

import pytest

from gateway.telemetry.log_line import described, fitting
from gateway.telemetry.record import Verdict

pytestmark = pytest.mark.anyio

ON = "[log]\noperations = true\n"
QUERY = 'query Overview { organization(id: "acme") { key members(first: 3) { nodes { id } } } }'


async def test_an_operation_is_one_line(log, graphs):
    graph = graphs(ON, stopped=None)
    await graph.data(QUERY)

    [line] = log.operations
    assert line.pop("timestamp")
    assert line.pop("milliseconds") > 0
    assert len(line.pop("request_id")) > 8
    assert line.pop("attempts") >= 0
    assert line == {
        "event": "operation",
        "level": "info",
        "logger": "gateway.operations",
        "kind": "query",
        "name": "Overview",
        "document": hashlib.sha256(QUERY.encode()).hexdigest()[:16],
        "caller": "anonymous",
        "outcome": "ok",
        "estimated_cost": line["estimated_cost"],
        "actual_cost": line["actual_cost"],
        "calls": 3,
        "upstreams": {"losant": 1, "nks": 1, "clickhouse": 1},
    }


async def test_the_line_carries_the_requests_id(log, graphs):
    graph = graphs(ON)
    await graph.post("{ __typename }", {}, {"X-Request-Id": "mine-1"})

    assert [line["request_id"] for line in log.operations] == ["mine-1"]


@pytest.mark.parametrize(
    ("toml", "lines"),
    [
        ("", 0),
        ('profile = "production"\n', 1),
        (ON, 1),
        ('profile = "production"\n[log]\noperations = false\n', 0),
    ],
)
async def test_lines_are_written_in_production_unless_a_setting_says_otherwise(log, graphs, toml, lines):
    await graphs(toml)("{ __typename }")

    assert len(log.operations) == lines


async def test_a_mistake_of_the_gateway_is_a_warning(log, graphs):
    graph = graphs(ON)
    await graph("{ nope }")
    refused = log.operations[-1]

    assert (refused["level"], refused["outcome"], refused["codes"]) == ("info", "refused", {"BAD_USER_INPUT": 1})
    assert "kind" not in refused


async def test_sources_are_counted(make_record):
    said = described(make_record(verdict=Verdict.FAILED, codes={"INTERNAL": 1}))

    assert said["upstreams"] == {"losant": 2, "nks": 2, "locktera": 1, "clickhouse": 1}
    assert {key: said[key] for key in ("calls", "attempts", "collapsed", "stale", "from_cache", "refused")} == {
        "calls": 6,
        "attempts": 6,
        "collapsed": 1,
        "stale": 1,
        "from_cache": 1,
        "refused": 1,
    }
    assert said["milliseconds"] == 2_000


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Overview_2", "Overview_2"),
        ("a" * 100, "a" * 64),
        ("two words", None),
        ("line\nbreak", None),
        ("Name\n", None),
        ("é", None),
        ("", None),
        (None, None),
    ],
)
async def test_only_a_graphql_name_is_shown_and_not_at_any_length(name, shown):
    assert fitting(name) == shown
