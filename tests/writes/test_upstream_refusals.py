"""What the upstreams refuse to write, in words of their own where these are safe to show."""

import json

import pytest

from resolvers.identity import Upstream, encode

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
HEX, UUID = "a" * 24, "11111111-2222-4333-8444-555555555555"
ENDPOINT = {"id": "vpce-1", "cloudProvider": "aws", "region": "us-east-1"}


def member(upstream, organization, native_id):
    return {"memberId": encode("Member", upstream, organization, native_id)}


def invitation(upstream, organization, native_id):
    return {"invitationId": encode("Invitation", upstream, organization, native_id)}


def invite(upstream=None, **members):
    named = {"upstream": upstream} if upstream else {}
    return {"organizationId": "acme", "email": "new@acme.example"} | named | members


def update(**members):
    return {"organizationId": "acme"} | members


def transfer(**members):
    return {"organizationId": "acme", "destination": {"organizationId": "northwind"}} | members


LOSANT_MEMBER = member("losant", LOSANT, HEX)


def administrators(store):
    return [each for each in store.all("losant.member", LOSANT) if each["role"] == "admin"]


def one_administrator(store):
    for each in administrators(store)[1:]:
        store.put("losant.member", each["userId"], each | {"role": "edit"}, LOSANT)


def full(store):
    record = store.get("losant.org", LOSANT)
    limits = record["limits"] | {"member": store.count("losant.member", LOSANT)}
    store.put("losant.org", LOSANT, record | {"limits": limits})


def as_it_is(_):
    pass


UPSTREAM_REFUSALS = [
    (
        "modifyMember",
        lambda store: member("losant", LOSANT, administrators(store)[0]["userId"]) | {"role": "VIEWER"},
        one_administrator,
        "UPSTREAM_REJECTED",
        "Losant refuses: An organization must have at least one administrator",
    ),
    (
        "removeMember",
        lambda store: member("losant", LOSANT, administrators(store)[0]["userId"]),
        one_administrator,
        "UPSTREAM_REJECTED",
        "Losant refuses: An organization must have at least one administrator",
    ),
    (
        "inviteMember",
        lambda _: invite("LOSANT", role="VIEWER"),
        full,
        "UPSTREAM_REJECTED",
        "Losant refuses: The organization has reached its limit of ",
    ),
    (
        "inviteMember",
        lambda store: invite("LOSANT", role="VIEWER", email=administrators(store)[0]["email"]),
        as_it_is,
        "UPSTREAM_REJECTED",
        " is a member already",
    ),
    (
        "inviteMember",
        lambda _: invite("NKS", role="MEMBER", email="new@localhost"),
        as_it_is,
        "UPSTREAM_REJECTED",
        "NKS refuses: Enter a valid email address.",
    ),
    (
        "inviteMember",
        lambda _: invite("CLICKHOUSE", email="new@localhost"),
        as_it_is,
        "UPSTREAM_REJECTED",
        "ClickHouse Cloud refuses: email must be an e-mail address",
    ),
    (
        "transferResources",
        lambda store: transfer(
            destination={"organizationId": "acme"}, applicationIds=[store.all("losant.application", LOSANT)[0]["id"]]
        ),
        as_it_is,
        "UPSTREAM_REJECTED",
        "Losant refuses: The destination is the organization itself",
    ),
    (
        "transferResources",
        lambda _: transfer(applicationIds=[HEX]),
        as_it_is,
        "UPSTREAM_REJECTED",
        f"Losant refuses: The organization has no application {HEX}",
    ),
    (
        "transferResources",
        lambda store: transfer(
            destination={"userId": HEX}, applicationIds=[store.all("losant.application", LOSANT)[0]["id"]]
        ),
        as_it_is,
        "NOT_FOUND",
        "Losant refuses: User was not found",
    ),
    (
        "updatePrivateEndpoints",
        lambda _: update(add=[ENDPOINT | {"cloudProvider": "ibm"}]),
        as_it_is,
        "UPSTREAM_REJECTED",
        "ClickHouse Cloud refuses: cloudProvider must be one of gcp, aws, azure",
    ),
    (
        "updateCustomizations",
        lambda _: update(values={"theme": 5}),
        as_it_is,
        "UPSTREAM_REJECTED",
        "Locktera refuses",
    ),
    ("removeMember", lambda _: LOSANT_MEMBER, as_it_is, "NOT_FOUND", "Losant refuses: Member was not found"),
    (
        "modifyMember",
        lambda _: LOSANT_MEMBER | {"role": "NONE"},
        as_it_is,
        "NOT_FOUND",
        "Losant refuses: Member was not found",
    ),
    ("removeMember", lambda _: member("nks", "2", "999999"), as_it_is, "NOT_FOUND", "NKS refuses: Not found."),
    (
        "removeMember",
        lambda _: member("clickhouse", CLICKHOUSE, UUID),
        as_it_is,
        "NOT_FOUND",
        "ClickHouse Cloud",
    ),
    (
        "modifyMember",
        lambda _: member("clickhouse", CLICKHOUSE, UUID) | {"role": "ADMIN"},
        as_it_is,
        "NOT_FOUND",
        "ClickHouse Cloud",
    ),
    (
        "revokeInvitation",
        lambda _: invitation("losant", LOSANT, HEX),
        as_it_is,
        "NOT_FOUND",
        "Losant refuses: Invitation was not found",
    ),
    (
        "revokeInvitation",
        lambda _: invitation("clickhouse", CLICKHOUSE, UUID),
        as_it_is,
        "NOT_FOUND",
        "ClickHouse Cloud",
    ),
    (
        "updateOrganization",
        lambda _: update(organizationId=f"losant:{HEX}", name="X"),
        as_it_is,
        "NOT_FOUND",
        "Losant refuses: ",
    ),
    (
        "updateOrganization",
        lambda _: update(organizationId="nks:999", name="X"),
        as_it_is,
        "NOT_FOUND",
        "NKS refuses: Not found.",
    ),
]


