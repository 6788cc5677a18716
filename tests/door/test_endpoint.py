import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message
from structlog.testing import capture_logs

from gateway.door.endpoint import routes
from gateway.door.security import HEADERS
from gateway.execution.operation import Exchange, Execute, Operation, Outcome

pytestmark = pytest.mark.anyio

Knock = Callable[..., Awaitable[list[Message]]]


async def posted(execute: Execute) -> httpx.Response:
    """The answer to a post, where execution ends as the test says."""
    transport = httpx.ASGITransport(Starlette(routes=routes(execute)))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.post("/graphql", json={"query": "{ greeting }"}, headers={"x-request-id": "r-1"})


async def test_a_query_is_answered_with_its_data_and_the_headers_of_every_answer(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/graphql",
        json={"query": "query ($n: String) { greeting(name: $n) }", "variables": {"n": "Ada"}},
        headers={"x-request-id": "r-1"},
    )
    assert answer.status_code == 200
    assert answer.content == b'{"data":{"greeting":"Hello, Ada!"}}'
    assert dict(answer.headers) == {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-store",
        "vary": "Accept",
        "x-request-id": "r-1",
        "content-length": str(len(answer.content)),
    } | {name.decode(): value.decode() for name, value in HEADERS}


async def test_a_query_may_come_by_get(client: httpx.AsyncClient) -> None:
    params = {"query": "query A($n: String) { greeting(name: $n) }", "variables": '{"n": "Ada"}', "operationName": "A"}
    answer = await client.get("/graphql", params=params)
    assert answer.json() == {"data": {"greeting": "Hello, Ada!"}}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_a_mutation_by_get_is_refused_with_405(client: httpx.AsyncClient, accept: str) -> None:
    answer = await client.get("/graphql", params={"query": "mutation { greet }"}, headers={"accept": accept})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["errors"][0]["message"] == "A mutation cannot be sent by GET."
    assert "data" not in answer.json()


async def test_a_mutation_by_post_is_executed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "mutation { greet }"})
    assert answer.json() == {"data": {"greet": "Done."}}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "QUERY"])
async def test_other_methods_are_refused_with_those_that_are_allowed(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST, OPTIONS"
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_head_is_refused_without_a_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/graphql", params={"query": "{ greeting }"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST, OPTIONS"
    assert answer.content == b""


async def test_options_says_what_is_allowed_and_nothing_else(client: httpx.AsyncClient) -> None:
    answer = await client.options("/graphql", headers={"x-request-id": "r-1"})
    assert answer.status_code == 204
    assert answer.headers["allow"] == "GET, POST, OPTIONS"
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.content == b""


async def test_an_integer_beyond_64_bits_goes_in_and_out_exactly(client: httpx.AsyncClient) -> None:
    body = b'{"query": "query ($v: BigInt) { long(value: $v) }", "variables": {"v": %d}}' % 2**70
    answer = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.content == b'{"data":{"long":%d}}' % 2**70


async def test_errors_of_execution_come_with_partial_data_a_code_and_the_request_id(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ greeting broken }"}, headers={"x-request-id": "r-1"})
    assert answer.json() == {
        "errors": [
            {
                "message": "It is broken.",
                "locations": [{"line": 1, "column": 12}],
                "path": ["broken"],
                "extensions": {"code": "INTERNAL", "requestId": "r-1"},
            }
        ],
        "data": {"greeting": "Hello, you!", "broken": None},
    }


async def test_a_code_of_the_execution_is_kept_and_an_error_shared_by_requests_is_not_changed() -> None:
    shared = {"message": "Not here.", "extensions": {"code": "NOT_FOUND", "requestId": "another"}}

    async def execute(_operation: Operation, _exchange: Exchange) -> Outcome:
        return Outcome(None, [shared, {"message": "Odd.", "extensions": None}], {"cost": {"actual": 1}}, executed=True)

    answer = await posted(execute)
    assert answer.json() == {
        "errors": [
            {"message": "Not here.", "extensions": {"code": "NOT_FOUND", "requestId": "r-1"}},
            {"message": "Odd.", "extensions": {"code": "INTERNAL", "requestId": "r-1"}},
        ],
        "data": None,
        "extensions": {"cost": {"actual": 1}},
    }
    assert shared == {"message": "Not here.", "extensions": {"code": "NOT_FOUND", "requestId": "another"}}


async def test_a_defect_is_answered_500_without_detail_and_logged_with_its_trace() -> None:
    async def execute(_operation: Operation, _exchange: Exchange) -> Outcome:
        raise RuntimeError("the secret of port 5432")

    with capture_logs() as logs:
        answer = await posted(execute)
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"] == {"code": "INTERNAL", "requestId": "r-1"}
    assert "secret" not in answer.text
    assert logs == [{"event": "operation failed", "request_id": "r-1", "exc_info": True, "log_level": "error"}]


@pytest.mark.parametrize("value", [object(), "\ud800"])
async def test_data_that_cannot_be_written_is_a_defect(value: object) -> None:
    async def execute(_operation: Operation, _exchange: Exchange) -> Outcome:
        return Outcome({"greeting": value}, [], {}, executed=True)

    with capture_logs() as logs:
        answer = await posted(execute)
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert len(logs) == 1


async def test_a_client_that_goes_away_cancels_its_execution(
    knock: Knock, started: asyncio.Event, cancelled: asyncio.Event
) -> None:
    async def leaves() -> Message:
        await started.wait()
        return {"type": "http.disconnect"}

    query = {"type": "http.request", "body": b'{"query": "{ slow }"}', "more_body": False}
    async with asyncio.timeout(5):
        assert await knock(query, leaves(), headers=[(b"content-type", b"application/json")]) == []
    assert cancelled.is_set()


async def test_the_body_of_a_get_is_dropped_while_it_runs(
    knock: Knock, started: asyncio.Event, cancelled: asyncio.Event
) -> None:
    async def leaves() -> Message:
        await started.wait()
        return {"type": "http.disconnect"}

    noise = {"type": "http.request", "body": b"noise", "more_body": True}
    async with asyncio.timeout(5):
        out = await knock(noise, noise, leaves(), headers=[], method="GET", query_string=b"query={slow}")
    assert out == []
    assert cancelled.is_set()


async def test_a_cancellation_from_elsewhere_is_passed_on(
    knock: Knock, started: asyncio.Event, cancelled: asyncio.Event
) -> None:
    query = {"type": "http.request", "body": b'{"query": "{ slow }"}', "more_body": False}
    task = asyncio.create_task(knock(query, headers=[(b"content-type", b"application/json")]))
    await started.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled.is_set()
