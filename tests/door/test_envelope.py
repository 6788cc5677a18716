import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.door.envelope import operation_of_body, operation_of_query_string
from gateway.door.refusal import Refusal
from gateway.execution.operation import Exchange, Operation

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
HOSTILE = [
    b"",
    b" ",
    b"null",
    b"1",
    b'"x"',
    b"true",
    b"[]",
    b"[1]",
    b'[{"query": "{ greeting }"}]',
    b"{}",
    b'{"query": null}',
    b'{"query": 1}',
    b'{"query": ["{ greeting }"]}',
    b'{"query": {}}',
    b'{"query": "{ greeting }", "variables": []}',
    b'{"query": "{ greeting }", "variables": "{}"}',
    b'{"query": "{ greeting }", "variables": 0}',
    b'{"query": "{ greeting }", "operationName": 1}',
    b'{"query": "{ greeting }", "operationName": {}}',
    b'{"query": "{ greeting }", "extensions": []}',
    b'{"query": "{ greeting }", "extensions": false}',
    b'{"query": "\xff"}',
    b'{"query": "{ greeting }", "variables": {"v": NaN}}',
    b'{"query": "{ greeting }", "variables": {"v": ' + b"7" * 5_000 + b"}}",
    b'{"query": "{ greeting }", "variables": ' + b"[" * 50_000,
    b"[" * 100_000,
    b'{"query": "{ greeting }"',
    b"query=%7B+greeting+%7D",
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:60]))
async def test_a_malformed_envelope_is_answered_400_with_a_graphql_error(
    client: httpx.AsyncClient, seen: list[tuple[Operation, Exchange]], body: bytes
) -> None:
    answer = await client.post("/graphql", content=body, headers={**JSON, "x-request-id": "r-1"})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "requestId": "r-1"}
    assert error["message"].endswith(".")
    assert "data" not in answer.json()
    assert seen == []


async def test_a_batch_is_refused_with_a_sentence_that_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json=[{"query": "{ greeting }"}])
    assert answer.json()["errors"][0]["message"].startswith("Operation batching is off:")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
async def test_random_bytes_never_cause_a_server_error(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/graphql", content=body, headers=JSON)
    assert answer.status_code in {200, 400}
    assert answer.json().keys() & {"data", "errors"}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "query": st.sampled_from(["{ greeting }", "query A($name: String) { greeting(name: $name) }", "{"]) | ANYTHING,
        "operationName": st.sampled_from(["A", "", None]) | ANYTHING,
        "variables": st.dictionaries(st.sampled_from(["name", "value"]), ANYTHING) | ANYTHING,
        "extensions": st.fixed_dictionaries({"persistedQuery": ANYTHING}) | ANYTHING,
        "documentId": ANYTHING,
        "other": ANYTHING,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    envelope=ENVELOPES, position=st.integers(0, 400), flip=st.sampled_from([b"", b"\x00", b'"', b"[", b"}", b"\xff"])
)
async def test_mutated_envelopes_never_cause_a_server_error(
    client: httpx.AsyncClient, envelope: dict[str, object], position: int, flip: bytes
) -> None:
    body = json.dumps(envelope).encode()
    mutated = body[:position] + flip + body[position + 1 :]
    for content in (body, mutated):
        answer = await client.post("/graphql", content=content, headers=JSON)
        assert answer.status_code in {200, 400}
        assert answer.json().keys() & {"data", "errors"}


def test_every_member_reaches_the_operation_and_unknown_ones_are_ignored() -> None:
    body = b'{"query": "q", "operationName": "A", "variables": {"v": 1}, "extensions": {"e": []}, "id": {"x": 1}}'
    assert operation_of_body(body) == Operation("q", "A", {"v": 1}, {"e": []})


@pytest.mark.parametrize(
    "absent",
    [
        {},
        {"operationName": None, "variables": None, "extensions": None, "documentId": None},
    ],
)
def test_null_means_the_same_as_absent(absent: dict[str, None]) -> None:
    assert operation_of_body(json.dumps({"query": "q", **absent}).encode()) == Operation("q", None, {}, {})


