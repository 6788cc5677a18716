"""Audit logs: pages, filters, and what changes write."""

from datetime import UTC, datetime

import httpx
import pytest

from gateway.sandbox.world.links import ACME_LOSANT, MEGACORP_LOSANT, NORTHWIND_LOSANT

pytestmark = pytest.mark.anyio

LOGS = f"/orgs/{ACME_LOSANT}/audit-logs"


async def test_logs_reach_back_ninety_days_newest_first(losant: httpx.AsyncClient) -> None:
    pages = [(await losant.get(LOGS, params={"page": page})).json() for page in range(4)]

    dates = [log["creationDate"] for page in pages for log in page["items"]]
    assert dates == sorted(dates, reverse=True)
    assert len(dates) == pages[0]["totalCount"] == 360
    assert dates[-1] < "2025-03-14"
    assert dates[0] > "2025-06-10"


async def test_a_window_bounds_the_logs(losant: httpx.AsyncClient) -> None:
    start = str(int(datetime(2025, 6, 1, tzinfo=UTC).timestamp() * 1000))

    items = (await losant.get(LOGS, params={"start": start, "end": "-86400000"})).json()["items"]

    assert items
    assert all("2025-06-01" <= log["creationDate"] <= "2025-06-10T12:30" for log in items)


async def test_logs_can_be_filtered_by_actor_target_request_and_status(losant: httpx.AsyncClient) -> None:
    async def logs(**query: str) -> list[dict[str, object]]:
        body = (await losant.get(LOGS, params={"perPage": "1000", **query})).json()
        items: list[dict[str, object]] = body["items"]
        assert 0 < len(items) < 360
        return items

    assert {log["actorType"] for log in await logs(**{"auditLogFilter[actor][0][type]": "Flow"})} == {"Flow"}
    devices = await logs(**{"auditLogFilter[secondaryTarget][0][type]": "Device"})
    assert {log["secondaryTargetType"] for log in devices} == {"Device"}
    both = {"auditLogFilter[request][0][resource]": "device", "auditLogFilter[request][0][action]": "patch"}
    assert {(log["requestResource"], log["requestAction"]) for log in await logs(**both)} == {("device", "patch")}
    either = {"auditLogFilter[responseCode][0]": "403", "auditLogFilter[responseCode][1]": "404"}
    assert {log["responseStatus"] for log in await logs(**either)} == {403, 404}
    assert (await losant.get(LOGS, params={"auditLogFilter[actor][0][shoe]": "9"})).status_code == 400


async def test_logs_can_be_sorted(losant: httpx.AsyncClient) -> None:
    query = {"sortField": "responseStatus", "sortDirection": "asc", "perPage": "1000"}

    statuses = [log["responseStatus"] for log in (await losant.get(LOGS, params=query)).json()["items"]]

    assert statuses == sorted(statuses)


async def test_each_change_writes_a_log_that_can_be_read_by_id(losant: httpx.AsyncClient) -> None:
    org = f"/orgs/{NORTHWIND_LOSANT}"
    await losant.patch(org, json={"description": "Colder"})
    await losant.post(f"{org}/invites", json={"email": "erin.moss@northwind.example", "role": "view"})
    await losant.patch(f"{org}/member", json={"userId": "5f3c1b02e4b0c91d2f6a8b12", "role": "edit"})
    await losant.delete(f"{org}/member", params={"userId": "5f3c1b02e4b0c91d2f6a8b12"})
    await losant.patch(f"{org}/member", json={"userId": "5f3c1b02e4b0c91d2f6a8b10", "role": "edit"})

    body = (await losant.get(f"{org}/audit-logs")).json()

    written = [log["requestAction"] for log in body["items"] if log["creationDate"] == "2025-06-11T12:30:00.000Z"]
    assert sorted(written) == ["inviteMember", "modifyMember", "patch", "removeMember"]
    one = body["items"][0]
    assert (await losant.get(f"{org}/audit-logs/{one['id']}")).json() == one
    assert (await losant.get(f"{org}/audit-logs/{'0' * 24}")).status_code == 404


async def test_only_enterprise_organizations_have_logs(losant: httpx.AsyncClient) -> None:
    response = await losant.get(f"/orgs/{MEGACORP_LOSANT}/audit-logs")

    assert response.status_code == 403
