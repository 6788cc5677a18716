"""Usage, activities, roles, keys, infrastructure and metrics of the stand-in of ClickHouse Cloud."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateway.sandbox.clickhouse import stand_in
from gateway.sandbox.clock import Clock
from gateway.sandbox.stand_in import application
from gateway.sandbox.store import Store
from gateway.sandbox.world.clickhouse import ACME_KEY, ALICE, BACKUP_OPERATOR, BO, CI_KEY
from gateway.sandbox.world.links import ACME_CLICKHOUSE

pytestmark = pytest.mark.anyio

ACME = f"/v1/organizations/{ACME_CLICKHOUSE}"
PAIR = ("CH_KEY_ID", "CH_KEY_SECRET")
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
ADMIN, MEMBER = "0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e01", "0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e02"


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    store, clock = Store(), Clock(NOW)
    transport = httpx.ASGITransport(application(stand_in(store, clock), store, clock))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://ch{ACME}/", auth=PAIR) as client:
        yield client


async def read(api: httpx.AsyncClient, path: str, **query: str) -> Any:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


async def usage(api: httpx.AsyncClient, start: date, end: date, **more: str) -> Any:
    return await read(api, "usageCost", from_date=f"{start}", to_date=f"{end}", **more)


async def test_a_day_costs_the_same_in_every_period(api: httpx.AsyncClient) -> None:
    today = NOW.date()
    whole = await usage(api, today - timedelta(days=30), today)
    day = today - timedelta(days=9)
    alone = await usage(api, day, day)
    assert alone["costs"] == [row for row in whole["costs"] if row["date"] == f"{day}"]
    assert {row["entityType"] for row in whole["costs"]} == {"datawarehouse", "service", "clickpipe"}
    assert len({row["date"] for row in whole["costs"]}) == 31


async def test_rows_add_up_and_only_the_last_days_are_open(api: httpx.AsyncClient) -> None:
    today = NOW.date()
    whole = await usage(api, today - timedelta(days=30), today)
    for row in whole["costs"]:
        assert row["totalCHC"] == round(sum(row["metrics"].values()), 2)
    assert whole["grandTotalCHC"] == round(sum(row["totalCHC"] for row in whole["costs"]), 2)
    unlocked = {row["date"] for row in whole["costs"] if not row["locked"]}
    assert unlocked == {f"{today - timedelta(days=number)}" for number in range(4)}


async def test_no_day_to_come_and_no_day_before_the_first_costs_anything(api: httpx.AsyncClient) -> None:
    nothing = {"grandTotalCHC": 0, "costs": []}
    assert await usage(api, date(2025, 1, 1), date(2025, 1, 31)) == nothing
    assert await usage(api, NOW.date() + timedelta(days=1), NOW.date() + timedelta(days=20)) == nothing


async def test_usage_is_filtered_by_tags_together(api: httpx.AsyncClient) -> None:
    today = NOW.date()
    query = [("from_date", f"{today}"), ("to_date", f"{today}"), ("filter", "tag:env=prod"), ("filter", "tag:team")]
    rows = (await api.get("usageCost", params=query)).json()["result"]["costs"]
    assert {row["entityName"] for row in rows} == {"prod-warehouse", "prod-eu", "orders-pipe"}
    assert (await usage(api, today, today, filter="tag:env=none"))["costs"] == []


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"from_date": "2025-01-01T00:00:00Z", "to_date": "2025-01-31T23:59:59Z"}, "2025-01-01T00:00:00Z"),
        ({"from_date": "2025-02-30", "to_date": "2025-03-01"}, "2025-02-30"),
        ({"from_date": "2025-01-02", "to_date": "2025-01-01"}, "from_date is after to_date"),
        ({"from_date": "2025-01-01", "to_date": "2025-02-01"}, "the period must be at most 31 days"),
        ({"from_date": "2025-01-01"}, "from_date and to_date are required"),
        ({"from_date": "2025-01-01", "to_date": "2025-01-01", "filter": "env"}, "Invalid filter env"),
    ],
)
async def test_a_wrong_usage_period_is_refused(api: httpx.AsyncClient, query: dict[str, str], sentence: str) -> None:
    refused = await api.get("usageCost", params=query)
    assert (refused.status_code, refused.json()["error"]) == (400, f"BAD_REQUEST: {sentence}")


async def test_activities_come_newest_first_and_reach_back_ninety_days(api: httpx.AsyncClient) -> None:
    entries = await read(api, "activities")
    times = [entry["createdAt"] for entry in entries]
    assert times == sorted(times, reverse=True)
    month = await read(api, "activities", from_date=f"{(NOW - timedelta(days=30)).date()}")
    assert 60 < len(month) < 120
    assert all(("actorIpAddress" in entry) == (entry["actorType"] in {"user", "api"}) for entry in entries)


async def test_a_bare_date_covers_its_day_and_a_date_time_is_exact(api: httpx.AsyncClient) -> None:
    tenth = await read(api, "activities", from_date="2025-06-10", to_date="2025-06-10")
    assert [entry["createdAt"] for entry in tenth] == ["2025-06-10T11:02:45Z", "2025-06-10T03:00:02Z"]
    exact = await read(api, "activities", from_date="2025-06-10T03:00:02Z", to_date="2025-06-10T11:02:44Z")
    assert [entry["createdAt"] for entry in exact] == ["2025-06-10T03:00:02Z"]
    shifted = await read(api, "activities", from_date="2025-06-10T05:00:00+02:00", to_date="2025-06-10T05:00:10+02:00")
    assert shifted == exact
    assert await read(api, "activities", to_date="9999-12-31") == await read(api, "activities")


@pytest.mark.parametrize(
    "query",
    [
        {"from_date": "2025-06-11", "to_date": "2025-06-10"},
        {"to_date": "yesterday"},
        {"from_date": "0001-01-01T00:00:00+14:00"},
    ],
)
async def test_a_wrong_range_of_activities_is_refused(api: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await api.get("activities", params=query)).status_code == 400


async def test_short_and_unknown_activity_ids_are_told_apart(api: httpx.AsyncClient) -> None:
    short, unknown = await api.get("activities/bogus-id"), await api.get("activities/act_00000000000000000000")
    assert (short.status_code, short.json()["error"]) == (400, "BAD_REQUEST length is too small: 8 < 20")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "NOT_FOUND: act_00000000000000000000")


async def test_members_hold_none_one_or_several_roles(api: httpx.AsyncClient) -> None:
    members = await read(api, "members")
    counts = {len(member["assignedRoles"]) if "assignedRoles" in member else None for member in members}
    assert counts == {None, 0, 1, 2, 3}
    kinds = {role["roleType"] for member in members for role in member.get("assignedRoles", [])}
    assert kinds == {"system", "custom"}
    assert {"alice@acme.example", "bo@acme.example"} <= {member["email"] for member in members}


async def test_a_roles_actors_are_those_who_hold_it(api: httpx.AsyncClient) -> None:
    policy = {"permissions": ["control-plane:organization:view"], "resources": [f"organization/{ACME_CLICKHOUSE}"]}
    body = {"name": "Auditor", "actors": [f"user/{BO}", f"apiKey/{CI_KEY}"], "policies": [policy]}
    role = (await api.post("roles", json=body)).json()["result"]
    assert role["actors"] == body["actors"]
    assert role["policies"][0]["roleId"] == role["id"]
    held = (await read(api, f"members/{BO}"))["assignedRoles"]
    assert "Auditor" in {entry["roleName"] for entry in held}
    renamed = (await api.patch(f"roles/{role['id']}", json={"name": "Inspector", "actors": [f"user/{ALICE}"]})).json()
    assert (renamed["result"]["name"], renamed["result"]["actors"]) == ("Inspector", [f"user/{ALICE}"])
    await api.delete(f"roles/{role['id']}")
    assert (await api.get(f"roles/{role['id']}")).json()["error"] == f"NOT_FOUND: {role['id']}"
    assert role["id"] not in {entry["roleId"] for entry in (await read(api, f"members/{ALICE}"))["assignedRoles"]}


@pytest.mark.parametrize(
    "body",
    [
        {"actors": []},
        {"name": "Admin"},
        {"name": "x", "actors": ["user/nobody"]},
        {"name": "x", "policies": [{"resources": ["organization/*"]}]},
        {"name": "x", "policies": [{"resources": ["instance/*", f"organization/{ACME_CLICKHOUSE}"]}]},
        {"name": "x", "policies": [{"resources": ["instance/*"], "allowDeny": "PERHAPS"}]},
    ],
)
async def test_a_wrong_role_is_refused(api: httpx.AsyncClient, body: dict[str, Any]) -> None:
    before = await read(api, "roles")
    assert (await api.post("roles", json=body)).status_code == 400
    assert await read(api, "roles") == before


async def test_system_roles_cannot_be_changed(api: httpx.AsyncClient) -> None:
    assert (await api.patch(f"roles/{ADMIN}", json={"name": "Root"})).status_code == 400
    assert (await api.delete(f"roles/{ADMIN}")).status_code == 400
    assert (await read(api, f"roles/{ADMIN}"))["name"] == "Admin"


async def test_the_secret_of_a_key_is_told_once_and_an_empty_list_lets_nobody_in(api: httpx.AsyncClient) -> None:
    made = (await api.post("keys", json={"name": "spare", "assignedRoleIds": [MEMBER]})).json()["result"]
    pair = (made["keyId"], made["keySecret"])
    assert "usedAt" not in made["key"]
    assert (await api.get("quotas", auth=pair)).status_code == 403
    here = {"ipAccessList": [{"source": "127.0.0.1", "description": "here"}]}
    await api.patch(f"keys/{made['key']['id']}", json=here)
    assert (await api.get("quotas", auth=pair)).status_code == 200
    key = await read(api, f"keys/{made['key']['id']}")
    assert (key["usedAt"], key["keySuffix"]) == ("2026-11-20T12:30:00Z", made["keyId"][-4:])
    assert "keySecret" not in key
    newest = (await read(api, "activities"))[0]
    assert (newest["keyUpdateType"], newest["targetKeyId"]) == ("ip-access-list-changed", key["id"])


async def test_a_deleted_or_disabled_key_opens_nothing_and_the_one_in_use_stays(api: httpx.AsyncClient) -> None:
    anywhere = [{"source": "0.0.0.0/0"}]
    made = (await api.post("keys", json={"name": "a", "ipAccessList": anywhere})).json()["result"]
    path, pair = f"keys/{made['key']['id']}", (made["keyId"], made["keySecret"])
    await api.patch(path, json={"state": "disabled"})
    assert (await api.get("quotas", auth=pair)).status_code == 401
    await api.patch(path, json={"state": "enabled", "expireAt": "2026-11-20T12:29:59Z"})
    assert (await api.get("quotas", auth=pair)).status_code == 401
    assert (await api.delete(path)).status_code == 200
    assert (await api.get(path)).status_code == 404
    assert (await api.delete(f"keys/{ACME_KEY}")).status_code == 400


async def test_own_infrastructure_is_made_renamed_and_terminated(api: httpx.AsyncClient) -> None:
    body = {
        "regionId": "us-central1",
        "accountId": "123456789012",
        "availabilityZoneSuffixes": ["a", "b"],
        "vpcCidrRange": "10.20.0.0/16",
    }
    made = (await api.post("byocInfrastructure", json=body)).json()["result"]
    expected = {"state": "infra-provisioning", "accountName": "acme-byoc-prod", "cloudProvider": "gcp"}
    assert expected.items() <= made.items()
    path = f"byocInfrastructure/{made['id']}"
    assert (await api.patch(path, json={"displayName": "US"})).json()["result"] == {**made, "displayName": "US"}
    assert "result" not in (await api.delete(path)).json()
    assert [entry["state"] for entry in (await read(api, f"http://ch{ACME}"))["byocConfig"]] == [
        "infra-ready",
        "infra-terminated",
    ]
    assert (await api.delete(path)).status_code == 404
    for wrong in ({"regionId": "moon-1"}, {"availabilityZoneSuffixes": ["z"]}, {"vpcCidrRange": "10.0.0.1/8"}):
        assert (await api.post("byocInfrastructure", json={**body, **wrong})).status_code == 400


async def test_an_endpoint_service_needs_an_instance_in_the_region(api: httpx.AsyncClient) -> None:
    found = await read(api, "privateEndpointConfig", cloud_provider="aws", region_id="us-east-1")
    assert found["endpointServiceId"].startswith("com.amazonaws.vpce.us-east-1.")
    refused = await api.get("privateEndpointConfig", params={"cloud_provider": "gcp", "region_id": "us-east1"})
    assert refused.status_code == 400
    assert "no created instances" in refused.json()["error"]


async def test_metrics_are_text_and_fewer_when_filtered(api: httpx.AsyncClient) -> None:
    whole, filtered = await api.get("prometheus"), await api.get("prometheus", params={"filtered_metrics": "true"})
    assert whole.headers["content-type"].startswith("text/plain")
    assert 0 < len(filtered.text) < len(whole.text)
    assert whole.text.startswith(filtered.text)


async def test_custom_roles_grant_what_their_policies_allow(api: httpx.AsyncClient) -> None:
    allowed = {"assignedRoleIds": [BACKUP_OPERATOR], "ipAccessList": [{"source": "127.0.0.1"}]}
    made = (await api.post("keys", json={"name": "backups", **allowed})).json()["result"]
    pair = (made["keyId"], made["keySecret"])
    assert (await api.get("members", auth=pair)).status_code == 403
    view = {"permissions": ["control-plane:organization:view"], "resources": [f"organization/{ACME_CLICKHOUSE}"]}
    await api.patch(f"roles/{BACKUP_OPERATOR}", json={"policies": [view]})
    assert (await api.get("members", auth=pair)).status_code == 200
