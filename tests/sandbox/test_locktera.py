"""Organizations, customizations, keys and figures of the stand-in of Locktera."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import httpx
import pytest
from dirty_equals import IsUUID
from starlette.applications import Starlette

from gateway.sandbox.locktera import stand_in
from gateway.sandbox.store import Store
from gateway.sandbox.world.links import (
    ACME_LEGAL_LOCKTERA,
    ACME_LOCKTERA,
    HOLLOW_LOCKTERA,
    MEGACORP_LOCKTERA,
    NORTHWIND_LOCKTERA,
)
from gateway.sandbox.world.locktera import ADMINISTRATOR, ELSEWHERE, OUTSIDER, READER, ROOT

pytestmark = pytest.mark.anyio

ACME, LEGAL = f"/v1/orgs/{ACME_LOCKTERA}", f"/v1/orgs/{ACME_LEGAL_LOCKTERA}"
DOCS = {"id", "name", "created_at", "customizations"}


class Settable(Protocol):
    """A clock whose time a test sets."""

    at: datetime


@pytest.fixture
def api(serve: Callable[..., Starlette]) -> httpx.AsyncClient:
    headers = {"Authorization": "Bearer LOCKTERA_API_KEY"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(serve(stand_in)), base_url="http://lk", headers=headers)


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def read(api: httpx.AsyncClient, path: str, **query: str) -> Any:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def switch(api: httpx.AsyncClient, **switches: bool) -> None:
    assert (await api.put("/__sandbox/switches", json=switches)).status_code == 200


async def test_both_prefixes_answer_alike(api: httpx.AsyncClient) -> None:
    assert await read(api, f"/api{ACME}") == await read(api, ACME)
    assert (await api.get(f"/orgs/{ACME_LOCKTERA}")).status_code == 404


@pytest.mark.parametrize("authorization", ["", "Bearer nope", "Basic LOCKTERA_API_KEY", "LOCKTERA_API_KEY"])
async def test_a_call_without_a_known_key_is_refused(api: httpx.AsyncClient, authorization: str) -> None:
    refused = await api.get(ACME, headers={"Authorization": authorization})
    assert (refused.status_code, refused.json()) == (401, {"message": "Missing or invalid API key", "code": 401})


async def test_what_is_outside_the_callers_hierarchy_is_not_found(api: httpx.AsyncClient) -> None:
    expected = {"message": "Organization not found", "code": 404}
    for path, key in (
        (f"/v1/orgs/{ELSEWHERE}", "LOCKTERA_API_KEY"),
        (ACME, OUTSIDER),
        ("/v1/orgs/none", ADMINISTRATOR),
    ):
        refused = await api.get(path, headers=bearing(key))
        assert (refused.status_code, refused.json()) == (404, expected)
    assert (await api.get("/v1/org", headers=bearing(OUTSIDER))).json()["id"] == ELSEWHERE


async def test_a_key_that_may_only_read_changes_nothing(api: httpx.AsyncClient) -> None:
    assert (await api.get(ACME, headers=bearing(READER))).status_code == 200
    for method, path in (("PATCH", ACME), ("DELETE", ACME), ("PUT", f"{ACME}/customizations")):
        refused = await api.request(method, path, json={}, headers=bearing(READER))
        assert (refused.status_code, refused.json()["message"]) == (403, "Insufficient permissions")
    assert (await api.get(ACME)).status_code == 200


async def test_an_organization_has_the_shape_that_is_switched_on(api: httpx.AsyncClient) -> None:
    union = await read(api, LEGAL)
    assert union["name"] == union["org_name"] == "Acme Legal"
    await switch(api, shape_docs=True)
    docs = await read(api, LEGAL)
    await switch(api, shape_docs=False, shape_spec=True)
    spec = await read(api, LEGAL)
    assert set(docs) == DOCS
    assert {**docs, **spec} == union
    assert set(docs) & set(spec) == {"id"}


async def test_the_tree_has_a_root_without_a_parent(api: httpx.AsyncClient) -> None:
    root, acme = await read(api, f"/v1/orgs/{ROOT}"), await read(api, ACME)
    assert "parent_org_id" not in root
    assert (acme["parent_org_id"], acme["root_org_id"], root["root_org_id"]) == (ROOT, ROOT, ROOT)


async def test_optional_members_may_be_missing(api: httpx.AsyncClient) -> None:
    assert await read(api, f"/v1/orgs/{HOLLOW_LOCKTERA}") == {"id": HOLLOW_LOCKTERA}
    assert not {"created_at", "email", "customizations"} & set(await read(api, f"/v1/orgs/{MEGACORP_LOCKTERA}"))


async def test_the_caller_has_an_organization_and_an_address(api: httpx.AsyncClient) -> None:
    assert (await read(api, "/v1/org"))["id"] == ACME_LEGAL_LOCKTERA
    assert (await read(api, "/v1/me"))["email"] == "priya.raman@acme-legal.example"


async def test_a_patch_replaces_what_it_names_and_ignores_what_it_does_not_know(api: httpx.AsyncClient) -> None:
    before = await read(api, ACME)
    change = {"name": "Acme SE", "customizations": {"theme": "dark"}, "unheard_of": 1}
    answered = (await api.patch(ACME, json=change)).json()
    expected = {**before, "name": "Acme SE", "org_name": "Acme SE", "customizations": {"theme": "dark"}}
    assert answered == await read(api, ACME) == expected
    assert (await api.patch(ACME, json={"org_name": "Acme"})).json()["name"] == "Acme"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": 5}, {"name": "must be a string"}),
        ({"name": ""}, {"name": "must not be empty"}),
        ({"customizations": []}, {"customizations": "must be an object"}),
        ({"customizations": {"theme": 1}}, {"theme": "must be a string"}),
        ({"role": "king"}, {"role": "must be one of org, group, org_admin, user_admin, user"}),
        ([], {"body": "must be an object"}),
    ],
)
async def test_a_wrong_type_is_refused_with_its_field(
    api: httpx.AsyncClient, body: object, fields: dict[str, str]
) -> None:
    before = await read(api, ACME)
    refused = await api.patch(ACME, json=body)
    [(name, text)] = fields.items()
    expected = {"message": f"Invalid input: {name} {text}", "code": 400, "fields": fields}
    assert (refused.status_code, refused.json()) == (400, expected)
    assert await read(api, ACME) == before


@pytest.mark.parametrize("raw", [b"", b"{", b'{"name": "\\ud800"}', b'{"x": NaN}', b"\xff", b"[" * 100_000])
async def test_a_body_that_cannot_be_kept_is_refused(api: httpx.AsyncClient, raw: bytes) -> None:
    refused = await api.patch(ACME, content=raw)
    assert (refused.status_code, refused.json()["code"]) == (400, 400)


async def test_customizations_are_put_bare_or_wrapped_and_answered_by_a_message(api: httpx.AsyncClient) -> None:
    path = f"{ACME}/customizations"
    said = {"message": "Organization customizations updated successfully"}
    assert (await api.put(path, json={"theme": "dark", "own": [1]})).json() == said
    assert await read(api, path) == {"theme": "dark", "own": [1]}
    assert (await api.put(path, json={"customizations": {"theme": "light"}})).json() == said
    assert await read(api, path) == (await read(api, ACME))["customizations"] == {"theme": "light"}
    two = {"customizations": {"theme": "x"}, "theme": "y"}
    await api.put(path, json=two)
    assert await read(api, path) == two
    await switch(api, shape_spec=True)
    assert (await api.put(path, json={"theme": "dark"})).json() == {"theme": "dark"}
    assert (await api.put(path, json={"customizations": "dark"})).status_code == 400


async def test_customizations_that_were_never_set_are_empty(api: httpx.AsyncClient) -> None:
    assert await read(api, f"/v1/orgs/{NORTHWIND_LOCKTERA}/customizations") == {}
    assert {"theme", "logo_url", "branding_color", "welcome"} == set(await read(api, f"{ACME}/customizations"))


async def test_a_deletion_takes_everything_below_and_happens_once(api: httpx.AsyncClient, store: Store) -> None:
    below = [record["id"] for record in store.all("locktera.org") if record["_parent"] == ACME_LOCKTERA]
    grandchildren = [record["id"] for record in store.all("locktera.org") if record["_parent"] in below]
    assert (len(below), len(grandchildren)) == (3, 12)
    answered = await api.delete(ACME)
    assert (answered.status_code, answered.json()) == (200, {"message": "Organization deleted successfully"})
    for organization in (ACME_LOCKTERA, *below, *grandchildren):
        assert (await api.get(f"/v1/orgs/{organization}")).status_code == 404
    assert (await api.get(f"{ACME}/access_log")).status_code == 404
    assert (await api.delete(ACME)).status_code == 404
    assert (await api.get(LEGAL)).status_code == 200


async def test_a_deletion_answers_nothing_when_so_switched(api: httpx.AsyncClient) -> None:
    await switch(api, delete_answers_204=True)
    answered = await api.delete(ACME)
    assert (answered.status_code, answered.content) == (204, b"")


async def test_a_child_is_added_changed_and_deleted_in_its_parents_audit(api: httpx.AsyncClient, store: Store) -> None:
    body = {"email": "new@acme.example", "first_name": "New", "role": "user"}
    added = await api.post(f"{ACME}/children", json=body)
    assert (added.status_code, added.content) == (204, b"")
    child = store.all("locktera.org")[-1]
    path = f"/v1/orgs/{child['id']}"
    assert body.items() <= (await read(api, path)).items()
    await api.patch(path, json={"name": "Renamed"})
    await api.delete(path)
    newest = (await read(api, f"{ACME}/children_audit"))[:3]
    assert [entry["action"] for entry in newest] == ["delete", "update", "insert"]
    assert {entry["org_id"] for entry in newest} == {child["id"]}
    assert (newest[1]["old_data"]["org_name"], newest[1]["new_data"]["org_name"]) == ("new@acme.example", "Renamed")
    assert (await api.post(f"{ACME}/children", json={})).json()["fields"] == {"email": "is required"}


async def test_users_are_imported_all_or_none(api: httpx.AsyncClient, store: Store) -> None:
    header, before = "id,name,email,org_id,role\n", store.count("locktera.org")
    good = f"u-1,One,one@acme.example,{ACME_LOCKTERA},user\n,Two,two@acme.example,{ACME_LOCKTERA},user_admin\n"

    async def imported(text: str) -> int:
        return (await api.post("/v1/orgs/import_orgs", content=text, headers={"Content-Type": "text/csv"})).status_code

    assert await imported(header + good + "x,Three,three@acme.example,nowhere,user\n") == 404
    assert await imported("name\nx\n") == await imported(header + "u-9,too few\n") == 400
    assert store.count("locktera.org") == before
    assert await imported(header + good) == 204
    assert (await read(api, "/v1/orgs/u-1"))["parent_org_id"] == ACME_LOCKTERA
    assert store.all("locktera.org")[-1]["id"] == IsUUID(4)


async def test_consumption_is_of_the_current_month_and_may_be_huge(api: httpx.AsyncClient) -> None:
    used = await read(api, f"{ACME}/consumption")
    assert (used["org_id"], used["month"], used["api_calls"]) == (ACME_LOCKTERA, "2025-06", 48_213)
    huge = await read(api, f"/v1/orgs/{MEGACORP_LOCKTERA}/consumption")
    assert huge["api_calls"] > 2**53
    assert huge["storage_used"] == 0


async def test_api_keys_are_made_listed_and_deleted(api: httpx.AsyncClient) -> None:
    path = f"{LEGAL}/api_keys"
    made = await api.post(path, json={"name": "Reporting", "permissions": ["read"]})
    assert (made.status_code, made.json()["id"]) == (201, "key-80ac")
    assert made.json()["api_key"]
    assert [key["id"] for key in await read(api, path)] == ["key-7f31", "key-80ac"]
    assert "api_key" not in (await read(api, path))[1]
    deleted = await api.delete(f"{path}/key-80ac")
    assert (deleted.status_code, deleted.json()) == (200, {"message": "API key deleted successfully"})
    assert (await api.delete(f"{path}/key-80ac")).status_code == 404
    assert (await api.post(path, json={"name": "x", "permissions": ["fly"]})).status_code == 400


async def test_errors_are_plain_text_when_so_switched(api: httpx.AsyncClient) -> None:
    await switch(api, text_errors=True)
    refused = await api.get("/v1/orgs/none")
    assert refused.headers["content-type"].startswith("text/plain")
    assert (refused.status_code, refused.text) == (404, "Organization not found")


@pytest.mark.parametrize(("key", "calls"), [("LOCKTERA_API_KEY", 100), (ADMINISTRATOR, 500)])
async def test_calls_beyond_a_minutes_share_are_too_many_while_switched_on(
    api: httpx.AsyncClient, clock: Settable, key: str, calls: int
) -> None:
    await switch(api, rate_limit=True)
    statuses = [(await api.get("/v1/me", headers=bearing(key))).status_code for _ in range(calls + 1)]
    assert statuses == [200] * calls + [429]
    clock.at = clock.at.replace(minute=clock.at.minute + 1)
    assert (await api.get("/v1/me", headers=bearing(key))).status_code == 200


async def test_operations_that_the_vendor_calls_inactive_are_not_there(api: httpx.AsyncClient) -> None:
    assert (await api.post("/v1/orgs", json={"name": "x"})).status_code == 404
    assert (await api.get(f"{ACME}/stats")).status_code == 404


async def test_a_reset_brings_everything_back(api: httpx.AsyncClient) -> None:
    before = await read(api, ACME)
    await api.delete(ACME)
    assert (await api.post("/__sandbox/reset")).status_code == 204
    assert await read(api, ACME) == before
    assert len(await read(api, f"{ACME}/access_log")) == 200
