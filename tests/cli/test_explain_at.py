"""What a gateway that runs is asked about an operation before it does."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from gateway.callers.api_keys import hashed

QUERY = "query ($id: ID!) { organization(id: $id) { name members(first: 2) { nodes { organization { slug } } } } }"
ACME = '--variables={"id": "acme"}'
KEY = "a-key-of-operators-that-is-long-enough"
LOCKED = """
profile = "production"
[server]
port = 0
[cache]
fresh_seconds = 600
[callers]
anonymous = []
[[callers.api_keys]]
name = "operator"
hash = "{hash}"
scopes = ["read", "trace", "organizations:write"]
organizations = ["*"]
[[callers.api_keys]]
name = "app"
hash = "{other}"
scopes = ["read"]
organizations = ["*"]
"""


@pytest.fixture(scope="module")
def locked(start: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A gateway on its sandbox whose callers need a key."""
    folder = tmp_path_factory.mktemp("locked")
    (folder / "gateway.toml").write_text(LOCKED.format(hash=hashed(KEY), other=hashed(KEY[::-1])))
    return start("serve", "--sandbox", "--config", str(folder / "gateway.toml")).until("Ctrl+C")


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("headers") / "headers"
    file.write_text(f"Authorization: Bearer {KEY}\n\n")
    return f"--header=@{file}"


class Elsewhere(BaseHTTPRequestHandler):
    """Answers with what the path says, in hex digits."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        answer = bytes.fromhex(self.path.removeprefix("/"))
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_cache_and_the_breakers_of_a_gateway_that_runs_are_told(start: Any, locked: Any, secret: str) -> None:
    before = start("explain", "--at", locked.address, secret, QUERY, ACME)
    assert before.ended() == 0, before.err
    rows = [line.split() for line in before.out.splitlines()]
    assert rows[:5] == [
        ["Wave", "Upstream", "Operation", "Calls", "Batch", "From", "Age", "Breaker", "Throttled"],
        ["1", "CLICKHOUSE", "members.list", "1", "1", "upstream", "closed"],
        ["1", "LOSANT", "org.get", "1", "1", "upstream", "closed"],
        ["1", "NKS", "members.list", "1", "1", "upstream", "closed"],
        ["2", "NKS", "orgs.get", "1", "1", "upstream", "closed"],
    ]
    assert "4 upstream calls in 2 waves, estimated cost " in before.out
    assert "no upstream was asked" in before.out

    ran = start("explain", "--at", locked.address, "--run", "--json", secret, QUERY, ACME)
    assert ran.ended() == 0, ran.err
    assert {call["source"] for call in json.loads(ran.out)["trace"]["calls"]} == {"UPSTREAM"}

    after = start("explain", "--at", f"{locked.address}/graphql", "--json", secret, QUERY, ACME)
    assert after.ended() == 0, after.err
    trace = json.loads(after.out)["trace"]
    assert {call["source"] for call in trace["calls"]} == {"CACHE"}
    assert all(call["ageSeconds"] > 0 for call in trace["calls"])
    assert trace["upstreamCalls"] == 0
    assert KEY not in before.out + before.err + after.out + after.err


def test_who_may_not_have_plans_is_told_so(start: Any, locked: Any) -> None:
    program = start("explain", "--at", locked.address, f"--header=Authorization: Bearer {KEY[::-1]}", QUERY, ACME)

    assert program.ended() == 1
    assert program.out == "Only callers with the scope trace may have operations planned.\n"


def test_a_planned_mutation_changes_nothing(start: Any, locked: Any, secret: str) -> None:
    rename = 'mutation { updateOrganization(input: {organizationId: "acme", name: "X"}) { userErrors { code } } }'
    program = start("explain", "--at", locked.address, "--json", secret, rename)
    assert program.ended() == 0
    planned = json.loads(program.out)
    found = httpx.post(
        f"{locked.address}/graphql",
        json={"query": '{ organization(id: "acme") { name } }'},
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=30,
    ).json()

    assert planned["errors"] == []
    assert "org.patch" in {call["operation"] for call in planned["trace"]["calls"]}
    assert found["data"]["organization"]["name"] == "Acme Corporation"


def test_what_is_no_plan_is_told_so(start: Any, elsewhere: str) -> None:
    answers = {
        '{"data": {"organization": null}}': "cannot plan, or lost the header GraphQL-Trace",
        '{"data": {}, "extensions": {"trace": {"calls": []}}}': "it carried the operation out",
        "<html>": "answered with status 200, and not as a gateway does",
        "[1]": "answered with status 200, and not as a gateway does",
    }
    programs = {
        said: start("explain", "--at", f"{elsewhere}/{answer.encode().hex()}", "{ viewer { name } }")
        for answer, said in answers.items()
    }
    for said, program in programs.items():
        assert program.ended() == 1
        assert said in program.err
        assert program.out == ""


def test_options_that_make_no_sense_are_told_so(start: Any) -> None:
    given = {
        "--at takes the address of a gateway": ["--at", "localhost:8000"],
        "--header takes `NAME: VALUE`": ["--at", "http://gateway.invalid", "--header", "no-colon"],
        "cannot be read": ["--at", "http://gateway.invalid", "--header", "@/no/such/file"],
    }
    programs = {said: start("explain", *options, "{ viewer { name } }") for said, options in given.items()}
    for said, program in programs.items():
        assert program.ended() == 2
        assert said in program.err


def test_a_gateway_that_does_not_answer_is_told_so(start: Any) -> None:
    program = start("explain", "--at", "http://127.0.0.1:1", "{ viewer { name } }")

    assert program.ended() == 1
    assert program.err.startswith("127.0.0.1 does not answer: ")
