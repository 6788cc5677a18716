"""Invitations: whole lists, renewal, expiry, the member limit, and the answer of the invited."""

from datetime import timedelta

import httpx
import pytest

from gateway.sandbox.clock import Clock
from gateway.sandbox.store import Store
from gateway.sandbox.world.links import NORTHWIND_LOSANT
from gateway.sandbox.world.losant import FULL

pytestmark = pytest.mark.anyio

ORG = f"/orgs/{NORTHWIND_LOSANT}"
INVITES = f"{ORG}/invites"
DANA = "64d0aa31e4b0c91d2f6a8b40"
HELD = {"token": "INVITE_TOKEN", "email": "dana.silva@northwind.example"}


async def test_an_invitation_answers_with_the_whole_list_and_200(losant: httpx.AsyncClient) -> None:
    response = await losant.post(INVITES, json={"email": "erin.moss@northwind.example", "role": "collaborate"})

    assert response.status_code == 200
    listed = response.json()
    assert [invite["email"].partition(".")[0] for invite in listed] == ["dana", "old", "erin"]
    assert listed[2]["ttl"] == 604_800_000
    assert listed[2]["hasExpired"] is False
    assert (await losant.get(INVITES)).json() == listed
    assert "token" not in listed[2]


async def test_inviting_again_renews(losant: httpx.AsyncClient) -> None:
    body = {"email": "Old.Invite@northwind.example", "role": "edit"}

    listed = (await losant.post(INVITES, json=body)).json()

    assert len(listed) == 2
    assert (listed[1]["hasExpired"], listed[1]["role"]) == (False, "edit")
    assert listed[1]["inviteDate"] == "2025-06-11T12:30:00.000Z"


async def test_an_invitation_expires_after_seven_days_and_stays_listed(losant: httpx.AsyncClient, clock: Clock) -> None:
    await losant.post(INVITES, json={"email": "erin.moss@northwind.example", "role": "view"})
    clock.advance(timedelta(days=7))

    assert [invite["hasExpired"] for invite in (await losant.get(INVITES)).json()] == [True, True, True]
    assert (await losant.get("/invites", params=HELD)).status_code == 410


async def test_a_revoked_invitation_leaves_the_others(losant: httpx.AsyncClient) -> None:
    listed = (await losant.delete(INVITES, params={"inviteId": DANA})).json()

    assert [invite["email"] for invite in listed] == ["old.invite@northwind.example"]
    assert (await losant.delete(INVITES, params={"inviteId": DANA})).status_code == 404
    assert (await losant.delete(INVITES)).status_code == 400
    assert (await losant.get("/invites", params=HELD)).status_code == 404


async def test_a_full_organization_takes_no_invitation(losant: httpx.AsyncClient) -> None:
    response = await losant.post(f"/orgs/{FULL}/invites", json={"email": "one.more@fullhouse.example", "role": "view"})

    assert response.status_code == 400
    assert "limit of 4" in response.json()["message"]


async def test_pending_invitations_count_to_the_limit_and_expired_ones_do_not(
    losant: httpx.AsyncClient,
    clock: Clock,
    store: Store,
) -> None:
    org = store.get("losant.org", NORTHWIND_LOSANT)
    assert org is not None
    store.put("losant.org", NORTHWIND_LOSANT, {**org, "limits": {"member": 5}})
    erin, finn = ({"email": f"{name}@northwind.example", "role": "view"} for name in ("erin", "finn"))

    assert (await losant.post(INVITES, json=erin)).status_code == 200
    assert (await losant.post(INVITES, json=finn)).status_code == 400
    assert (await losant.post(INVITES, json=erin)).status_code == 200
    clock.advance(timedelta(days=8))
    assert (await losant.post(INVITES, json=finn)).status_code == 200


async def test_a_member_is_not_invited_again(losant: httpx.AsyncClient) -> None:
    response = await losant.post(INVITES, json={"email": "bruno.keller@northwind.example", "role": "view"})

    assert response.status_code == 400


@pytest.mark.parametrize(
    "body", [{}, {"email": "a@b.example"}, {"role": "edit"}, {"email": "a@b.example", "role": "owner"}, {"email": "a"}]
)
async def test_an_invitation_out_of_shape_is_refused(losant: httpx.AsyncClient, body: object) -> None:
    assert (await losant.post(INVITES, json=body)).status_code == 400
    assert len((await losant.get(INVITES)).json()) == 2


async def test_the_invited_looks_and_accepts_without_a_token_of_the_api(losant: httpx.AsyncClient) -> None:
    del losant.headers["Authorization"]

    seen = (await losant.get("/invites", params=HELD)).json()
    accepted = (await losant.post("/invites", json={**HELD, "accept": True})).json()

    assert (seen["orgName"], seen["role"]) == ("Northwind Telemetry", "edit")
    assert accepted == {"accepted": True, "orgId": NORTHWIND_LOSANT}
    assert (await losant.get("/invites", params=HELD)).status_code == 404
    losant.headers["Authorization"] = "Bearer LOSANT_API_TOKEN"
    dana = (await losant.get(ORG)).json()["members"][-1]
    assert (dana["email"], dana["firstName"], dana["role"]) == (HELD["email"], "Dana", "edit")
    assert len(dana["applicationRoles"]) == 1


async def test_a_declined_invitation_is_gone_and_makes_no_member(losant: httpx.AsyncClient) -> None:
    declined = (await losant.post("/invites", json={**HELD, "accept": False})).json()

    assert declined == {"accepted": False, "orgId": NORTHWIND_LOSANT}
    assert len((await losant.get(ORG)).json()["members"]) == 3
    assert len((await losant.get(INVITES)).json()) == 1


async def test_a_token_opens_only_its_own_address(losant: httpx.AsyncClient) -> None:
    other = {**HELD, "email": "erin.moss@northwind.example"}

    assert (await losant.get("/invites", params=other)).status_code == 404
    assert (await losant.get("/invites", params={"token": "INVITE_TOKEN"})).status_code == 400
    old = {"token": "OLD", "email": "old.invite@northwind.example", "accept": True}
    assert (await losant.post("/invites", json=old)).status_code == 410