@pytest.mark.parametrize(
    ("mutation", "given", "prepare", "code", "words"),
    UPSTREAM_REFUSALS,
    ids=[f"{number}-{row[0]}" for number, row in enumerate(UPSTREAM_REFUSALS)],
)
async def test_the_upstreams_own_reason_is_told(site, mutation, given, prepare, code, words):
    store = site.sandbox.store
    prepare(store)
    payload = await site.send(mutation, given(store), "key")

    [error] = payload["userErrors"]
    assert error["code"] == code
    assert error["upstream"] in {upstream.name for upstream in Upstream}
    assert words in error["message"]
    assert not set(error["message"]) & set("<>{}\\")
    assert "://" not in error["message"]
    assert len(site.sent) == 1
    assert await site.send(mutation, given(store), "key") == payload
    assert len(site.sent) == 1


UNSAFE = [
    "<b>No</b>",
    "see https://internal.example:9200/x",
    "Authorization: Bearer S3CRET",
    "Traceback (most recent call last)",
    "two\nlines",
    "x" * 300,
    "",
    5,
    None,
]


@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_a_reason_that_is_not_safe_to_show_is_not_shown(substituted, renaming, status):
    for reason in UNSAFE:
        sentence = f"BAD_REQUEST: {reason}" if renaming.upstream is Upstream.CLICKHOUSE else reason
        body = json.dumps({"message": sentence, "detail": sentence, "error": sentence}).encode()
        answer = (status, {"content-type": "application/json"}, body)
        substituted.sandbox.applications[renaming.upstream.word].answer = answer
        payload = await substituted.make(renaming)

        [error] = payload["userErrors"]
        assert error["code"] in {"UPSTREAM_REJECTED", "NOT_FOUND", "CONFLICT"}
        assert error["message"].startswith(renaming.upstream.title)
        assert len(error["message"]) < 120
        for part in ("<b>", "internal.example", "S3CRET", "Traceback", "two", "xxx"):
            assert part not in error["message"]


async def test_where_only_one_upstream_could_it_need_not_be_named(site):
    payload = await site.send("inviteMember", invite(organizationId="tailspin", role="ADMIN"))

    assert payload["userErrors"] == []
    assert payload["invitation"]["upstream"] == "CLICKHOUSE"


TAILSPIN = "91c2a7d8-0f3e-4b6c-a5d4-7e8f9a0b1c2d"


async def test_an_organization_that_has_not_moved_to_assigned_roles_takes_the_old_words(site):
    store = site.sandbox.store
    [someone] = [each for each in store.all("clickhouse.member", TAILSPIN) if each["role"] == "developer"][:1]
    invited = await site.send("inviteMember", invite(organizationId="tailspin", role="ADMIN"))
    modified = await site.send("modifyMember", member("clickhouse", TAILSPIN, someone["userId"]) | {"role": "ADMIN"})
    refused = await site.send("inviteMember", invite(organizationId="tailspin", role="MEMBER"))

    assert invited["userErrors"] == []
    assert store.all("clickhouse.invitation", TAILSPIN)[-1]["role"] == "admin"
    assert (modified["member"]["role"], modified["member"]["nativeRole"]) == ("ADMIN", "admin")
    assert store.get("clickhouse.member", someone["userId"], TAILSPIN)["role"] == "admin"
    [error] = refused["userErrors"]
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", ["role"])
    assert "it has ADMIN, COLLABORATOR, or give `roleIds`." in error["message"]
    assert len(site.sent) == 2
