import httpx
import pytest

from gateway.door.negotiation import (
    EVENTS,
    FORM,
    FORMER,
    GRAPHQL_RESPONSE,
    JSON,
    MIXED,
    Ways,
    answer_type,
    request_type,
    ways_of,
)
from gateway.door.refusal import Refusal

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON ; Charset=UTF-8", JSON),
        ("application/json, text/plain, */*", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/graphql-response+json;q=0, */*", JSON),
        ("application/graphql-response+json; charset=iso-8859-1, application/json", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", GRAPHQL_RESPONSE),
        ("application/graphql-response+json,application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/json;q=0.5, */*;q=0.8", GRAPHQL_RESPONSE),
        ("application/json;q=0, */*", GRAPHQL_RESPONSE),
        ("application/json;q=0.2, application/graphql-response+json;q=nan", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, application/json, text/event-stream", GRAPHQL_RESPONSE),
        ("text/event-stream, */*;q=0.1", JSON),
        ("text/event-stream", EVENTS),
        ("Text/Event-Stream; charset=utf-8, application/json;q=0", EVENTS),
        ("multipart/mixed", MIXED),
        ("multipart/mixed;deferSpec=20220824", MIXED),
        ("multipart/mixed;q=0.5, text/event-stream", EVENTS),
        (
            "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9",
            GRAPHQL_RESPONSE,
        ),
    ],
)
def test_the_media_type_with_the_greatest_weight_is_chosen(accept: str | None, expected: str) -> None:
    assert answer_type(accept.encode() if accept is not None else None) == expected


@pytest.mark.parametrize(
    "accept",
    ["text/html", "text/event-stream;q=0", "application/json;q=0", "*/*;q=0", "image/*", ",", "application/jso" * 99],
)
def test_a_client_that_accepts_neither_media_type_is_refused(accept: str) -> None:
    with pytest.raises(Refusal) as caught:
        answer_type(accept.encode())
    assert caught.value.status == 406


@pytest.mark.parametrize(
    "headers",
    [
        {b"content-type": b"application/json"},
        {b"content-type": b"application/json; charset=utf-8"},
        {b"content-type": b'Application/JSON;charset="UTF-8"'},
        {b"content-type": b"application/json; profile=x"},
        {b"content-type": b"application/json", b"content-encoding": b"identity"},
    ],
)
def test_plain_json_in_utf_8_is_let_in(headers: dict[bytes, bytes]) -> None:
    assert request_type(headers) == JSON


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"content-type": b""},
        {b"content-type": b"text/plain"},
        {b"content-type": b"application/x-www-form-urlencoded"},
        {b"content-type": b"multipart/mixed; boundary=x"},
        {b"content-type": b"application/graphql"},
        {b"content-type": b"text/plain; application/json"},
        {b"content-type": b"application/json, text/plain"},
        {b"content-type": b"application/json; charset=utf-16"},
        {b"content-type": b"application/json", b"content-encoding": b"gzip"},
        {b"content-type": b"application/json", b"content-encoding": b"gzip, identity"},
    ],
)
def test_any_other_body_is_refused_with_415(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(Refusal) as caught:
        request_type(headers)
    assert caught.value.status == 415


FORM_TYPE = {b"content-type": b"multipart/form-data; boundary=x"}
PREFLIGHTS = [b"graphql-preflight", b"apollo-require-preflight", b"x-apollo-operation-name"]


@pytest.mark.parametrize("name", PREFLIGHTS)
def test_a_form_with_any_of_the_preflight_headers_is_let_in(name: bytes) -> None:
    assert request_type({**FORM_TYPE, name: b"1"}) == FORM


@pytest.mark.parametrize(
    "headers", [{}, *({name: value} for name in PREFLIGHTS for value in (b"", b" ")), {b"x-requested-with": b"fetch"}]
)
def test_a_form_that_another_site_could_send_is_refused_with_the_header_to_add(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(Refusal, match="add GraphQL-Preflight: 1") as caught:
        request_type({**FORM_TYPE, **headers})
    assert caught.value.status == 400


async def test_an_accept_that_merely_lists_an_event_stream_gets_one_json_answer(client: httpx.AsyncClient) -> None:
    accept = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
    answer = await client.post("/graphql", json={"query": "{ greeting }"}, headers={"accept": accept})
    assert answer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert answer.json() == {"data": {"greeting": "Hello, you!"}}


async def test_what_cannot_be_served_is_said_in_a_graphql_answer(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ greeting }"}, headers={"accept": "text/html"})
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("query", "modern", "plain"),
    [
        ("{ greeting }", 200, 200),
        ("{ broken }", 200, 200),
        ("{ greeting", 400, 200),
        ("{ nothing }", 400, 200),
        ("query ($v: Int!) { greeting }", 400, 200),
        ("query A { greeting } query B { greeting }", 400, 200),
    ],
)
async def test_the_status_tells_of_a_refused_document_only_in_the_newer_media_type(
    client: httpx.AsyncClient, query: str, modern: int, plain: int
) -> None:
    for accept, expected in ((GRAPHQL_RESPONSE, modern), (JSON, plain)):
        answer = await client.post("/graphql", json={"query": query}, headers={"accept": accept})
        assert answer.status_code == expected
        assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
        assert ("data" in answer.json()) == (modern == 200)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, Ways()),
        ("*/*", Ways()),
        ("multipart/*", Ways()),
        ("application/json", Ways()),
        ("text/event-stream", Ways(events=True, parts=EVENTS)),
        ("Multipart/Mixed, application/json", Ways(parts=MIXED)),
        ("application/json, text/event-stream, multipart/mixed", Ways(events=True, parts=MIXED)),
        ("multipart/mixed;q=0.4, text/event-stream;q=0.5", Ways(events=True, parts=EVENTS)),
        ("multipart/mixed;q=0, text/event-stream;q=0", Ways()),
        ("multipart/mixed;deferSpec=20220824, application/json", Ways(parts=MIXED, spec=FORMER)),
        ('multipart/mixed; boundary="-"; deferspec="20220824"', Ways(parts=MIXED, spec=FORMER)),
        ("multipart/mixed;incrementalSpec=v0.2,*/*;q=0.1", Ways(parts=MIXED, spec="incrementalSpec=v0.2")),
        ("text/event-stream;deferSpec=20220824", Ways(events=True, parts=EVENTS, spec=FORMER)),
        ("multipart/mixed;deferSpec=20991231, application/json", Ways()),
        ("multipart/mixed;deferSpec=20220824;incrementalSpec=v0.2", Ways()),
        ("multipart/mixed;boundary=graphql;subscriptionSpec=1.0, application/json", Ways()),
        ("multipart/mixed;deferSpec=7, text/event-stream", Ways(events=True, parts=EVENTS)),
        ("text/event-stream;deferSpec=7", Ways(events=True)),
        ("multipart/mixed;deferSpec=20220824," + "x" * 600, Ways(parts=MIXED, spec=FORMER)),
    ],
)
def test_an_answer_comes_in_parts_to_clients_that_name_a_way_and_a_format_that_is_known(accept, expected) -> None:
    assert ways_of(accept.encode() if accept is not None else None) == expected
