"""Changes at several upstreams at once, and customizations that are merged."""

import asyncio
import time

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.upstreams.locktera.customizations import merge_patch
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
KINDS = {"LOSANT": "losant.org", "NKS": "nks.org", "LOCKTERA": "locktera.org", "CLICKHOUSE": "clickhouse.organization"}
IDS = {"LOSANT": LOSANT, "NKS": "2", "LOCKTERA": "org-123", "CLICKHOUSE": CLICKHOUSE}
OTHERS = {name: set(KINDS) - {name} for name in KINDS}


def names(store):
    return {name: store.get(kind, IDS[name])["name"] for name, kind in KINDS.items()}


def ok(payload):
    return {result["upstream"]: result["ok"] for result in payload["results"]}


async def test_an_update_goes_to_every_linked_upstream(site):
    payload = await site.send("updateOrganization", {"organizationId": "acme", "name": "Heron"})

    assert payload["userErrors"] == []
    assert payload["results"] == [
        {"upstream": name, "ok": True, "problem": None} for name in ("LOSANT", "NKS", "CLICKHOUSE", "LOCKTERA")
    ]
    assert payload["organization"]["key"] == "acme"
    assert set(names(site.sandbox.store).values()) == {"Heron"}
    assert len(site.sent) == 4


async def test_the_upstreams_are_asked_at_the_same_time(site):
    for upstream in Upstream:
        site.fault(upstream, fault="latency", seconds=1.0, method="PATCH")
    began = time.monotonic()
    payload = await site.send("updateOrganization", {"organizationId": "acme", "name": "Heron"})

    assert time.monotonic() - began < 3.5
    assert all(ok(payload).values())


@pytest.mark.parametrize("failing", KINDS)
async def test_one_that_fails_is_told_and_the_others_are_done_and_only_it_is_repeated(site, failing):
    before = names(site.before)
    site.fault(Upstream[failing], fault="status", status=503, method="PATCH", times=1)
    given = {"organizationId": "acme", "name": "Heron"}
    payload = await site.send("updateOrganization", given, "first")

    assert ok(payload) == {name: name != failing for name in KINDS}
    [problem] = [result["problem"] for result in payload["results"] if not result["ok"]]
    [error] = payload["userErrors"]
    assert (error["code"], error["upstream"], error["field"]) == ("UPSTREAM_UNAVAILABLE", failing, None)
    assert (problem["code"], problem["message"]) == (error["code"], error["message"])
    assert payload["organization"]["key"] == "acme"
    now = names(site.sandbox.store)
    assert now.pop(failing) == before[failing]
    assert set(now.values()) == {"Heron"}

    sent = len(site.sent)
    again = await site.send("updateOrganization", given | {"upstreams": [failing]}, "second")
    assert again["userErrors"] == []
    assert ok(again) == {failing: True}
    assert len(site.sent) == sent + 1
    assert set(names(site.sandbox.store).values()) == {"Heron"}

    assert await site.send("updateOrganization", given, "first") == payload
    assert len(site.sent) == sent + 1


async def test_an_unknown_outcome_beside_good_ones_is_told_as_such(wired):
    wired.fault(Upstream.NKS, fault="cut", method="PATCH")
    wired.fault(Upstream.LOCKTERA, fault="status", status=403, method="PATCH")
    payload = await wired.send("updateOrganization", {"organizationId": "acme", "name": "Heron"})

    codes = {result["upstream"]: (result["problem"] or {}).get("code") for result in payload["results"]}
    assert codes["NKS"] == "OUTCOME_UNKNOWN"
    assert codes["LOCKTERA"] == "UPSTREAM_FORBIDDEN"
    assert {error["code"] for error in payload["userErrors"]} >= {"OUTCOME_UNKNOWN", "UPSTREAM_FORBIDDEN"}
    assert names(wired.sandbox.store)["NKS"] == "Heron"


async def test_where_all_fail_there_is_no_organization(site):
    for upstream in Upstream:
        site.fault(upstream, fault="status", status=400, method="PATCH")
    payload = await site.send("updateOrganization", {"organizationId": "acme", "name": "Heron"})

    assert payload["organization"] is None
    assert not any(ok(payload).values())
    assert [error["upstream"] for error in payload["userErrors"]] == [each["upstream"] for each in payload["results"]]


async def test_the_description_goes_to_losant_alone(site):
    payload = await site.send("updateOrganization", {"organizationId": "acme", "name": "Heron", "description": "Birds"})
    alone = await site.send("updateOrganization", {"organizationId": "acme", "description": ""})

    assert all(ok(payload).values())
    assert ok(alone) == {"LOSANT": True}
    store = site.sandbox.store
    assert store.get("losant.org", LOSANT)["description"] == ""
    assert [name for name in OTHERS["LOSANT"] if "description" in store.get(KINDS[name], IDS[name])] == []
    assert len(site.sent) == 5


async def test_an_upstream_that_is_named_twice_is_asked_once(site):
    payload = await site.send(
        "updateOrganization", {"organizationId": "acme", "name": "Heron", "upstreams": ["NKS", "NKS"]}
    )

    assert ok(payload) == {"NKS": True}
    assert site.sent == ["nks PATCH /orgs/2"]


