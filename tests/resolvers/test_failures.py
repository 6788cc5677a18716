"""What a query answers while an upstream is down, refuses, or has no such thing."""

import pytest

from gateway.sandbox.faults import Fault
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

EVERYTHING = """
{
  organization(id: "acme") {
    name slug logoUrl createdAt
    links { upstream nativeId problem { code upstream retryable } }
    members { totalCount nodes { upstream } incomplete { code upstream } }
    invitations { totalCount nodes { upstream } incomplete { code upstream } }
    activities { totalCount nodes { upstream } incomplete { code upstream } }
    customizations { theme }
    usage { deviceCounts { total } consumption { month } cost { total } }
    resourceCounts { devices }
    plan { upstream }
    privateEndpoints { id }
    byocConfigs { id }
  }
}
"""

LISTS = ("members", "invitations", "activities")

MISSING = {
    Upstream.LOSANT: {("usage", "deviceCounts"), ("resourceCounts", "devices")},
    Upstream.NKS: {("slug",)},
    Upstream.LOCKTERA: {("customizations",), ("usage", "consumption")},
    Upstream.CLICKHOUSE: {("usage", "cost"), ("privateEndpoints",), ("byocConfigs",)},
}
"""The fields that only one upstream has."""

HELD = {
    "members": {"LOSANT", "NKS", "CLICKHOUSE"},
    "invitations": {"LOSANT", "CLICKHOUSE"},
    "activities": {"LOCKTERA", "CLICKHOUSE"},
}
"""Who has a part of which list."""


def leaf(organization, path):
    for name in path:
        organization = organization[name]
    return organization


@pytest.mark.parametrize("stopped", Upstream, ids=lambda upstream: upstream.word)
async def test_with_one_upstream_stopped_all_that_the_others_hold_arrives(graphs, stopped):
    whole = (await graphs().data(EVERYTHING))["organization"]

    answer = await graphs(stopped=stopped)(EVERYTHING)

    organization = answer["data"]["organization"]
    errors = {tuple(error["path"][1:]): error["extensions"] for error in answer["errors"]}
    for error in errors.values():
        assert error["code"] == "UPSTREAM_UNAVAILABLE"
        assert error["upstream"] == stopped.name
        assert error["retryable"] is True
        assert error["requestId"]
    assert organization["name"]
    assert organization["createdAt"]
    for upstream, paths in MISSING.items():
        for path in paths:
            if upstream is stopped:
                assert leaf(organization, path) is None
                assert path in errors
            else:
                assert leaf(organization, path) == leaf(whole, path)
                assert path not in errors
    for name in LISTS:
        there = {node["upstream"] for node in organization[name]["nodes"]}
        concerned = stopped.name in HELD[name]
        assert there == HELD[name] - {stopped.name}
        assert organization[name]["incomplete"] == (
            [{"code": "UPSTREAM_UNAVAILABLE", "upstream": stopped.name}] if concerned else []
        )
        assert ((name,) in errors) is concerned
        assert organization[name]["totalCount"] == (None if concerned else whole[name]["totalCount"])
    for link in organization["links"]:
        down = link["upstream"] == stopped.name
        assert link["problem"] == (
            {"code": "UPSTREAM_UNAVAILABLE", "upstream": stopped.name, "retryable": True} if down else None
        )


async def test_a_name_comes_from_the_next_upstream_where_the_first_is_down(graphs):
    data = await graphs(stopped=Upstream.LOSANT).data('{ organization(id: "acme") { name } }')

    assert data == {"organization": {"name": "Acme Corporation"}}


async def test_a_logo_comes_from_the_next_upstream_where_the_first_has_none(graph):
    both = "{ organization(id: $id) { logoUrl } }"
    data = await graph.data(f"query Logo($id: ID!) {both}", id="acme")
    assert data["organization"]["logoUrl"].startswith("https://")


