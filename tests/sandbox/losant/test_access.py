"""Who may call, and what is refused before it reaches an organization."""

import httpx
import pytest

from gateway.sandbox.world.links import NORTHWIND_LOSANT
from gateway.sandbox.world.losant import READ_TOKEN

pytestmark = pytest.mark.anyio

ORG = f"/orgs/{NORTHWIND_LOSANT}"
READER = {"Authorization": f"Bearer {READ_TOKEN}"}


@pytest.mark.parametrize("given", ["", "Bearer nope", "Basic TE9TQU5UX0FQSV9UT0tFTg==", "LOSANT_API_TOKEN"])
async def test_a_call_without_a_known_token_is_unauthorized(losant: httpx.AsyncClient, given: str) -> None:
    response = await losant.get(ORG, headers={"Authorization": given})

    assert response.status_code == 401
    assert response.json() == {"type": "Unauthorized", "message": "Invalid or missing access token"}


async def test_a_token_that_may_read_may_not_write(losant: httpx.AsyncClient) -> None:
    assert (await losant.get(ORG, headers=READER)).status_code == 200

    refused = await losant.patch(ORG, json={"name": "Mine"}, headers=READER)

    assert refused.status_code == 403
    assert refused.json()["type"] == "Forbidden"
    assert (await losant.get(ORG)).json()["name"] == "Northwind Telemetry"


async def test_a_bounded_token_may_patch_but_not_touch_members(losant: httpx.AsyncClient) -> None:
    login = {"email": "alice.nguyen@northwind.example", "password": "correct horse battery"}
    answer = await losant.post("/auth/user", json={**login, "requestedScopes": ["all.User.bounded"]})
    bounded = {"Authorization": f"Bearer {answer.json()['token']}"}

    assert (await losant.patch(ORG, json={}, headers=bounded)).status_code == 200
    assert (await losant.delete(f"{ORG}/member", params={"userId": "0" * 24}, headers=bounded)).status_code == 403


async def test_a_wrong_password_is_unauthorized(losant: httpx.AsyncClient) -> None:
    for email in ("alice.nguyen@northwind.example", "nobody@northwind.example"):
        response = await losant.post("/auth/user", json={"email": email, "password": "not that one"})
        assert response.status_code == 401
    short = await losant.post("/auth/user", json={"email": "alice.nguyen@northwind.example", "password": "short"})
    assert short.status_code == 400


async def test_an_id_out_of_shape_is_a_400_and_an_unknown_one_a_404(losant: httpx.AsyncClient) -> None:
    for path in ("", "/invites", "/deviceCounts", "/payloadCounts", "/audit-logs"):
        bad, unknown = await losant.get(f"/orgs/acme{path}"), await losant.get(f"/orgs/{'0' * 24}{path}")
        assert (bad.status_code, bad.json()["type"]) == (400, "Validation")
        assert (unknown.status_code, unknown.json()["type"]) == (404, "NotFound")


async def test_ids_are_the_same_in_capitals(losant: httpx.AsyncClient) -> None:
    assert (await losant.get(f"/orgs/{NORTHWIND_LOSANT.upper()}")).json()["id"] == NORTHWIND_LOSANT


async def test_unknown_paths_and_methods_are_refused_in_the_vendors_shape(losant: httpx.AsyncClient) -> None:
    slash, members, put = await losant.get(f"{ORG}/"), await losant.get(f"{ORG}/members"), await losant.put(ORG)

    assert (slash.status_code, members.status_code) == (404, 404)
    assert slash.json()["type"] == "NotFound"
    assert put.status_code == 405
    assert set(put.json()) == {"type", "message"}
    assert "PATCH" in put.headers["Allow"]


async def test_the_hypermedia_parameters_are_taken_everywhere(losant: httpx.AsyncClient) -> None:
    every = {"_actions": "false", "_links": "true", "_embedded": "true"}
    for path in ("/orgs", ORG, f"{ORG}/invites", f"{ORG}/payloadCounts", f"{ORG}/audit-logs"):
        assert (await losant.get(path, params=every)).status_code == 200
    assert "_links" in (await losant.get(ORG, params=every)).json()
    assert "_links" not in (await losant.get(ORG, params={"_links": "false"})).json()


async def test_a_body_that_is_no_json_is_refused_and_an_empty_object_on_delete_is_not(
    losant: httpx.AsyncClient,
) -> None:
    for content in ("{", "[" * 100_000, '"name"', r'{"name": "\ud800"}', '{"name": NaN}'):
        assert (await losant.patch(ORG, content=content)).status_code == 400
    assert (await losant.request("DELETE", ORG, json={})).json() == {"success": True}
