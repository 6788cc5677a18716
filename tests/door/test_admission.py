"""As many operations at once as the setting says, in the process; those beyond are told to come again."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from gateway.door.admission import Admission
from gateway.door.endpoint import routes
from gateway.door.health import routes as health_routes
from gateway.execution.operation import Execute

pytestmark = pytest.mark.anyio

SLOW = {"query": "{ slow }"}
QUICK = {"query": "{ greeting }"}


@pytest.fixture
async def client(execute_on_graphql_core: Execute) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a door that takes two operations at once."""
    door = routes(execute_on_graphql_core, admission=Admission(2))
    transport = httpx.ASGITransport(Starlette(routes=[*door, *health_routes(lambda: (True, {}))]))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.fixture
async def full(client: httpx.AsyncClient, release: asyncio.Event, seen: list[object]) -> AsyncIterator[None]:
    """Two operations run."""
    running = [asyncio.create_task(client.post("/graphql", json=SLOW)) for _ in range(2)]
    while len(seen) < 2:  # noqa: ASYNC110  it is polled
        await asyncio.sleep(0.01)
    yield
    release.set()
    await asyncio.gather(*running)


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("media", ["application/json", "application/graphql-response+json"])
async def test_one_too_many_is_503_in_the_media_type_that_was_asked_for(client, seen, media) -> None:
    for answer in (
        await client.post("/graphql", json=QUICK, headers={"accept": media, "x-request-id": "r-1"}),
        await client.get("/graphql", params=QUICK, headers={"accept": media, "x-request-id": "r-1"}),
    ):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["content-type"] == f"{media}; charset=utf-8"
        [error] = answer.json()["errors"]
        assert error["message"].startswith("The gateway is busy")
        assert error["extensions"] == {
            "code": "RATE_LIMITED",
            "retryable": True,
            "retryAfterSeconds": 1,
            "requestId": "r-1",
        }
    assert len(seen) == 2


@pytest.mark.usefixtures("full")
async def test_its_body_is_not_read(client) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("The body was read.")
        yield b""

    answer = await client.post("/graphql", content=body(), headers={"content-type": "application/json"})
    assert answer.status_code == 503


@pytest.mark.usefixtures("full")
async def test_health_is_told_all_the_same(client) -> None:
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200


async def test_places_are_free_again_after_answers_failures_and_clients_that_leave(
    client, started, cancelled, seen
) -> None:
    for _ in range(3):
        assert (await client.post("/graphql", json={"query": "{ broken }"})).status_code == 200
        assert (await client.post("/graphql", json={"query": "{"})).status_code in {200, 400}
    for _ in range(3):
        gone = asyncio.create_task(client.post("/graphql", json=SLOW))
        await started.wait()
        gone.cancel()
        await cancelled.wait()
        started.clear()
        cancelled.clear()
    assert (await client.post("/graphql", json=QUICK)).json() == {"data": {"greeting": "Hello, you!"}}
    assert len(seen) == 10


async def test_an_operation_whose_place_was_taken_while_its_body_came_is_refused(client, seen, release) -> None:
    arrive = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b'{"query": '
        await arrive.wait()
        yield b'"{ greeting }"}'

    late = asyncio.create_task(client.post("/graphql", content=body(), headers={"content-type": "application/json"}))
    await asyncio.sleep(0.05)
    running = [asyncio.create_task(client.post("/graphql", json=SLOW)) for _ in range(2)]
    while len(seen) < 2:  # noqa: ASYNC110  it is polled
        await asyncio.sleep(0.01)
    arrive.set()
    assert (await late).status_code == 503
    release.set()
    await asyncio.gather(*running)
