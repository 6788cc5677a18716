"""Members, invitations, teams, workspaces, and the caller's own account."""

from datetime import timedelta

import httpx
import pytest

from gateway.sandbox.clock import Clock

pytestmark = pytest.mark.anyio


async def test_members_are_known_by_their_membership_not_by_their_user(nks: httpx.AsyncClient) -> None:
    members = (await nks.get("/orgs/3880/members")).json()

    assert [(member["pk"], member["user"]["pk"]) for member in members] == [(6011, 5120), (6044, 5177)]
    assert (await nks.get("/orgs/3880/members/6044")).json() == members[1]
    assert (await nks.get("/orgs/3880/members/5177")).status_code == 404
    assert (await nks.get("/orgs/2/members/6044")).status_code == 404


async def test_every_role_occurs_and_one_that_nobody_knows(nks: httpx.AsyncClient) -> None:
    roles = {member["role"] for member in (await nks.get("/orgs/2/members")).json()}

    assert roles == {"owner", "admin", "member", "observer"}


async def test_a_removed_member_is_gone_from_the_organization_and_its_teams(nks: httpx.AsyncClient) -> None:
    await nks.patch("/orgs/3880/teams/812", json={"memberships": [{"user": 5120}, {"user": 5177}]})

    response = await nks.delete("/orgs/3880/members/6044")

    assert (response.status_code, response.content) == (204, b"")
    assert (await nks.get("/orgs/3880/members/6044")).status_code == 404
    assert (await nks.delete("/orgs/3880/members/6044")).status_code == 404
    (team,) = (await nks.get("/orgs/3880/teams")).json()
    assert [membership["user"]["pk"] for membership in team["memberships"]] == [5120]


async def test_there_is_no_call_that_changes_a_role(nks: httpx.AsyncClient) -> None:
    assert (await nks.patch("/orgs/3880/members/6044", json={"role": "admin"})).status_code == 405


async def test_invitations_go_in_and_come_out_as_arrays(nks: httpx.AsyncClient, clock: Clock) -> None:
    two = [
        {"name": "Ines Roy", "email": "ines.roy@bluefin.example", "role": "admin", "teams": [812]},
        {"name": "Omar", "email": "omar@bluefin.example"},
    ]

    response = await nks.post("/orgs/3880/invites", json=two)

    assert response.status_code == 201
    made = response.json()
    assert [(invite["pk"], invite["role"], invite["user"]) for invite in made] == [
        (2310, "admin", None),
        (2311, "member", None),
    ]
    assert (await nks.get("/orgs/3880/invites")).json() == made
    clock.advance(timedelta(days=7))
    assert [invite["is_expired"] for invite in (await nks.get("/orgs/3880/invites")).json()] == [True, True]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            {"name": "I", "email": "i@b.example"},
            {"non_field_errors": ['Expected a list of items but got type "dict".']},
        ),
        ([{"name": "I"}], [{"email": ["This field is required."]}]),
        (
            [{"name": "I", "email": "i@b.example"}, {"name": "J", "email": "nobody", "role": "king"}],
            [{}, {"email": ["Enter a valid email address."], "role": ['"king" is not a valid choice.']}],
        ),
        (["I"], [{"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}]),
    ],
)
async def test_invitations_out_of_shape_are_refused_item_by_item(
    nks: httpx.AsyncClient, body: object, problem: object
) -> None:
    response = await nks.post("/orgs/3880/invites", json=body)

    assert (response.status_code, response.json()) == (400, problem)
    assert (await nks.get("/orgs/3880/invites")).json() == []


async def test_a_team_is_made_changed_and_deleted(nks: httpx.AsyncClient) -> None:
    made = await nks.post("/orgs/3880/teams", json={"name": "SRE"})
    assert made.status_code == 201
    path = f"/orgs/3880/teams/{made.json()['pk']}"

    changed = (await nks.patch(path, json={"name": "Reliability", "memberships": [{"user": 5177}]})).json()
    assert changed["name"] == "Reliability"
    assert [membership["user"]["username"] for membership in changed["memberships"]] == ["tjansen"]
    assert (await nks.patch(path, json={"memberships": []})).json()["memberships"] == []
    assert (await nks.get(path)).json()["memberships"] == []

    assert (await nks.delete(path)).status_code == 204
    assert (await nks.get(path)).status_code == 404


@pytest.mark.parametrize("memberships", [[{"user": 1}], [{}], [5177], "5177"])
async def test_a_team_takes_members_of_its_organization_only(nks: httpx.AsyncClient, memberships: object) -> None:
    response = await nks.patch("/orgs/3880/teams/812", json={"memberships": memberships})

    assert response.status_code == 400
    assert "memberships" in response.json()


async def test_a_workspace_is_made_and_deleted(nks: httpx.AsyncClient) -> None:
    made = await nks.post("/orgs/2/workspaces", json={"name": "Staging"})
    assert made.status_code == 201
    path = f"/orgs/2/workspaces/{made.json()['pk']}"

    assert [space["slug"] for space in (await nks.get("/orgs/2/workspaces")).json()] == ["default", "staging"]
    assert (await nks.get(path)).json() == made.json()
    assert (await nks.delete(path)).status_code == 204
    assert (await nks.get(path)).status_code == 404


async def test_the_profile_is_an_object_here_and_an_array_there(nks: httpx.AsyncClient) -> None:
    profile = (await nks.get("/rest-auth/user/")).json()

    assert (await nks.get("/userprofile")).json() == [profile]
    assert (await nks.get("/rest-auth/user")).status_code == 404
    default = [m["org"]["pk"] for m in profile["org_memberships"] if m["is_default"]]
    assert default == [3880]


async def test_a_changed_name_shows_in_every_membership(nks: httpx.AsyncClient) -> None:
    profile = (await nks.patch("/userprofile/mlopez", json={"last_name": "López", "pk": 1})).json()

    assert (profile["full_name"], profile["pk"]) == ("Mara López", 5120)
    (mara, _) = (await nks.get("/orgs/3880/members")).json()
    assert mara["user"]["full_name"] == "Mara López"
    assert (await nks.patch("/userprofile/mlopez", json={"email": "nobody"})).status_code == 400
    assert (await nks.patch("/userprofile/tjansen", json={"last_name": "X"})).status_code == 404


async def test_the_subscription_covers_organizations_that_exist(nks: httpx.AsyncClient) -> None:
    subscription = (await nks.get("/user/subscription")).json()

    assert subscription["covered_orgs"] == [(await nks.get("/orgs/3880")).json()]


async def test_invoices_reach_back_a_year_and_one_is_an_array_too(nks: httpx.AsyncClient) -> None:
    invoices = (await nks.get("/user/invoices")).json()

    assert [invoice["pk"] for invoice in invoices] == list(range(740, 728, -1))
    assert [invoice["billing_period"] for invoice in invoices][:2] == ["May 2025", "April 2025"]
    assert {invoice["state"] for invoice in invoices} == {"open", "paid", "void"}
    assert (await nks.get("/user/invoices/740")).json() == invoices[:1]
    assert (await nks.get("/user/invoices/1")).status_code == 404
