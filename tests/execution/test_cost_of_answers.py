"""What answers say of their cost, and how too costly operations are refused."""

from pathlib import Path

import httpx
import pytest

from gateway.door.explorer import examples

pytestmark = pytest.mark.anyio

TABS = sorted((Path(examples.__file__).parent / "tabs").glob("*.graphql"))
WRITES = sorted((Path(examples.__file__).parent / "tabs" / "sandbox").glob("*.graphql"))

WHOLE = """
query Whole($id: ID!, $from: DateTime, $to: DateTime) {
  organization(id: $id) {
    id key name slug description logoUrl createdAt updatedAt
    links { upstream nativeId capabilities name problem { code } }
    members(first: 100) { nodes { name email role } totalCount incomplete { code } }
    invitations(first: 100) { nodes { email role status } }
    activities(first: 100) { nodes { occurredAt action actor { kind name } details } }
    customizations { values theme }
    usage(from: $from, to: $to) {
      deviceCounts { date total } payloadCounts { total categories { category sources { value } } }
      payloadCountsBreakdown { date value } notebookMinutes { minutes } consumption { month } cost { items { total } }
    }
    resourceCounts { devices applications }
    plan { limits { name value } } privateEndpoints { id } byocConfigs { id }
  }
}
"""
FIFTY = """
query Fifty($ids: [ID!]!, $from: DateTime!, $to: DateTime!) {
  organizationsByIds(ids: $ids) {
    id name members(first: 20) { nodes { name role } } usage(from: $from, to: $to) { deviceCounts { date total } }
  }
}
"""
THIRTY = (
    "query Thirty($id: ID!) {"
    + " ".join(f"a{n}: organization(id: $id) {{ name members(first: 1) {{ totalCount }} }}" for n in range(30))
    + "}"
)
PRODUCTION = 'profile = "production"'


async def answered(gateway, query, headers=None, **variables):
    transport = httpx.ASGITransport(gateway)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as client:
        return (await client.post("/graphql", json={"query": query, "variables": variables})).json()


@pytest.mark.parametrize("tab", TABS, ids=lambda path: path.stem)
async def test_an_example_costs_no_more_than_was_estimated_and_fits_easily(graph, tab):
    answer = await graph(tab.read_text())

    cost = answer["extensions"]["cost"]
    assert "errors" not in answer
    assert cost["actual"] <= cost["estimated"] <= 1_000
    assert cost["upstreamCalls"] == len(graph.calls)
    assert 10 * len(graph.calls) <= cost["estimated"]


@pytest.mark.parametrize("tab", WRITES, ids=lambda path: path.stem)
async def test_an_example_that_writes_costs_no_more_than_was_estimated(written, tab):
    written.forget()
    answer = await written(tab.read_text())

    cost = answer["extensions"]["cost"]
    assert cost["actual"] <= cost["estimated"] <= 1_000
    assert cost["upstreamCalls"] == len(written.calls) > 0
    assert 10 * len(written.calls) <= cost["estimated"]


async def test_a_whole_organization_fits_easily(graph):
    answer = await graph(WHOLE, id="acme")

    cost = answer["extensions"]["cost"]
    assert "errors" not in answer
    assert cost["upstreamCalls"] == len(graph.calls)
    assert 10 * len(graph.calls) <= cost["actual"] <= cost["estimated"] <= 1_000


def test_fifty_organizations_with_members_and_usage_fit(cost):
    assert cost(FIFTY, ids=["losant:575ed6e87ae143cd83dc4aa8"] * 50) <= 5_000


def test_thirty_aliases_of_one_organization_fit(cost):
    assert cost(THIRTY, id="acme") <= 5_000


async def test_actual_counts_what_was_answered(graph):
    answer = await graph('{ organizationsByIds(ids: ["acme", "nowhere"]) { key members(first: 3) { nodes { id } } } }')

    assert answer["data"]["organizationsByIds"][1] is None
    assert answer["extensions"]["cost"] == {
        "estimated": 2 * (10 + 1 + 21 + 3),
        "actual": 2 * 10 + (1 + 21 + 3),
        "upstreamCalls": len(graph.calls),
    }


async def test_an_object_of_any_type_costs_what_its_type_costs(graph):
    query = "query ($id: ID!) { node(id: $id) { id ... on Organization { name slug } ... on Member { nativeRole } } }"
    found = await graph.data('{ organization(id: "acme") { id members(first: 1) { nodes { id } } } }')

    whole = await graph(query, id=found["organization"]["id"])
    member = await graph(query, id=found["organization"]["members"]["nodes"][0]["id"])

    assert whole["extensions"]["cost"]["actual"] == whole["extensions"]["cost"]["estimated"] == 31
    assert member["extensions"]["cost"]["actual"] == 11


async def test_an_operation_may_cost_the_limit_and_no_more(graphs):
    query = 'query ($first: Int) { organization(id: "acme") { members(first: $first) { nodes { name } } } }'
    graph = graphs("[limits]\ncost = 40")

    assert (await graph(query, first=8))["extensions"]["cost"]["estimated"] == 40
    answer = await graph(query, first=9)

    [error] = answer["errors"]
    assert "data" not in answer
    assert "may cost 41; at most 40 is allowed" in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["limit"] == "COST"
    assert graph.calls == []


async def test_a_limit_is_told_with_its_word(graph):
    [error] = (await graph("{ " + " ".join(f"a{n}: viewer {{ name }}" for n in range(31)) + " }"))["errors"]

    told = {key: error["extensions"][key] for key in ("code", "limit", "allowed", "asked")}
    assert told == {"code": "BAD_USER_INPUT", "limit": "ALIASES", "allowed": 30, "asked": 31}
    assert error["message"] == "The document has 31 aliases; at most 30 are allowed."


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            'query ($n: Int) { organization(id: "acme") { key members(first: $n) { totalCount } } }',
            "`first` must be from 0 to 100, not 101.",
        ),
        (
            "query ($ids: [ID!]!) { viewer { name } organizationsByIds(ids: $ids) { id } }",
            "`ids` may hold at most 100 ids, not 101.",
        ),
    ],
)
async def test_a_list_that_is_too_long_is_its_fields_error(graph, query, message):
    answer = await graph(query, n=101) if "$n" in query else await graph(query, ids=["acme"] * 101)

    [error] = answer["errors"]
    assert error["message"] == message
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("BAD_USER_INPUT", "LIST_SIZE")


async def test_a_refusal_of_variables_has_twenty_errors_at_most(graph):
    answer = await graph("query ($ids: [ID!]!) { organizationsByIds(ids: $ids) { id } }", ids=[{}] * 60)

    assert "data" not in answer
    assert len(answer["errors"]) == 20


async def test_production_tells_the_cost_on_request_only(graphs):
    gateway = graphs(PRODUCTION).gateway
    query = '{ organization(id: "acme") { name } }'

    assert "extensions" not in await answered(gateway, query)
    assert "extensions" not in await answered(gateway, query, {"GraphQL-Cost": "0"})
    told = await answered(gateway, query, {"GraphQL-Cost": "1"})
    assert told["extensions"] == {"cost": {"estimated": 21, "actual": 21, "upstreamCalls": 1}}


async def test_production_refuses_introspection_of_any_depth(graphs):
    answer = await answered(graphs(PRODUCTION).gateway, "{ __schema { queryType { name } } }")

    assert "introspection" in answer["errors"][0]["message"].lower()
