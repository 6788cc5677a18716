"""The benchmark's own parts: it measures right answers, and can tell wrong ones."""

import importlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def bench(*options: str):
    command = [sys.executable, "-m", "tests.bench", *options]
    return subprocess.run(  # noqa: S603  our own program
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.fixture(scope="module")
def parts():
    """Imports one, as `python -m` from the root does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        yield lambda name: importlib.import_module(f"tests.bench.{name}")


@pytest.fixture(scope="module")
def world(parts):
    return parts("bodies").World()


@pytest.fixture(scope="module")
def known(parts, world):
    return parts("workloads").workloads(world)


def test_gateway_and_yardstick_answer_every_workload_alike_by_the_least_upstream_calls():
    ended = bench("--check", "--subjects", "cold,ordinary")

    least = {"R1": 1, "R2": 12, "R3": 100, "R4": 1, "R5": 0, "R6": 1}
    rows = [
        f"| {workload} | {subject} | {calls} | {calls} | right |"
        for workload, calls in least.items()
        for subject in ("cold", "ordinary")
    ]
    assert ended.stdout.splitlines()[2:] == rows, ended.stdout + ended.stderr
    assert ended.returncode == 0


def test_a_wrong_answer_is_told(parts, world, known):
    """The expectations are the answers of none of the servers, and each of them can fail."""
    number = f"{parts('bodies').ALONE.start:04d}"
    id = f"losant:5f3c1a7be4b0c91d2f6a{number}"
    description = world.value("/orgs/5f3c1a7be4b0c91d2f6a~~~~")["description"]

    right = {"organization": {"name": f"Organization {number}", "description": description}}
    assert known["R1"].wrong(right, {"id": id}) == ""
    assert (
        known["R1"].wrong({"organization": {**right["organization"], "name": "Other"}}, {"id": id}) == "name is Other"
    )
    one = {"name": f"Organization {number}", "members": {"totalCount": 20}}
    aliased = {f"a{each}": one for each in range(30)}
    assert known["R4"].wrong(aliased, {"id": id}) == ""
    assert known["R4"].wrong(aliased | {"a29": None}, {"id": id}) == "a29 is None"
    payload = {"invitation": {"email": "other@x.example", "role": "EDITOR", "status": "PENDING"}, "userErrors": []}
    assert known["R6"].wrong({"inviteMember": payload}, {}).startswith("invitation is ")
    assert known["R5"].wrong({"__schema": {"types": [{"name": "Query"}]}}, {}).startswith("types is ")


def test_ids_of_one_pool_do_not_repeat_so_that_collapsing_cannot_pass_for_speed(known):
    for name in ("R1", "R2", "R4", "R6"):
        pool = [str(each) for each in known[name].pool]
        assert len(set(pool)) == len(pool) >= 500, name
    ids = [id for each in known["R3"].pool for id in each["ids"]]
    assert len(set(ids)) == len(ids) == 5000


def test_the_chart_and_the_tables_show_every_workload_that_was_measured(parts, known):
    figures = {"rate": 10.0, "p50": 1.0, "p99": 2.0, "memory": 90.0, "calls": 1.0, "errors": 0, "told": ""}
    cells = [
        parts("cells").Cell(subject, "R1", 16, queries=100, cpu=cpu, others=0.1, **figures)
        for subject, cpu in (("cold", 0.5), ("cold", 0.7), ("cold", 0.6), ("ordinary", 6.0))
    ]

    table = parts("tables").ratios(cells)
    assert "| **cold : ordinary** | **10.0** |" in table
    chart = parts("chart").chart(cells)
    assert chart.count("<rect") == 2 + 2
    assert ">1667<" in chart
    assert ">167<" in chart

    page = parts("page").page(cells, known, rounds=3, seconds=2.0)
    assert "| R1: " in page
    assert "| 1667 | 167 | **10** |" in page
    assert "3 rounds of 2 s" in page


def test_the_stand_in_counts_what_it_is_asked_and_what_it_does_not_know(parts, world):
    path = f"/orgs/5f3c1a7be4b0c91d2f6a{parts('bodies').ALONE.start:04d}"
    known, unknown = (f"GET {each}?a=b HTTP/1.1\r\nHost: x\r\n\r\n".encode() for each in (path, "/other"))
    with parts("subjects").Upstreams(world, os.sched_getaffinity(0)) as stand_in:
        with socket.create_connection(("127.0.0.1", stand_in.port), timeout=30) as connection:
            connection.sendall(known[:20])
            connection.sendall(known[20:] + known + unknown)
            said = b""
            while b'"Not found"' not in said:
                said += connection.recv(65_536)
        assert stand_in.taken() == (3, 1)
        assert said.count(b"HTTP/1.1 200 OK") == 2
        assert json.loads(said.split(b"\r\n\r\n")[1].partition(b"HTTP/1.1")[0])["members"][19]["email"]

        stand_in.wait(50)
        seen = parts("load").load(stand_in.port, [parts("load").request(b"{}")], 2, 0, times=4)
        assert (seen.errors, len(seen.latencies), seen.unanswered) == (4, 4, 0)
        assert seen.told.startswith('{"type":"NotFound"')
        assert seen.percentile(50) >= 50
        assert stand_in.taken() == (4, 4)


def test_paced_requests_come_at_their_times_and_wait_from_these_on(parts, world):
    with parts("subjects").Upstreams(world, os.sched_getaffinity(0)) as stand_in:
        stand_in.wait(200)
        seen = parts("load").paced(stand_in.port, [parts("load").request(b"{}")], 20, 0.5, most=2)

    assert 10 <= len(seen.latencies) <= 11
    assert seen.unanswered == 0
    assert seen.percentile(99) > 400  # two connections carry 5 in that time, and the rest stand in line


def test_hostile_documents_are_refused_but_for_those_that_are_only_large(parts):
    limits = parts("limits")
    why = {kind: limits.refuse(text)[1] for kind, text in limits.HOSTILE.items()}
    assert {kind for kind, verdict in why.items() if verdict == "passes"} == {
        "one field 45 times, with 1 below (passes)",
        "selections 190 deep",
        "block string of 32 000 characters",
        "string of 16 000 escapes",
    }
    assert why["members of organizations of members"] == "COST"
