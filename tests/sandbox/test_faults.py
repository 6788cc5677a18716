"""Faults, the record of requests, switches and reset: over a real socket, and in the same process."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from gateway.sandbox.faults import Fault
from gateway.sandbox.nks import stand_in

pytestmark = pytest.mark.anyio

TOKEN = {"Authorization": "Bearer NKS_API_TOKEN"}


@pytest.fixture
def app(serve: Callable[..., Starlette]) -> Starlette:
    return serve(stand_in)


@pytest.fixture
async def socket(app: Starlette, listen: Callable[[Starlette], Awaitable[str]]) -> AsyncIterator[httpx.AsyncClient]:
    """A client that reaches the stand-in over a socket."""
    async with httpx.AsyncClient(base_url=await listen(app), headers=TOKEN) as client:
        yield client


async def strike(client: httpx.AsyncClient, **fault: Any) -> None:
    response = await client.post("/__sandbox/faults", json=fault)
    assert response.status_code == 201, response.text


async def test_a_reset_breaks_the_connection(socket: httpx.AsyncClient) -> None:
    await strike(socket, fault="reset", times=1)

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await socket.get("/orgs")
    assert (await socket.get("/orgs")).status_code == 200


async def test_a_cut_answer_announces_more_than_it_gives(socket: httpx.AsyncClient) -> None:
    await strike(socket, fault="cut", times=1)

    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        await socket.get("/orgs")
    assert (await socket.get("/orgs")).status_code == 200


async def test_a_cut_write_has_taken_effect_and_a_reset_one_has_not(socket: httpx.AsyncClient) -> None:
    for fault, name in (("cut", "Cut Off"), ("reset", "Reset")):
        await strike(socket, fault=fault, method="POST", times=1)
        with pytest.raises(httpx.TransportError):
            await socket.post("/orgs", json={"name": name})

    names = [org["name"] for org in (await socket.get("/orgs")).json()]
    assert "Cut Off" in names
    assert "Reset" not in names


async def test_a_hanging_request_gets_no_answer(socket: httpx.AsyncClient) -> None:
    await strike(socket, fault="hang", times=1)

    with pytest.raises(httpx.ReadTimeout):
        await socket.get("/orgs", timeout=0.1)
    assert (await socket.get("/orgs")).status_code == 200


async def test_garbage_is_a_200_that_is_no_json(socket: httpx.AsyncClient) -> None:
    await strike(socket, fault="garbage")

    response = await socket.get("/orgs")

    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting value|codec can't decode"):
        response.json()


async def test_a_status_comes_in_the_vendors_shape_with_the_headers_asked_for(socket: httpx.AsyncClient) -> None:
    await strike(socket, fault="status", status=503, headers={"Retry-After": "1"})

    response = await socket.get("/orgs")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert response.json() == {"detail": "Service temporarily unavailable, try again later."}


async def test_latency_delays_an_answer_and_goes_with_another_fault(socket: httpx.AsyncClient) -> None:
    await strike(socket, fault="latency", seconds=0.1)
    await strike(socket, fault="status", status=500)

    started = time.perf_counter()
    response = await socket.get("/orgs")

    assert time.perf_counter() - started >= 0.1
    assert response.status_code == 500


async def test_a_fault_strikes_only_its_path_and_method_as_often_as_it_says(socket: httpx.AsyncClient) -> None:
    await strike(socket, fault="status", status=500, path="/orgs/*/members", method="get", times=2)

    statuses = [(await socket.get(path)).status_code for path in ("/orgs", *["/orgs/2/members"] * 3)]

    assert statuses == [200, 500, 500, 200]
    (listed,) = (await socket.get("/__sandbox/faults")).json()
    assert listed["struck"] == 2
    assert listed["method"] == "GET"
    await socket.delete("/__sandbox/faults")
    assert (await socket.get("/__sandbox/faults")).json() == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "'fault'"),
        ({"fault": "explode"}, "'fault'"),
        ({"fault": "latency", "seconds": -1}, "'seconds'"),
        ({"fault": "latency", "seconds": "1"}, "'seconds'"),
        ({"fault": "status", "status": 99}, "'status'"),
        ({"fault": "reset", "times": 0}, "'times'"),
        ({"fault": "reset", "path": 1}, "'path'"),
        ({"fault": "status", "headers": {"Retry-After": 1}}, "'headers'"),
        ({"fault": "reset", "wait": 1}, "wait"),
        ([], "object"),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused_with_a_sentence(
    nks: httpx.AsyncClient, body: object, word: str
) -> None:
    response = await nks.post("/__sandbox/faults", json=body)

    assert response.status_code == 400
    assert word in response.json()["error"]
    assert (await nks.get("/__sandbox/faults")).json() == []


@pytest.mark.parametrize("fault", ["reset", "cut"])
async def test_without_a_socket_a_broken_connection_is_an_exception(nks: httpx.AsyncClient, fault: str) -> None:
    await strike(nks, fault=fault, times=1)

    with pytest.raises(ConnectionResetError):
        await nks.get("/orgs")
    assert (await nks.get("/orgs")).status_code == 200


async def test_without_a_socket_a_hanging_request_can_be_cancelled(nks: httpx.AsyncClient) -> None:
    await strike(nks, fault="hang", times=1)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(nks.get("/orgs"), 0.05)
    assert (await nks.get("/orgs")).status_code == 200


async def test_requests_are_recorded_in_order_and_control_requests_are_not(nks: httpx.AsyncClient) -> None:
    await strike(nks, fault="status", status=500, times=1)
    await nks.get("/orgs?a=1&b=2")
    await nks.post("/orgs", json={"name": "Edge"})

    seen = (await nks.get("/__sandbox/requests")).json()

    assert [(r["method"], r["path"], r["query"]) for r in seen] == [("GET", "/orgs", "a=1&b=2"), ("POST", "/orgs", "")]
    assert seen[0]["headers"]["authorization"] == "Bearer NKS_API_TOKEN"
    await nks.delete("/__sandbox/requests")
    assert (await nks.get("/__sandbox/requests")).json() == []


async def test_reset_brings_the_made_up_data_back(nks: httpx.AsyncClient) -> None:
    before = (await nks.get("/orgs")).json()
    await nks.post("/orgs", json={"name": "Edge"})

    assert (await nks.post("/__sandbox/reset")).status_code == 204

    assert (await nks.get("/orgs")).json() == before
    assert (await nks.post("/orgs", json={"name": "Edge"})).json()[0]["pk"] == 4212


async def test_only_known_switches_can_be_set_to_booleans(nks: httpx.AsyncClient) -> None:
    assert (await nks.get("/__sandbox/switches")).json() == {"serve_logos": False, "own_limit": False}
    assert (await nks.put("/__sandbox/switches", json={"own_limit": True})).json()["own_limit"] is True

    unknown = await nks.put("/__sandbox/switches", json={"turbo": True})
    wrong = await nks.put("/__sandbox/switches", json={"own_limit": 1})

    assert (unknown.status_code, wrong.status_code) == (400, 400)
    assert "turbo" in unknown.json()["error"]


async def test_a_server_that_closes_ends_its_waits(
    app: Starlette, listen: Callable[[Starlette], Awaitable[str]]
) -> None:
    async with httpx.AsyncClient(base_url=await listen(app), headers=TOKEN) as client:
        await strike(client, fault="hang")
        waiting = asyncio.create_task(client.get("/orgs", timeout=10))
        await asyncio.sleep(0.1)
        assert len(app.state.faults.requests) == 1

        app.state.faults.release()

        with pytest.raises(httpx.TransportError):
            await asyncio.wait_for(waiting, 2)


def test_one_loop_after_another_may_wait_for_a_late_answer(app: Starlette) -> None:
    async def answered() -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://nks", headers=TOKEN) as client:
            return (await client.get("/orgs")).status_code

    app.state.faults.add(Fault("latency", seconds=0.05))

    assert [asyncio.run(answered()), asyncio.run(answered())] == [200, 200]
