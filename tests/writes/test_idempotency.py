"""A write is carried out once per key, and answered alike however often it is asked for."""

import asyncio

import pytest

from resolvers.identity import Upstream, encode
from resolvers.schema import graphql_schema

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
INVITE = {"organizationId": "acme", "upstream": "LOSANT", "email": "new@acme.example", "role": "VIEWER"}


def rename(name):
    return {"organizationId": "acme", "name": name, "upstreams": ["LOSANT"]}


def only(payload):
    [error] = payload["userErrors"]
    return error


async def test_a_repetition_after_a_restart_gets_the_first_answer_and_sends_nothing(site, change):
    first = await site.make(change, "once")
    assert first["userErrors"] == []
    assert first["clientMutationId"] == "once"
    assert change.made(site.before, site.sandbox.store)
    sent = site.sent
    assert len(sent) == 1

    again = await site.make(change, "once")
    await site.reopen()
    later = await site.make(change, "once")

    assert again == first
    assert later == first
    assert site.sent == sent


def test_the_changes_are_of_all_mutations(changes):
    assert graphql_schema.mutation_type
    assert {change.mutation for change in changes} == set(graphql_schema.mutation_type.fields)


async def test_a_repetition_gets_the_first_answer_although_the_object_changed_in_between(site):
    member = next(each for each in site.before.all("losant.member", LOSANT) if each["role"] == "edit")
    given = {"memberId": encode("Member", "losant", LOSANT, member["userId"]), "role": "VIEWER"}
    first = await site.send("modifyMember", given, "one")
    await site.send("modifyMember", given | {"role": "EDITOR"}, "two")
    sent = site.sent

    assert await site.send("modifyMember", given, "one") == first
    assert first["member"]["role"] == "VIEWER"
    assert site.sent == sent
    assert site.sandbox.store.get("losant.member", member["userId"], LOSANT)["role"] == "edit"


async def test_the_organization_of_a_repeated_answer_is_read_anew(site):
    query = """mutation { updateOrganization(input: {
      organizationId: "acme", name: "%s", upstreams: [LOSANT], clientMutationId: "%s"
    }) { organization { name } userErrors { code } } }"""
    await site.post(query % ("One", "one"))
    await site.post(query % ("Two", "two"))

    again = await site.post(query % ("One", "one"))

    assert again["data"]["updateOrganization"]["organization"] == {"name": "Two"}


@pytest.mark.parametrize("restarted", [False, True])
async def test_another_input_with_the_same_key_is_a_conflict(site, restarted):
    await site.send("updateOrganization", rename("One"), "key")
    sent = site.sent
    if restarted:
        await site.reopen()

    other_input = await site.send("updateOrganization", rename("Two"), "key")
    other_mutation = await site.send("inviteMember", INVITE, "key")

    for payload in (other_input, other_mutation):
        assert only(payload) == {
            "code": "CONFLICT",
            "message": "This idempotency key was used before, with another input. Use a new one.",
            "field": None,
            "upstream": None,
            "retryable": False,
        }
        assert payload["organization"] is None
        assert payload["clientMutationId"] == "key"
    assert site.sent == sent


async def test_without_a_key_every_call_is_a_write_of_its_own(site):
    await site.send("updateOrganization", rename("One"))
    await site.send("updateOrganization", rename("One"), "")

    assert site.sent == [f"losant PATCH /orgs/{LOSANT}"] * 2


async def test_the_header_is_a_key_too(site):
    first = await site.send("inviteMember", INVITE, Idempotency_Key="key")
    await site.reopen()
    again = await site.send("inviteMember", INVITE, Idempotency_Key="key")
    other = await site.send("inviteMember", INVITE | {"role": "ADMIN"}, Idempotency_Key="key")

    assert first["invitation"]["email"] == "new@acme.example"
    assert again == first
    assert only(other)["code"] == "CONFLICT"
    assert len(site.sent) == 1


async def test_the_inputs_own_key_goes_before_the_header(site):
    await site.send("updateOrganization", rename("One"), "one", Idempotency_Key="header")
    await site.send("updateOrganization", rename("Two"), "two", Idempotency_Key="header")
    again = await site.send("updateOrganization", rename("One"), "one", Idempotency_Key="another")

    assert again["userErrors"] == []
    assert len(site.sent) == 2


async def test_a_header_and_an_own_key_of_the_same_text_are_two_keys(site):
    await site.send("updateOrganization", rename("One"), Idempotency_Key="key")
    payload = await site.send("updateOrganization", rename("Two"), "key:updateOrganization")

    assert payload["userErrors"] == []
    assert len(site.sent) == 2


async def test_two_mutations_under_one_header_are_two_writes_and_a_repetition_repeats_neither(site):
    query = """mutation {
      a: inviteMember(input: {organizationId: "acme", upstream: LOSANT, email: "a@acme.example", role: VIEWER}) {
        invitation { id email expiresAt } userErrors { code } }
      b: inviteMember(input: {organizationId: "acme", upstream: LOSANT, email: "b@acme.example", role: VIEWER}) {
        invitation { id email expiresAt } userErrors { code } }
    }"""
    first = await site.post(query, Idempotency_Key="both")
    again = await site.post(query, Idempotency_Key="both")

    assert [first["data"][name]["invitation"]["email"] for name in "ab"] == ["a@acme.example", "b@acme.example"]
    assert again["data"] == first["data"]
    assert site.sent == [f"losant POST /orgs/{LOSANT}/invites"] * 2


