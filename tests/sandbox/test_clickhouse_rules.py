"""Who is let in, what is refused and in which words, and what a change leaves behind."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from dirty_equals import IsUUID
from starlette.applications import Starlette

from gateway.sandbox.clickhouse import stand_in
from gateway.sandbox.clock import Clock
from gateway.sandbox.stand_in import application
from gateway.sandbox.store import Store
from gateway.sandbox.world.clickhouse import BO, CARLAS_INVITATION, CI_PAIR, DISABLED_PAIR, READER_PAIR
from gateway.sandbox.world.links import (
    ACME_CLICKHOUSE,
    CREDENTIALS,
    HOLLOW_CLICKHOUSE,
    MEGACORP_CLICKHOUSE,
    TAILSPIN_CLICKHOUSE,
)

pytestmark = pytest.mark.anyio

ACME = f"/v1/organizations/{ACME_CLICKHOUSE}"
PAIRS = {key.organization: (key.key_id, key.key_secret) for key in CREDENTIALS.clickhouse}
ADMIN = "0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e01"
UNKNOWN = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def app() -> Starlette:
    store, clock = Store(), Clock(datetime(2026, 11, 20, 12, 30, tzinfo=UTC))
    return application(stand_in(store, clock), store, clock)


@pytest.fixture
async def api(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ch", auth=PAIRS[ACME_CLICKHOUSE]) as client:
        yield client


async def switch(api: httpx.AsyncClient, name: str, *, on: bool) -> None:
    assert (await api.put("/__sandbox/switches", json={name: on})).status_code == 200


async def kinds(api: httpx.AsyncClient) -> list[str]:
    return [entry["type"] for entry in (await api.get(f"{ACME}/activities")).json()["result"]]


async def test_every_answer_has_the_envelope(api: httpx.AsyncClient) -> None:
    answer = (await api.get(ACME)).json()
    assert list(answer) == ["result", "requestId", "status"]
    assert (answer["requestId"], answer["status"]) == (IsUUID(4), 200)
    deleted = await api.delete(f"{ACME}/invitations/{CARLAS_INVITATION}")
    assert (deleted.status_code, deleted.json()) == (200, {"requestId": IsUUID(4), "status": 200})
    refused = await api.get("/v1/nothing")
    assert (refused.status_code, refused.json()) == (404, {"status": 404, "error": "NOT_FOUND", "requestId": IsUUID(4)})


@pytest.mark.parametrize("organization", PAIRS)
async def test_a_key_lists_its_own_organization_alone(api: httpx.AsyncClient, organization: str) -> None:
    listed = (await api.get("/v1/organizations", auth=PAIRS[organization])).json()["result"]
    assert [entry["id"] for entry in listed] == [organization]
    for other in PAIRS:
        status = (await api.get(f"/v1/organizations/{other}", auth=PAIRS[organization])).status_code
        assert status == (200 if other == organization else 404)


@pytest.mark.parametrize("auth", [("nope", "nope"), ("CH_KEY_ID", "nope"), DISABLED_PAIR])
async def test_a_wrong_or_disabled_key_is_not_found(api: httpx.AsyncClient, auth: tuple[str, str]) -> None:
    refused = await api.get("/v1/organizations", auth=auth)
    assert (refused.status_code, refused.json()["error"]) == (401, "UNAUTHORIZED: Key is not found")


@pytest.mark.parametrize("header", ["Bearer token", "Basic ***", "Basic /w==", ""])
async def test_another_authorization_is_refused(api: httpx.AsyncClient, header: str) -> None:
    request = httpx.Request("GET", "http://ch/v1/organizations", headers={"Authorization": header})
    assert (await api.send(request, auth=None)).status_code == 401


async def test_a_key_outside_its_addresses_is_forbidden(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/organizations", auth=CI_PAIR)).status_code == 403


async def test_a_reader_reads_but_does_not_manage(api: httpx.AsyncClient) -> None:
    assert (await api.get(f"{ACME}/members", auth=READER_PAIR)).status_code == 200
    for method, path in (("PATCH", ACME), ("GET", f"{ACME}/roles"), ("DELETE", f"{ACME}/members/{BO}")):
        refused = await api.request(method, path, auth=READER_PAIR)
        assert (refused.status_code, refused.json()["error"]) == (403, "FORBIDDEN: insufficient permissions")


@pytest.mark.parametrize("organization", ["not-a-uuid", "00000000-0000-0000-0000-000000000000"])
async def test_an_id_that_is_no_uuid_v4_is_invalid(api: httpx.AsyncClient, organization: str) -> None:
    refused = await api.get(f"/v1/organizations/{organization}/members")
    expected = f"BAD_REQUEST: Invalid organization id <string:{organization}>"
    assert (refused.status_code, refused.json()["error"]) == (400, expected)


async def test_a_foreign_organization_is_not_found_or_by_the_switch_invalid(api: httpx.AsyncClient) -> None:
    path = f"/v1/organizations/{MEGACORP_CLICKHOUSE}"
    assert (await api.get(path)).json()["error"] == "NOT_FOUND"
    await switch(api, "foreign_id_400", on=True)
    refused = await api.get(path)
    expected = f"BAD_REQUEST: Invalid organization id <string:{MEGACORP_CLICKHOUSE}>"
    assert (refused.status_code, refused.json()["error"]) == (400, expected)


@pytest.mark.parametrize("thing", ["members", "invitations", "roles", "keys", "quotas", "byocInfrastructure"])
async def test_an_unknown_part_is_not_found_by_its_id(api: httpx.AsyncClient, thing: str) -> None:
    method, body = ("PATCH", {"displayName": "x"}) if thing == "byocInfrastructure" else ("GET", None)
    refused = await api.request(method, f"{ACME}/{thing}/{UNKNOWN}", json=body)
    assert (refused.status_code, refused.json()["error"]) == (404, f"NOT_FOUND: {UNKNOWN}")


async def test_a_patch_removes_endpoints_before_it_adds_and_leaves_the_rest(api: httpx.AsyncClient) -> None:
    old = {"id": "vpce-0a1b2c3d4e5f67890", "cloudProvider": "aws", "region": "us-east-1"}
    added = {**old, "description": "again"}
    change = {"privateEndpoints": {"add": [added], "remove": [old]}}
    organization = (await api.patch(ACME, json=change)).json()["result"]
    assert organization["privateEndpoints"] == [added]
    assert (organization["name"], organization["enableCoreDumps"]) == ("Acme Analytics", True)
    assert organization == (await api.get(ACME)).json()["result"]


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": 7},
        {"enableCoreDumps": "yes"},
        {"privateEndpoints": []},
        {"privateEndpoints": {"add": [{"id": "a", "cloudProvider": "moon", "region": "r"}]}},
        [],
    ],
)
async def test_a_patch_with_a_wrong_value_changes_nothing(api: httpx.AsyncClient, body: object) -> None:
    before = (await api.get(ACME)).json()["result"]
    refused = await api.patch(ACME, json=body)
    assert (refused.status_code, refused.json()["error"].partition(":")[0]) == (400, "BAD_REQUEST")
    assert (await api.get(ACME)).json()["result"] == before


async def test_every_change_leaves_an_activity(api: httpx.AsyncClient) -> None:
    before = len(await kinds(api))
    await api.patch(ACME, json={"name": "New"})
    await api.post(f"{ACME}/invitations", json={"email": "x@acme.example"})
    await api.delete(f"{ACME}/invitations/{CARLAS_INVITATION}")
    await api.patch(f"{ACME}/members/{BO}", json={"assignedRoleIds": []})
    await api.delete(f"{ACME}/members/{BO}")
    after = await kinds(api)
    assert after[: len(after) - before] == [
        "organization_member_delete",
        "organization_member_update_roles",
        "organization_invite_delete",
        "organization_invite_create",
        "organization_update_name",
    ]


async def test_a_members_patch_answers_the_old_roles_unless_switched_off(api: httpx.AsyncClient) -> None:
    member = f"{ACME}/members/{BO}"
    before = (await api.get(member)).json()["result"]
    assert (await api.patch(member, json={"assignedRoleIds": [ADMIN]})).json()["result"] == before
    changed = (await api.get(member)).json()["result"]
    assert [role["roleId"] for role in changed["assignedRoles"]] == [ADMIN]
    await switch(api, "stale_member_patch", on=False)
    assert (await api.patch(member, json={"assignedRoleIds": []})).json()["result"]["assignedRoles"] == []


async def test_the_legacy_role_is_refused_where_roles_are_custom_and_taken_elsewhere(api: httpx.AsyncClient) -> None:
    refused = await api.patch(f"{ACME}/members/{BO}", json={"role": "admin"})
    sentence = "Organization has migrated to Custom Roles. Use 'assignedRoleIds' instead of 'role'."
    assert (refused.status_code, refused.json()["error"]) == (400, f"BAD_REQUEST: {sentence}")
    auth, members = PAIRS[TAILSPIN_CLICKHOUSE], f"/v1/organizations/{TAILSPIN_CLICKHOUSE}/members"
    member = (await api.get(members, auth=auth)).json()["result"][1]
    assert "assignedRoles" not in member
    await api.patch(f"{members}/{member['userId']}", json={"role": "admin"}, auth=auth)
    assert (await api.get(f"{members}/{member['userId']}", auth=auth)).json()["result"]["role"] == "admin"


async def test_invitations_are_pending_for_seven_days_in_lower_case(api: httpx.AsyncClient) -> None:
    made = (await api.post(f"{ACME}/invitations", json={"email": "Zed@ACME.example"})).json()["result"]
    assert made["email"] == "zed@acme.example"
    assert (made["createdAt"], made["expireAt"]) == ("2026-11-20T12:30:00Z", "2026-11-27T12:30:00Z")
    expiries = [entry["expireAt"] for entry in (await api.get(f"{ACME}/invitations")).json()["result"]]
    assert min(expiries) < "2026-11-20T12:30:00Z" < max(expiries)
    for body in ({}, {"email": ""}, {"email": "nobody"}, {"email": "a@b.example", "assignedRoleIds": [UNKNOWN]}):
        assert (await api.post(f"{ACME}/invitations", json=body)).status_code == 400


async def test_an_organization_may_have_nothing(api: httpx.AsyncClient) -> None:
    auth, path = PAIRS[HOLLOW_CLICKHOUSE], f"/v1/organizations/{HOLLOW_CLICKHOUSE}"
    assert sorted((await api.get(path, auth=auth)).json()["result"]) == ["createdAt", "id", "name"]
    for part in ("members", "invitations", "quotas", "roles", "activities"):
        assert (await api.get(f"{path}/{part}", auth=auth)).json()["result"] == []
    assert (await api.get(f"{path}/prometheus", auth=auth)).text == ""


async def test_the_eleventh_call_in_ten_seconds_is_too_many_while_switched_on(api: httpx.AsyncClient) -> None:
    for _ in range(12):
        assert (await api.get("/v1/organizations")).status_code == 200
    await switch(api, "rate_limit", on=True)
    answers = [await api.get("/v1/organizations") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert (float(answers[-1].headers["X-RateLimit-Reset"]), answers[-1].json()["error"]) == (10.0, "TOO_MANY_REQUESTS")
    assert (await api.get("/v1/organizations", auth=READER_PAIR)).status_code == 200


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b'{"name": "\\ud800"}', b'{"x": NaN}', b"\xff", b"[" * 100_000])
async def test_a_body_that_cannot_be_kept_is_refused(api: httpx.AsyncClient, raw: bytes) -> None:
    refused = await api.patch(ACME, content=raw)
    assert (refused.status_code, refused.json()["status"]) == (400, 400)