def test_a_query_string_holds_the_same_members_and_an_empty_one_is_absent() -> None:
    full = b"query=%7B%20a+b%20%7D&operationName=A&variables=%7B%22v%22%3A%22%C3%A9%22%7D&extensions=%7B%7D&utm=1"
    assert operation_of_query_string(full) == Operation("{ a b }", "A", {"v": "é"}, {})
    assert operation_of_query_string(b"query=q&operationName=&variables=&extensions=") == Operation("q", None, {}, {})


def test_a_document_may_be_named_in_the_place_of_its_text() -> None:
    by_id = {"documentId": "f00", "operationName": "A", "variables": {"v": 1}}
    named = Operation(None, "A", {"v": 1}, {}, "f00")
    assert operation_of_body(json.dumps(by_id).encode()) == named
    assert operation_of_body(json.dumps({**by_id, "query": ""}).encode()) == named
    assert operation_of_query_string(b"documentId=f00&operationName=A&variables=%7B%22v%22:1%7D") == named
    assert operation_of_query_string(b"documentId=sha256:" + b"0a" * 32).document_id == "sha256:" + "0a" * 32


def test_a_hash_may_come_with_the_text_or_in_its_place() -> None:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": "0a" * 32}}
    query_string = b"extensions=" + json.dumps(extensions, separators=(",", ":")).encode()
    for text, query in (({}, None), ({"query": ""}, None), ({"query": None}, None), ({"query": "q"}, "q")):
        expected = Operation(query, None, {}, extensions, None, "0a" * 32)
        assert operation_of_body(json.dumps({"extensions": extensions, **text}).encode()) == expected
    assert operation_of_query_string(query_string) == Operation(None, None, {}, extensions, None, "0a" * 32)
    nothing = operation_of_body(b'{"query": "q", "extensions": {"persistedQuery": null}}')
    assert nothing == Operation("q", None, {}, {"persistedQuery": None})


_HASH = '"extensions.persistedQuery.sha256Hash" must be the SHA-256 of the document'


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"documentId": 1}, '"documentId" must be a string of 1 to 256 characters'),
        ({"documentId": ""}, '"documentId" must be a string of 1 to 256 characters'),
        ({"documentId": "x" * 257}, '"documentId" must be a string of 1 to 256 characters'),
        ({"documentId": "sha256:f00"}, '"documentId" must have 64 lower-case hexadecimal digits after "sha256:"'),
        ({"documentId": "sha256:" + "A" * 64}, '"documentId" must have 64 lower-case hexadecimal digits'),
        ({"documentId": "a", "query": "q"}, '"documentId" names the document: send it without "query"'),
        ({"documentId": "a", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "a"}}}, "send it without"),
        ({"extensions": {"persistedQuery": {}}}, '"extensions.persistedQuery" must be a JSON object with "version": 1'),
        ({"extensions": {"persistedQuery": "a"}}, '"extensions.persistedQuery" must be a JSON object'),
        ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "a"}}}, 'with "version": 1'),
        ({"extensions": {"persistedQuery": {"version": True, "sha256Hash": "a"}}}, 'with "version": 1'),
        ({"extensions": {"persistedQuery": {"version": 1}}}, _HASH),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": ""}}}, _HASH),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 1}}}, _HASH),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "a" * 257}}, "query": "q"}, _HASH),
        ({}, 'Send a GraphQL document in it, or the "documentId" of a registered one.'),
    ],
)
def test_a_malformed_name_of_a_document_is_refused_with_what_to_send(members: dict[str, object], said: str) -> None:
    with pytest.raises(Refusal) as caught:
        operation_of_body(json.dumps(members).encode())
    assert caught.value.status == 400
    assert said in caught.value.message
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    ("query_string", "word"),
    [
        (b"", '"query" is missing'),
        (b"query=", '"query" is missing'),
        (b"query=q&variables=1", '"variables" must be'),
        (b"query=q&variables=%7B", '"variables" is not valid JSON'),
        (b"query=q&extensions=[]", '"extensions" must be'),
        (b"query=q&variables=" + b"[" * 100, '"variables" is nested too deep'),
        (b"query=%FF", "not valid UTF-8"),
        (b"query=\xff", "not valid UTF-8"),
        (b"query=q" + b"&a=1" * 100, "too many parameters"),
    ],
)
def test_a_malformed_query_string_is_refused_with_a_sentence_on_why(query_string: bytes, word: str) -> None:
    with pytest.raises(Refusal, match=word) as caught:
        operation_of_query_string(query_string)
    assert caught.value.status == 400
