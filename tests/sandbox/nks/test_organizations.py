"""List, create, read, patch; slugs and logos."""

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.sandbox.clock import Clock

pytestmark = pytest.mark.anyio

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
)
S3 = "https://stackpoint_production.s3.amazonaws.com/organization_logos/"


async def test_the_list_is_a_bare_array_newest_first(nks: httpx.AsyncClient) -> None:
    orgs = (await nks.get("/orgs")).json()

    assert [org["pk"] for org in orgs] == [4188, 4150, 4134, 4133, 4120, 4107, 3901, 3880, 2]
    assert {org["logo"] is None for org in orgs} == {True, False}


async def test_an_organization_with_a_name_of_emoji_has_an_empty_slug(nks: httpx.AsyncClient) -> None:
    assert (await nks.get("/orgs/4120")).json()["slug"] == ""


@pytest.mark.parametrize(
    "path", ["/orgs", "/orgs/2", "/orgs/2/members", "/userprofile", "/user/subscription", "/user/invoices"]
)
async def test_both_spellings_of_a_path_answer_without_a_redirect(nks: httpx.AsyncClient, path: str) -> None:
    plain, slashed = await nks.get(path), await nks.get(f"{path}/")

    assert (plain.status_code, slashed.status_code) == (200, 200)
    assert plain.json() == slashed.json()


async def test_writes_with_a_slash_keep_their_body(nks: httpx.AsyncClient) -> None:
    assert (await nks.post("/orgs/", json={"name": "Slashed"})).json()[0]["name"] == "Slashed"
    assert (await nks.patch("/orgs/2/", json={"name": "Acme"})).json()["name"] == "Acme"


async def test_a_new_organization_comes_first_in_the_list_of_all(nks: httpx.AsyncClient) -> None:
    before = (await nks.get("/orgs")).json()

    response = await nks.post("/orgs", json={"name": "Edge Team", "slug": "ignored", "color": "red"})

    assert response.status_code == 201
    new, *others = response.json()
    assert (new["pk"], new["name"], new["slug"], new["logo"]) == (4212, "Edge Team", "edge-team", None)
    assert new["created"] < new["updated"]
    assert others == before
    assert (await nks.get("/orgs/4212/members")).json()[0]["role"] == "owner"
    assert [team["name"] for team in (await nks.get("/orgs/4212/teams")).json()] == ["Everyone"]
    assert [space["name"] for space in (await nks.get("/orgs/4212/workspaces")).json()] == ["Default"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Edge Team", "edge-team"),
        ("  Shy   Bonus ", "shy-bonus-2"),
        ("snake_case 7!", "snake_case-7"),
        ("Größe", "groe"),
        ("Ünïcode", "unicode"),
        ("🚀🚀", ""),
        ("日本", ""),
        ("x" * 80, "x" * 50),
        (7, "7"),
    ],
)
async def test_a_slug_is_made_from_the_name(nks: httpx.AsyncClient, name: object, slug: str) -> None:
    assert (await nks.post("/orgs", json={"name": name})).json()[0]["slug"] == slug


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": ""}, {"name": ["This field may not be blank."]}),
        ({"name": "  "}, {"name": ["This field may not be blank."]}),
        ({"name": None}, {"name": ["This field may not be null."]}),
        ({"name": True}, {"name": ["Not a valid string."]}),
        ({"name": {}}, {"name": ["Not a valid string."]}),
        ({"name": "x" * 256}, {"name": ["Ensure this field has no more than 255 characters."]}),
        ([], {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
    ],
)
async def test_a_body_out_of_shape_is_refused_field_by_field(
    nks: httpx.AsyncClient, body: object, problem: object
) -> None:
    response = await nks.post("/orgs", json=body)

    assert response.status_code == 400
    assert response.json() == problem
    assert len((await nks.get("/orgs")).json()) == 9


async def test_a_third_organization_of_ones_own_is_refused_when_switched_on(nks: httpx.AsyncClient) -> None:
    await nks.put("/__sandbox/switches", json={"own_limit": True})

    response = await nks.post("/orgs", json={"name": "One more"})

    assert response.status_code == 400
    assert set(response.json()) == {"detail"}


async def test_the_slug_follows_the_name_and_updated_moves(nks: httpx.AsyncClient, clock: Clock) -> None:
    clock.advance(timedelta(minutes=1))

    org = (await nks.patch("/orgs/2", json={"name": "Acme Clusters"})).json()

    assert (org["name"], org["slug"]) == ("Acme Clusters", "acme-clusters")
    assert org["updated"] == "2025-06-11T12:31:00.000000Z"
    assert (await nks.patch("/orgs/2", json={})).json() == org


async def test_a_name_that_stays_keeps_its_slug(nks: httpx.AsyncClient) -> None:
    assert (await nks.patch("/orgs/4134", json={"name": "Shy Bonus"})).json()["slug"] == "shy-bonus-1"


