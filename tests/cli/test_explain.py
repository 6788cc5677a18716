"""What an operation would ask of upstreams, and what it did ask; and answers on the command line."""

import json
from typing import Any

import pytest

ORGANIZATION = "{ organization(id: $id) { name members(first: 2) { nodes { organization { slug } } } } }"
QUERY = "query ($id: ID!) " + ORGANIZATION
REAL = """
[upstreams.losant]
url = "https://losant.invalid"
token = "S3CRET-losant"
[upstreams.clickhouse]
url = "https://clickhouse.invalid"
[[upstreams.clickhouse.keys]]
organization = "11111111-2222-4333-8444-555555555555"
key_id = "id"
key_secret = "S3CRET-clickhouse"
[organizations.ours]
losant = "aaaaaaaaaaaaaaaaaaaaaaaa"
clickhouse = "11111111-2222-4333-8444-555555555555"
[callers]
anonymous = []
[cache]
fresh_seconds = 0
[documents]
automatic = false
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Settings with upstreams that nobody can reach."""
    file = tmp_path_factory.mktemp("real") / "gateway.toml"
    file.write_text(REAL)
    return str(file)


@pytest.fixture(scope="module")
def programs(start: Any, stand_ins: Any, real: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Commands, all at the same time, which is quicker."""
    file = tmp_path_factory.mktemp("sandbox") / "gateway.toml"
    file.write_text(stand_ins.out)
    acme, ours = '--variables={"id": "acme"}', '--variables={"id": "ours"}'
    listing = "{ organizations(first: 5) { nodes { name } } }"
    return {
        "bare": start("explain", QUERY, acme),
        "real": start("explain", "--json", "--config", real, QUERY, ours),
        "listed": start("explain", "--json", "--config", real, listing),
        "run": start("explain", "--run", "--json", "--config", str(file), QUERY, acme),
        "refused": start("explain", "{ nope }"),
        "mistaken": start("explain", QUERY, "--variables=[1]"),
        "query": start("query", "--config", str(file), QUERY, acme),
        "failing": start("query", "--config", real, '{ organization(id: "nobody") { id } }'),
    }


def calls(program: Any) -> list[tuple[int, str, str]]:
    found = json.loads(program.out)["trace"]["calls"]
    return sorted((each["wave"], each["upstream"], each["operation"]) for each in found)


def test_calls_are_told_in_waves(programs: dict[str, Any]) -> None:
    program = programs["bare"]
    assert program.ended() == 0
    assert program.err == ""
    rows = [line.split() for line in program.out.splitlines()]
    assert rows[:5] == [
        ["Wave", "Upstream", "Operation", "Calls", "Batch"],
        ["1", "CLICKHOUSE", "members.list", "1", "1"],
        ["1", "LOSANT", "org.get", "1", "1"],
        ["1", "NKS", "members.list", "1", "1"],
        ["2", "NKS", "orgs.get", "1", "1"],
    ]
    assert "4 upstream calls in 2 waves, estimated cost " in program.out
    assert "no upstream was asked" in program.out


def test_upstreams_that_nobody_can_reach_are_not_needed(programs: dict[str, Any]) -> None:
    program = programs["real"]
    assert program.ended() == 0
    assert program.err == ""
    found = json.loads(program.out)
    assert found["errors"] == []
    assert calls(program)[:2] == [(1, "CLICKHOUSE", "members.list"), (1, "LOSANT", "org.get")]
    assert found["cost"]["upstreamCalls"] == found["trace"]["upstreamCalls"]
    assert "S3CRET" not in program.out


def test_a_listing_is_rehearsed_with_the_linked_organizations(programs: dict[str, Any]) -> None:
    program = programs["listed"]
    assert program.ended() == 0
    assert json.loads(program.out)["errors"] == []
    assert {upstream for _, upstream, _ in calls(program)} == {"LOSANT", "CLICKHOUSE"}


def test_run_asks_for_real_and_tells_what_came(programs: dict[str, Any]) -> None:
    program = programs["run"]
    assert program.ended() == 0
    told = json.loads(program.out)["trace"]["calls"]
    assert {each["source"] for each in told} == {"UPSTREAM"}
    assert [[attempt["outcome"] for attempt in each["attempts"]] for each in told] == [["200"]] * len(told)
    assert all(each["bytes"] > 0 and each["durationMs"] > 0 for each in told)


def test_a_document_that_is_refused_is_told_so(programs: dict[str, Any]) -> None:
    program = programs["refused"]
    assert program.ended() == 1
    assert program.out.startswith("Cannot query field 'nope' on type 'Query'.")


def test_variables_that_are_no_object_are_told_so(programs: dict[str, Any]) -> None:
    program = programs["mistaken"]
    assert program.ended() == 2
    assert program.err == '--variables takes a JSON object, such as {"id": "acme"}.\n'


def test_an_answer_is_printed(programs: dict[str, Any]) -> None:
    program = programs["query"]
    assert program.ended() == 0
    assert json.loads(program.out)["data"]["organization"]["name"] == "Acme Corporation"


def test_an_answer_with_errors_is_printed_and_fails(programs: dict[str, Any]) -> None:
    program = programs["failing"]
    assert program.ended() == 1
    assert json.loads(program.out)["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert program.err == ""
