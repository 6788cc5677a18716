"""List, create, read, patch, delete."""

from datetime import timedelta

import httpx
import pytest

from gateway.sandbox.clock import Clock
from gateway.sandbox.world.links import ACME_LOSANT, MEGACORP_LOSANT, NORTHWIND_LOSANT
from gateway.sandbox.world.losant import ODD

pytestmark = pytest.mark.anyio

ORG = f"/orgs/{NORTHWIND_LOSANT}"


async def test_pages_of_the_list_join_without_gap_or_overlap(losant: httpx.AsyncClient) -> None:
    pages = [(await losant.get("/orgs", params={"perPage": 25, "page": page})).json() for page in range(4)]

    assert [page["count"] for page in pages] == [25, 25, 10, 0]
    assert {page["totalCount"] for page in pages} == {60}
    names = [org["name"] for page in pages for org in page["items"]]
    assert names == sorted(names)
    assert len({org["id"] for page in pages for org in page["items"]}) == 60


async def test_the_list_sorts_by_field_and_direction(losant: httpx.AsyncClient) -> None:
    query = {"sortField": "creationDate", "sortDirection": "desc"}

    body = (await losant.get("/orgs", params=query)).json()

    dates = [org["creationDate"] for org in body["items"]]
    assert dates == sorted(dates, reverse=True)
    assert (body["sortField"], body["sortDirection"]) == ("creationDate", "desc")


async def test_the_filter_is_a_glob_over_the_name(losant: httpx.AsyncClient) -> None:
    async def names(glob: str) -> list[str]:
        body = (await losant.get("/orgs", params={"filterField": "name", "filter": glob})).json()
        assert body["filter"] == glob
        return [org["name"] for org in body["items"]]

    assert await names("acme*") == ["Acme Corporation"]
    assert len(await names("*Logistics")) == 11
    assert await names("Acme") == []
    assert await names("[A]cme*") == []


@pytest.mark.parametrize(
    "query", [{"sortField": "size"}, {"sortDirection": "up"}, {"page": "-1"}, {"perPage": "0"}, {"filterField": "id"}]
)
async def test_a_list_query_out_of_range_is_refused(losant: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await losant.get("/orgs", params=query)).status_code == 400


async def test_a_new_organization_is_a_201_with_the_caller_as_administrator(losant: httpx.AsyncClient) -> None:
    response = await losant.post("/orgs", json={"name": "Harbor Sensors", "iconColor": "#aa3355"})

    assert response.status_code == 201
    made = response.json()
    assert [(m["email"], m["role"]) for m in made["members"]] == [("alice.nguyen@northwind.example", "admin")]
    assert made["creationDate"] == made["lastUpdated"] == "2025-06-11T12:30:00.000Z"
    assert (await losant.get(f"/orgs/{made['id']}")).json() == made
    assert (await losant.get("/orgs")).json()["totalCount"] == 61


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 256},
        {"name": 1},
        {"name": "x", "slug": "x"},
        {"name": "x", "mfaMode": "always"},
        {"name": "x", "billingEmail": "nobody"},
        [],
    ],
)
async def test_a_body_out_of_shape_creates_nothing(losant: httpx.AsyncClient, body: object) -> None:
    response = await losant.post("/orgs", json=body)

    assert response.status_code == 400
    assert response.json()["type"] == "Validation"
    assert (await losant.get("/orgs")).json()["totalCount"] == 60


async def test_a_patch_moves_last_updated_and_never_the_creation_date(losant: httpx.AsyncClient, clock: Clock) -> None:
    before = (await losant.get(ORG)).json()
    clock.advance(timedelta(minutes=1))

    after = (await losant.patch(ORG, json={"name": "Northwind Cold Chain", "cardToken": "tok"})).json()

    assert after["name"] == "Northwind Cold Chain"
    assert after["lastUpdated"] == "2025-06-11T12:31:00.000Z"
    assert after["creationDate"] == before["creationDate"]
    assert after["_etag"] != before["_etag"]
    assert "cardToken" not in after


async def test_an_empty_patch_is_legal_and_an_unknown_member_is_not(losant: httpx.AsyncClient) -> None:
    assert (await losant.patch(ORG, json={})).status_code == 200
    refused = await losant.patch(ORG, json={"isEnterprise": False})
    assert refused.status_code == 400
    assert "isEnterprise" in refused.json()["message"]


async def test_a_deleted_organization_is_gone_with_its_invitations(losant: httpx.AsyncClient) -> None:
    assert (await losant.delete(ORG)).json() == {"success": True}

    assert (await losant.get(ORG)).status_code == 404
    assert (await losant.delete(ORG)).status_code == 404
    query = {"token": "INVITE_TOKEN", "email": "dana.silva@northwind.example"}
    assert (await losant.get("/invites", params=query)).status_code == 404


async def test_heavy_summary_members_come_only_when_asked_for(losant: httpx.AsyncClient) -> None:
    heavy = {"payloadCount", "storageStats", "notebookStats"}

    plain = (await losant.get(ORG)).json()["summary"]
    full = (await losant.get(ORG, params={"summaryInclude": ",".join(heavy)})).json()["summary"]
    less = (await losant.get(ORG, params={"summaryExclude": "deviceCount,flowCount"})).json()["summary"]

    assert not heavy & plain.keys()
    assert full.keys() - plain.keys() == heavy
    assert plain.keys() - less.keys() == {"deviceCount", "flowCount"}
    assert isinstance(full["payloadCount"]["deviceState"]["device.mqtt"], int)


async def test_the_summary_counts_what_is_there(losant: httpx.AsyncClient) -> None:
    acme = (await losant.get(f"/orgs/{ACME_LOSANT}")).json()

    assert acme["summary"]["memberCount"] == len(acme["members"]) == 12
    assert acme["summary"]["pendingInviteCount"] == 3
    assert {m["role"] for m in acme["members"]} == {"admin", "edit", "collaborate", "view", "none"}
    assert any(m["applicationRoles"] for m in acme["members"])
    assert any(m["dashboardRoles"] for m in acme["members"])


async def test_a_large_organization_comes_with_all_its_members(losant: httpx.AsyncClient) -> None:
    members = (await losant.get(f"/orgs/{MEGACORP_LOSANT}")).json()["members"]

    assert len({member["userId"] for member in members}) == len({member["email"] for member in members}) == 1200


async def test_an_odd_organization_has_what_an_adapter_must_survive(losant: httpx.AsyncClient) -> None:
    odd = (await losant.get(f"/orgs/{ODD}")).json()

    assert "description" not in odd
    assert isinstance(odd["disabledAt"], str)
    auditor = next(member for member in odd["members"] if member["role"] == "auditor")
    assert not {"lastName", "avatarUrl", "applicationRoles"} & auditor.keys()
    assert odd["summary"]["deviceCount"] > 2**53
    assert odd["limits"]["payload"] > 2**53
