"""Members: the singular path, and the administrator who must always be there."""

from datetime import timedelta

import httpx
import pytest

from gateway.sandbox.clock import Clock
from gateway.sandbox.world.links import NORTHWIND_LOSANT

pytestmark = pytest.mark.anyio

ORG = f"/orgs/{NORTHWIND_LOSANT}"
MEMBER = f"{ORG}/member"
ALICE, BRUNO, CHEN = (f"5f3c1b02e4b0c91d2f6a8b1{n}" for n in range(3))


async def test_a_role_changes_and_the_overrides_stay(losant: httpx.AsyncClient, clock: Clock) -> None:
    clock.advance(timedelta(seconds=5))

    org = (await losant.patch(MEMBER, json={"userId": CHEN, "role": "edit"})).json()

    chen = next(member for member in org["members"] if member["userId"] == CHEN)
    assert chen["role"] == "edit"
    assert len(chen["applicationRoles"]) == 1
    assert org["lastUpdated"] == "2025-06-11T12:30:05.000Z"


async def test_a_list_of_overrides_replaces_the_old_one(losant: httpx.AsyncClient) -> None:
    override = {"resourceId": "5f3c1c10e4b0c91d2f6a8b21", "role": "none"}

    org = (await losant.patch(MEMBER, json={"userId": CHEN, "applicationRoles": [override]})).json()

    chen = next(member for member in org["members"] if member["userId"] == CHEN)
    assert chen["applicationRoles"] == [override]
    assert chen["role"] == "view"


async def test_a_removed_member_is_gone_from_the_answer(losant: httpx.AsyncClient) -> None:
    org = (await losant.delete(MEMBER, params={"userId": CHEN})).json()

    assert [member["userId"] for member in org["members"]] == [ALICE, BRUNO]
    assert (await losant.delete(MEMBER, params={"userId": CHEN})).status_code == 404


async def test_the_last_administrator_can_be_neither_demoted_nor_removed(losant: httpx.AsyncClient) -> None:
    demoted = await losant.patch(MEMBER, json={"userId": ALICE, "role": "edit"})
    removed = await losant.delete(MEMBER, params={"userId": ALICE})

    assert (demoted.status_code, removed.status_code) == (400, 400)
    assert demoted.json()["type"] == removed.json()["type"] == "Validation"
    assert (await losant.get(ORG)).json()["members"][0]["role"] == "admin"


async def test_with_a_second_administrator_the_first_can_go(losant: httpx.AsyncClient) -> None:
    assert (await losant.patch(MEMBER, json={"userId": BRUNO, "role": "admin"})).status_code == 200
    assert (await losant.delete(MEMBER, params={"userId": ALICE})).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"role": "edit"},
        {"userId": "zz", "role": "edit"},
        {"userId": CHEN, "role": "auditor"},
        {"userId": CHEN, "firstName": "C"},
        {"userId": CHEN, "applicationRoles": [{"resourceId": "0" * 24}]},
        {"userId": CHEN, "applicationRoles": [{"resourceId": "0" * 24, "role": "admin"}]},
        {"userId": CHEN, "dashboardRoles": [{"resourceId": "0" * 24, "role": "view"}] * 101},
    ],
)
async def test_a_patch_out_of_shape_is_refused(losant: httpx.AsyncClient, body: object) -> None:
    response = await losant.patch(MEMBER, json=body)

    assert response.status_code == 400
    assert response.json()["type"] == "Validation"


async def test_an_unknown_member_is_a_404_and_no_user_id_a_400(losant: httpx.AsyncClient) -> None:
    assert (await losant.patch(MEMBER, json={"userId": "0" * 24, "role": "edit"})).status_code == 404
    assert (await losant.delete(MEMBER, params={"userId": "0" * 24})).status_code == 404
    assert (await losant.delete(MEMBER)).status_code == 400
    assert (await losant.delete(MEMBER, params={"userId": "chen"})).status_code == 400