async def test_an_organization_that_its_only_upstream_cannot_tell_is_null_with_that_code(graphs):
    answer = await graphs(stopped=Upstream.NKS)('{ organization(id: "nks:4107") { id } }')

    assert answer["data"] == {"organization": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UPSTREAM_UNAVAILABLE"]
    assert answer["errors"][0]["path"] == ["organization"]


@pytest.mark.parametrize(
    "id",
    [
        "no-such-key",
        "losant:000000000000000000000000",
        "nks:999999",
        "locktera:org-nowhere",
        "T3JnYW5pemF0aW9uOm5vd2hlcmU",
    ],
)
async def test_a_missing_organization_is_null_and_not_found(graph, id):
    answer = await graph("query One($id: ID!) { organization(id: $id) { name } }", id=id)

    assert answer["data"] == {"organization": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]


async def test_an_organization_that_the_gateway_has_no_key_for_is_not_configured(graph):
    answer = await graph('{ organization(id: "clickhouse:00000000-0000-4000-8000-000000000001") { name } }')

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_CONFIGURED"]
    assert graph.calls == []


@pytest.mark.parametrize(
    "id",
    [
        "losant:575ed6e87ae143cd83dc4aa",
        "losant:../../admin",
        "losant:575ed6e87ae143cd83dc4aa8/members",
        "nks:2/../3",
        "nks:-1",
        "nks:２",
        "locktera:org%2F123",
        "locktera:" + "x" * 65,
        "clickhouse:not-a-uuid",
        "clickhouse:2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10\n",
        "a b",
        "",
    ],
)
async def test_an_id_of_the_wrong_form_is_bad_input_and_no_call(graph, id):
    answer = await graph("query One($id: ID!) { organization(id: $id) { name } }", id=id)

    assert answer["data"] == {"organization": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert graph.calls == []


async def test_many_by_ids_keep_their_order_with_null_and_an_error_at_the_missing_one(graph):
    answer = await graph('{ organizationsByIds(ids: ["acme", "nowhere", "nks:4107", "losant:x"]) { key } }')

    assert answer["data"]["organizationsByIds"] == [{"key": "acme"}, None, {"key": "nks:4107"}, None]
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["organizationsByIds", 1], "NOT_FOUND"),
        (["organizationsByIds", 3], "BAD_USER_INPUT"),
    ]


async def test_what_no_linked_upstream_offers_is_null_without_an_error(graph):
    data = await graph.data(
        """{ organization(id: "nks:4107") {
          description members { totalCount } invitations { totalCount } activities { totalCount }
          customizations { theme }
          usage { deviceCounts { total } payloadCounts { total } notebookMinutes { minutes } consumption { month }
                  cost { total } payloadCountsBreakdown { value } }
          resourceCounts { devices } plan { id } privateEndpoints { id } byocConfigs { id } } }"""
    )

    organization = data["organization"]
    assert organization.pop("members")["totalCount"] >= 0
    assert set(organization.pop("usage").values()) == {None}
    assert set(organization.values()) == {None}
    assert graph.calls == ["nks GET /orgs/4107", "nks GET /orgs/4107/members"]


async def test_an_upstream_that_is_not_configured_is_named_where_its_part_is_missing(graphs):
    graph = graphs(
        """
        [upstreams.losant]
        token = "LOSANT_API_TOKEN"
        url = "http://losant.sandbox"
        [organizations.acme]
        losant = "575ed6e87ae143cd83dc4aa8"
        nks = 2
        """
    )

    answer = await graph(
        """{ organization(id: "acme") { name slug members { incomplete { code upstream } } }
             upstreams { upstream state } }"""
    )

    assert answer["data"]["organization"]["name"] == "Acme Corporation"
    assert answer["data"]["organization"]["slug"] is None
    assert answer["data"]["organization"]["members"]["incomplete"] == [{"code": "NOT_CONFIGURED", "upstream": "NKS"}]
    assert {"upstream": "NKS", "state": "NOT_CONFIGURED"} in answer["data"]["upstreams"]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"NOT_CONFIGURED"}


async def test_upstreams_tell_how_they_do_after_calls_failed(graphs):
    graph = graphs(stopped=Upstream.NKS)
    before = await graph.data("{ upstreams { upstream state reason } }")
    await graph('{ organization(id: "acme") { slug } }')
    after = await graph.data("{ upstreams { upstream state reason } }")

    assert {each["state"] for each in before["upstreams"]} == {"UP"}
    states = {each["upstream"]: each for each in after["upstreams"]}
    assert states["NKS"]["state"] == "DOWN"
    assert states["NKS"]["reason"] == "NKS cannot be reached."
    assert states["LOSANT"] == {"upstream": "LOSANT", "state": "UP", "reason": None}


async def test_an_upstreams_refusal_keeps_its_own_code(graphs):
    codes = {}
    for status in (401, 403, 404, 429, 503):
        graph = graphs()
        faults = graph.sandbox.applications["nks"].state.faults
        faults.clear()
        faults.add(Fault("status", status=status, headers={"Retry-After": "7"}))
        answer = await graph('{ organization(id: "acme") { slug } }')
        extensions = answer["errors"][0]["extensions"]
        codes[status] = (extensions["code"], extensions.get("retryAfterSeconds"))

    assert codes == {
        401: ("UPSTREAM_UNAUTHENTICATED", None),
        403: ("UPSTREAM_FORBIDDEN", None),
        404: ("NOT_FOUND", None),
        429: ("UPSTREAM_RATE_LIMITED", 7),
        503: ("UPSTREAM_UNAVAILABLE", 7),
    }