async def test_while_the_first_call_runs_the_second_is_a_conflict_that_may_be_tried_again(site):
    site.fault(Upstream.LOSANT, fault="latency", seconds=0.2, times=1)
    first = asyncio.ensure_future(site.send("updateOrganization", rename("One"), "key"))
    await site.until(lambda: site.sent)

    second = await site.send("updateOrganization", rename("One"), "key")

    assert only(second)["code"] == "CONFLICT"
    assert only(second)["retryable"] is True
    assert not first.done()
    assert (await first)["userErrors"] == []
    assert await site.send("updateOrganization", rename("One"), "key") == await first
    assert len(site.sent) == 1


async def test_fifty_calls_at_once_are_one_write(wired):
    await wired.reopen()
    wired.fault(Upstream.LOSANT, fault="latency", seconds=0.1, times=1)

    answers = await asyncio.gather(*(wired.send("inviteMember", INVITE, "key") for _ in range(50)))

    made = [answer for answer in answers if not answer["userErrors"]]
    refused = [only(answer) for answer in answers if answer["userErrors"]]
    assert made
    assert all(answer == made[0] for answer in made)
    assert all((error["code"], error["retryable"]) == ("CONFLICT", True) for error in refused)
    assert wired.sent == [f"losant POST /orgs/{LOSANT}/invites"]


async def test_bad_input_does_not_use_the_key_up(site):
    bad = await site.send("inviteMember", INVITE | {"email": "nobody"}, "key")
    good = await site.send("inviteMember", INVITE, "key")

    assert only(bad)["code"] == "BAD_USER_INPUT"
    assert good["invitation"]["email"] == "new@acme.example"


async def test_a_throttled_write_does_not_use_the_key_up(site, renaming):
    site.fault(renaming.upstream, fault="status", status=429, headers={"Retry-After": "1"}, method="PATCH", times=1)
    throttled = await site.make(renaming, "key")
    good = await site.make(renaming, "key")

    assert only(throttled)["code"] == "UPSTREAM_RATE_LIMITED"
    assert only(throttled)["retryable"] is True
    assert good["userErrors"] == []
    assert len(site.sent) == 2
    assert renaming.made(site.before, site.sandbox.store)


async def test_a_missing_credential_does_not_use_the_key_up(site):
    given = rename("One") | {"upstreams": ["NKS"]}
    await site.reopen('[upstreams.nks]\ntoken = ""')
    refused = await site.send("updateOrganization", given, "key")
    await site.reopen()
    good = await site.send("updateOrganization", given, "key")

    assert only(refused)["code"] == "NOT_CONFIGURED"
    assert only(refused)["upstream"] == "NKS"
    assert good["userErrors"] == []


async def test_a_reading_that_fails_before_the_write_does_not_use_the_key_up(site):
    given = INVITE | {"upstream": "CLICKHOUSE", "role": "MEMBER"}
    site.fault(Upstream.CLICKHOUSE, fault="status", status=500, method="GET", path="*/roles", times=5)
    failed = await site.send("inviteMember", given, "key")
    assert site.sent == []
    site.repair()
    good = await site.send("inviteMember", given, "key")

    assert only(failed)["code"] == "UPSTREAM_UNAVAILABLE"
    assert good["userErrors"] == []
    assert len(site.sent) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "UPSTREAM_REJECTED"),
        (401, "UPSTREAM_UNAUTHENTICATED"),
        (403, "UPSTREAM_FORBIDDEN"),
        (404, "NOT_FOUND"),
        (409, "CONFLICT"),
        (410, "NOT_FOUND"),
        (422, "UPSTREAM_REJECTED"),
        (500, "UPSTREAM_UNAVAILABLE"),
        (502, "UPSTREAM_UNAVAILABLE"),
        (503, "UPSTREAM_UNAVAILABLE"),
    ],
)
async def test_what_the_upstream_refused_stays_refused_under_its_key(site, renaming, status, code):
    site.fault(renaming.upstream, fault="status", status=status, method="PATCH", times=1)
    first = await site.make(renaming, "key")
    again = await site.make(renaming, "key")
    await site.reopen()
    later = await site.make(renaming, "key")

    assert only(first)["code"] == code
    assert only(first)["upstream"] == renaming.upstream.name
    assert first["results"] == [
        {
            "upstream": renaming.upstream.name,
            "ok": False,
            "problem": {
                "code": code,
                "message": only(first)["message"],
                "upstream": renaming.upstream.name,
                "retryable": only(first)["retryable"],
                "retryAfterSeconds": None,
            },
        }
    ]
    assert again == first
    assert later == first
    assert len(site.sent) == 1
    assert not renaming.made(site.before, site.sandbox.store)


async def test_a_key_has_at_most_255_characters(site):
    own = await site.send("updateOrganization", rename("One"), "k" * 256)
    header = await site.send("updateOrganization", rename("One"), Idempotency_Key="k" * 256)

    assert only(own)["code"] == only(header)["code"] == "BAD_USER_INPUT"
    assert only(own)["field"] == ["clientMutationId"]
    assert only(header)["field"] is None
    assert site.sent == []

    for headers, key in (({"Idempotency_Key": "k" * 255}, None), ({}, "k" * 255)):
        await site.send("updateOrganization", rename("One"), key, **headers)
        assert (await site.send("updateOrganization", rename("One"), key, **headers))["userErrors"] == []
    assert len(site.sent) == 2


@pytest.mark.parametrize("key", ["ключ 🔑", "\0", "a\nb", " ", "'; DROP TABLE writes; --"])
async def test_a_key_may_be_any_text(site, key):
    first = await site.send("updateOrganization", rename("One"), key)
    await site.reopen()

    assert first["clientMutationId"] == key
    assert await site.send("updateOrganization", rename("One"), key) == first
    assert len(site.sent) == 1