async def test_the_answer_shows_what_was_changed_in_the_same_operation(site):
    answer = await site.post(
        """mutation { updateOrganization(input: {organizationId: "acme", name: "Heron"}) {
          organization { name links { upstream name } } } }"""
    )
    organization = answer["data"]["updateOrganization"]["organization"]

    assert organization["name"] == "Heron"
    assert {link["name"] for link in organization["links"]} == {"Heron"}


async def test_a_reading_behind_a_change_in_the_same_operation_is_fresh(site):
    answer = await site.post(
        """mutation {
          a: updateOrganization(input: {organizationId: "acme", name: "One"}) { organization { name } }
          b: updateOrganization(input: {organizationId: "acme", name: "Two"}) {
            organization { name links { name } } }
          c: updateOrganization(input: {organizationId: "acme", name: "Two", upstreams: [NKS]}) {
            organization { name slug } }
        }"""
    )

    assert answer["data"]["a"]["organization"]["name"] == "One"
    assert {link["name"] for link in answer["data"]["b"]["organization"]["links"]} == {"Two"}
    assert answer["data"]["c"]["organization"]["slug"].startswith("two")


# customizations


def reference(target, patch):
    """RFC 7396, section 2, word by word."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            if name in result:
                del result[name]
        else:
            result[name] = reference(result.get(name), value)
    return result


NAMES = st.sampled_from("abc")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=3)


@given(OBJECTS, OBJECTS)
@settings(max_examples=300, deadline=None)
def test_a_merge_is_that_of_rfc_7396(before, patch):
    assert merge_patch(before, patch) == reference(before, patch)


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
async def test_a_merge_is_written_whole(site, before, patch, after):
    put(site, before)
    payload = await merge(site, patch)

    assert payload["userErrors"] == []
    assert payload["customizations"]["values"] == after
    assert customizations(site) == after
    assert site.sent == ["locktera PUT /v1/orgs/org-123/customizations"]


def customizations(site):
    return site.sandbox.store.get("locktera.org", "org-123")["customizations"]


def put(site, values):
    record = site.sandbox.store.get("locktera.org", "org-123")
    site.sandbox.store.put("locktera.org", "org-123", record | {"customizations": values})


async def merge(site, values, key=None):
    return await site.send("updateCustomizations", {"organizationId": "acme", "values": values, "mode": "MERGE"}, key)


async def test_a_merge_that_meets_another_writer_is_a_conflict_and_may_be_tried_again(site):
    put(site, {"theme": "dark"})
    site.fault(Upstream.LOCKTERA, fault="latency", seconds=0.2, method="GET", path="*/customizations")
    requests = site.sandbox.applications["locktera"].state.faults.requests
    merging = asyncio.ensure_future(merge(site, {"branding_color": "#0b3d91"}, "key"))
    await site.until(lambda: len(requests) == 2)
    put(site, {"theme": "light"})
    payload = await merging
    site.repair()

    [error] = payload["userErrors"]
    assert (error["code"], error["upstream"]) == ("CONFLICT", "LOCKTERA")
    assert payload["customizations"] is None
    assert site.sent == []
    assert customizations(site) == {"theme": "light"}

    again = await merge(site, {"branding_color": "#0b3d91"}, "key")
    assert again["userErrors"] == []
    assert customizations(site) == {"theme": "light", "branding_color": "#0b3d91"}


async def test_a_merge_reads_afresh_although_the_operation_has_read_before(site):
    put(site, {"theme": "dark"})
    answer = await site.post(
        """mutation {
          a: updateCustomizations(input: {organizationId: "acme", values: {n: 1}}) { customizations { values } }
          b: updateCustomizations(input: {organizationId: "acme", values: {m: 2}, mode: MERGE}) {
            customizations { values } organization { customizations { values } } }
        }"""
    )

    assert answer["data"]["a"]["customizations"]["values"] == {"n": 1}
    assert answer["data"]["b"]["customizations"]["values"] == {"n": 1, "m": 2}
    assert answer["data"]["b"]["organization"]["customizations"]["values"] == {"n": 1, "m": 2}


@pytest.mark.parametrize("answers_the_object", [False, True])
@pytest.mark.parametrize(
    "values",
    [
        {"theme": "dark"},
        {"message": "hello", "theme": "dark"},
        {"message": "Organization customizations updated successfully"},
        {},
        {"n": 123456789012345678901234567890, "f": 1.5, "deep": {"a": [None, True, "ü"]}},
    ],
)
async def test_what_is_there_is_told_whether_the_upstream_answers_it_or_a_message(site, answers_the_object, values):

    await switch(site, answers_the_object)
    payload = await site.send("updateCustomizations", {"organizationId": "acme", "values": values})

    assert payload["userErrors"] == []
    assert payload["customizations"]["values"] == values
    assert customizations(site) == values


async def switch(site, on):
    transport = httpx.ASGITransport(site.sandbox.applications["locktera"])
    async with httpx.AsyncClient(transport=transport, base_url="http://locktera") as client:
        (await client.put("/__sandbox/switches", json={"shape_spec": on})).raise_for_status()
