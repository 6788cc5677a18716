"""Who may see the status, and what they get."""

import httpx
import pytest

pytestmark = pytest.mark.anyio

MAY = {"authorization": "Bearer may"}
DATA = ["/status.json", "/status/operations/1.json"]


async def test_the_status_is_told_with_the_last_operations(client: httpx.AsyncClient, notes) -> None:
    notes("UPSTREAM", "CACHE")

    answer = await client.get("/status.json", headers=MAY)

    assert answer.status_code == 200
    told = answer.json()
    assert told.pop("at") > 1_700_000_000
    operation = {
        "id": "1",
        "at": 1_800_000_000.0,
        "requestId": "r-1",
        "kind": "query",
        "name": "Members",
        "caller": "api_key:one",
        "verdict": "OK",
        "codes": {},
        "durationMs": 12.5,
        "estimatedCost": 30.0,
        "actualCost": 12.0,
        "calls": 2,
    }
    assert told == {
        "gateway": {
            "version": "1.2.3",
            "profile": "production",
            "started": 1.0,
            "uptimeSeconds": 2.0,
            "operationsInFlight": 0,
            "draining": False,
        },
        "upstreams": [],
        "cache": None,
        "calls": {"UPSTREAM": 1, "CACHE": 1, "COLLAPSED": 0, "STALE": 0, "REFUSED": 0},
        "operations": [operation],
        "slowest": [operation],
    }


async def test_an_operation_leads_to_its_trace(client: httpx.AsyncClient, notes) -> None:
    notes("CACHE")

    answer = await client.get("/status/operations/1.json", headers=MAY)

    assert answer.json() == {
        "durationMs": 12.5,
        "upstreamCalls": 0,
        "waves": 1,
        "calls": [{"upstream": "LOSANT", "operation": "call 0", "source": "CACHE"}],
    }


@pytest.mark.parametrize("id_", ["2", "0", "-1", "01", "x", "9" * 5000, "%00", "%F0%9F%98%80"])
async def test_an_operation_that_is_not_kept_is_not_found(client: httpx.AsyncClient, notes, id_: str) -> None:
    notes()

    assert (await client.get(f"/status/operations/{id_}.json", headers=MAY)).status_code == 404


@pytest.mark.parametrize("path", DATA)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer unknown"}, 401),
        ({"authorization": "Bearer may-not"}, 403),
        ([("authorization", "Bearer may"), ("authorization", "Bearer may")], 403),
    ],
)
async def test_no_one_else_learns_anything(client: httpx.AsyncClient, notes, path: str, headers, status: int) -> None:
    notes()

    answer = await client.get(path, headers=headers)

    assert answer.status_code == status
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert list(answer.json()) == ["message"]


@pytest.mark.parametrize("path", DATA)
@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://app.example"}],
)
async def test_pages_of_other_origins_are_refused_whoever_asks(
    client: httpx.AsyncClient, notes, path: str, headers
) -> None:
    notes()

    assert (await client.get(path, headers={**MAY, **headers})).status_code == 403


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {}])
async def test_the_gateways_own_page_and_other_clients_are_let_in(client: httpx.AsyncClient, headers) -> None:
    assert (await client.get("/status.json", headers={**MAY, **headers})).status_code == 200


@pytest.mark.parametrize("path", DATA)
async def test_data_is_never_stored_and_no_page_can_frame_or_run_it(client: httpx.AsyncClient, notes, path) -> None:
    notes()
    for headers in ({}, MAY):
        answer = await client.get(path, headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_only_reading_is_offered(client: httpx.AsyncClient) -> None:
    for path in ("/status", "/status.json", "/status/status.js", "/status/operations/1.json"):
        assert (await client.post(path, headers=MAY)).status_code == 405