async def test_a_logo_alone_is_enough_and_goes_with_a_name(nks: httpx.AsyncClient) -> None:
    alone = (await nks.patch("/orgs/4107", files={"logo": ("heron.png", PNG, "image/png")})).json()
    both = (await nks.patch("/orgs/4107", files={"logo": ("b w.png", PNG, "image/png")}, data={"name": "Heron"})).json()

    assert (alone["logo"], alone["name"]) == (f"{S3}heron.png", "Blue Heron")
    assert (both["logo"], both["name"], both["slug"]) == (f"{S3}b_w.png", "Heron", "heron")


async def test_a_name_can_come_in_a_form(nks: httpx.AsyncClient) -> None:
    assert (await nks.patch("/orgs/2", data={"name": "Url Encoded"})).json()["name"] == "Url Encoded"
    assert (await nks.patch("/orgs/2", files={"name": (None, "Multipart")})).json()["name"] == "Multipart"


async def test_a_logo_can_be_cleared(nks: httpx.AsyncClient) -> None:
    assert (await nks.patch("/orgs/2", json={"logo": None})).json()["logo"] is None


async def test_a_served_logo_has_the_bytes_that_were_sent(nks: httpx.AsyncClient) -> None:
    await nks.put("/__sandbox/switches", json={"serve_logos": True})

    org = (await nks.patch("/orgs/2", files={"logo": ("acme.png", PNG, "image/png")})).json()
    image = await nks.get(org["logo"], headers={"Authorization": ""})

    assert image.content == PNG
    assert image.headers["Content-Type"] == "image/png"
    assert (await nks.get("/media/organization_logos/other.png")).status_code == 404


async def test_two_logos_of_one_name_do_not_overwrite_each_other(nks: httpx.AsyncClient) -> None:
    first = (await nks.patch("/orgs/2", files={"logo": ("logo.png", PNG, "image/png")})).json()
    second = (await nks.patch("/orgs/4107", files={"logo": ("logo.png", PNG + b"\0", "image/png")})).json()

    assert first["logo"] == f"{S3}logo.png"
    assert second["logo"] != first["logo"]


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ({"json": {"logo": "https://example.com/logo.png"}}, "not a file"),
        ({"files": {"logo": (None, "text")}}, "not a file"),
        ({"files": {"logo": ("logo.png", b"", "image/png")}}, "empty"),
        ({"files": {"logo": ("logo.png", b"<svg/>", "image/png")}}, "valid image"),
    ],
)
async def test_what_is_no_image_is_refused(nks: httpx.AsyncClient, sent: dict[str, Any], word: str) -> None:
    response = await nks.patch("/orgs/4107", **sent)

    assert response.status_code == 400
    assert word in response.json()["logo"][0]
    assert (await nks.get("/orgs/4107")).json()["logo"] is None


async def test_a_body_that_cannot_be_parsed_says_where(nks: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    for content in ('{"name": }', '{"name": NaN}', b'{"name": "\xff"}', r'{"name": "\ud800"}', "[" * 100_000):
        response = await nks.patch("/orgs/2", content=content, headers=headers)
        assert response.status_code == 400
        assert response.json()["detail"].startswith("JSON parse error - ")
    unbounded = await nks.patch("/orgs/2", content=b"x", headers={"Content-Type": "multipart/form-data"})
    assert unbounded.status_code == 400
    assert unbounded.json()["detail"].startswith("Multipart form parse error - ")
    text = await nks.patch("/orgs/2", content=b"x", headers={"Content-Type": "text/plain"})
    assert text.status_code == 415


@pytest.mark.parametrize("method", ["DELETE", "PUT"])
async def test_an_organization_can_be_neither_deleted_nor_put(nks: httpx.AsyncClient, method: str) -> None:
    response = await nks.request(method, "/orgs/2")

    assert response.status_code == 405
    assert response.json() == {"detail": f'Method "{method}" not allowed.'}
    assert response.headers["Allow"] == "GET, PATCH"


@pytest.mark.parametrize("path", ["/orgs/acme", "/orgs/-2", "/orgs/2.0", "/orgs/" + "9" * 5000, "/clusters", "/"])
async def test_what_has_no_route_is_not_found(nks: httpx.AsyncClient, path: str) -> None:
    response = await nks.get(path)

    assert response.status_code == 404
    assert response.json() == {"detail": "Not found."}


async def test_a_token_is_needed_before_anything_else(nks: httpx.AsyncClient) -> None:
    del nks.headers["Authorization"]
    missing = await nks.delete("/orgs/2")
    wrong = await nks.get("/orgs/2", headers={"Authorization": "Bearer nope"})

    assert (missing.status_code, wrong.status_code) == (401, 401)
    assert missing.json() == {"detail": "Authentication credentials were not provided."}
    assert wrong.json() == {"detail": "Invalid token."}
    assert missing.headers["WWW-Authenticate"] == wrong.headers["WWW-Authenticate"] == "Bearer"


async def test_a_member_who_is_no_owner_is_forbidden_and_not_in_the_list(nks: httpx.AsyncClient) -> None:
    for path in ("/orgs/9", "/orgs/9/members"):
        assert (await nks.get(path)).status_code == 403
    assert (await nks.patch("/orgs/9", json={"name": "Mine"})).status_code == 403
    profile = (await nks.get("/rest-auth/user/")).json()
    assert {m["org"]["pk"]: m["role"] for m in profile["org_memberships"]}[9] == "member"
