"""Access log, children's audit, events and errors of the stand-in of Locktera."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx
import pytest
from starlette.applications import Starlette

from gateway.sandbox.locktera import stand_in
from gateway.sandbox.world import people
from gateway.sandbox.world.links import ACME_LOCKTERA, HOLLOW_LOCKTERA, MEGACORP_LOCKTERA

pytestmark = pytest.mark.anyio

LOGS = ("access_log", "children_audit", "events", "errors")


class Settable(Protocol):
    """A clock whose time a test sets."""

    at: datetime


@pytest.fixture
def api(serve: Callable[..., Starlette]) -> httpx.AsyncClient:
    headers = {"Authorization": "Bearer LOCKTERA_API_KEY"}
    base = f"http://lk/v1/orgs/{ACME_LOCKTERA}/"
    return httpx.AsyncClient(transport=httpx.ASGITransport(serve(stand_in)), base_url=base, headers=headers)


async def read(api: httpx.AsyncClient, path: str, **query: str) -> Any:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def times(entries: list[dict[str, Any]]) -> list[str]:
    return [entry.get("timestamp") or entry["created_date"] for entry in entries]


async def test_the_access_log_reaches_back_ninety_days_in_both_dialects(
    api: httpx.AsyncClient, clock: Settable
) -> None:
    entries = await read(api, "access_log")
    oldest = datetime.fromisoformat(times(entries)[-1])
    assert len(entries) == 200
    assert timedelta(days=89) < clock.at - oldest <= timedelta(days=90)
    assert {"LOGIN", "login", "LOGOUT", "logout", "DATA_VIEW", "data_view"} == {entry["action"] for entry in entries}
    assert {entry["status"] for entry in entries} == {"SUCCESS", "FAILURE"}
    assert {entry["user"] for entry in entries} <= {person.email for person in people.ACME}
    assert 0 < sum("ip" in entry for entry in entries) < len(entries)


@pytest.mark.parametrize("log", LOGS)
async def test_a_log_comes_newest_first_and_is_empty_where_nothing_was(api: httpx.AsyncClient, log: str) -> None:
    found = times(await read(api, log))
    assert found == sorted(found, reverse=True)
    assert len(found) >= 5
    assert await read(api, f"http://lk/v1/orgs/{HOLLOW_LOCKTERA}/{log}") == []


@pytest.mark.parametrize("log", LOGS)
async def test_pages_and_ranges_cut_a_log_without_losing_an_entry(api: httpx.AsyncClient, log: str) -> None:
    whole = await read(api, log)
    paged = [entry for page in range(1, 4) for entry in await read(api, log, page=f"{page}", limit="2")]
    assert paged == whole[:6]
    assert await read(api, log, page="999", limit="2") == []
    end, start = times(whole)[1], times(whole)[3]
    assert await read(api, log, start=start, end=end) == whole[1:4]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"page": "0"}, "page"),
        ({"limit": "many"}, "limit"),
        ({"start": "yesterday"}, "start"),
        ({"start": "2025-06-02T00:00:00Z", "end": "2025-06-01T00:00:00Z"}, "start"),
    ],
)
async def test_a_wrong_page_or_range_is_refused_with_its_field(
    api: httpx.AsyncClient, query: dict[str, str], field: str
) -> None:
    refused = await api.get("access_log", params=query)
    assert (refused.status_code, list(refused.json()["fields"])) == (400, [field])


async def test_the_last_thirty_days_have_entries_of_every_log(api: httpx.AsyncClient, clock: Settable) -> None:
    start = (clock.at - timedelta(days=30)).isoformat()
    for log, least in (("access_log", 50), ("children_audit", 15), ("events", 10), ("errors", 1)):
        assert len(await read(api, log, start=start)) >= least


async def test_changes_of_children_say_what_was_and_what_became(api: httpx.AsyncClient) -> None:
    entries = await read(api, "children_audit")
    assert len(entries) == 60
    for entry in entries:
        assert (entry["old_data"] is None) == (entry["action"] == "insert")
        assert (entry["new_data"] is None) == (entry["action"] == "delete")
        assert entry["address_id"] is None
    assert {entry["action"] for entry in entries} == {"insert", "update", "delete"}


async def test_unpublished_actions_and_missing_members_occur(api: httpx.AsyncClient) -> None:
    entries = await read(api, f"http://lk/v1/orgs/{MEGACORP_LOCKTERA}/access_log")
    assert {"teleport", "MFA_CHALLENGE"} <= {entry["action"] for entry in entries}
    assert all(set(entry) == {"timestamp", "action"} for entry in entries)


async def test_by_the_openapi_file_the_access_log_is_one_entry_with_ids_and_lower_case(api: httpx.AsyncClient) -> None:
    newest = (await read(api, "access_log"))[0]
    await api.put("http://lk/__sandbox/switches", json={"shape_spec": True})
    entry = await read(api, "access_log")
    assert (entry["timestamp"], entry["action"]) == (newest["timestamp"], newest["action"].lower())
    assert "@" not in entry["user"]
    assert "status" not in entry


async def test_an_error_that_is_reported_is_listed_first(api: httpx.AsyncClient) -> None:
    made = await api.post("errors", json={"message": "Disk full", "code": 7})
    assert made.status_code == 201
    assert (await read(api, "errors"))[0] == made.json()
    assert (await api.post("errors", json={"code": 7})).status_code == 400
