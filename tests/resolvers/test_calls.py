"""How many upstream calls a query costs: exactly those that it needs."""

import pytest

pytestmark = pytest.mark.anyio

ACME = {
    "losant": "/orgs/575ed6e87ae143cd83dc4aa8",
    "nks": "/orgs/2",
    "locktera": "/v1/orgs/org-123",
    "clickhouse": "/v1/organizations/2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10",
}

WHOLE = """
query Whole($id: ID!) {
  organization(id: $id) {
    name slug
    members(first: 5) { nodes { name role upstream } totalCount }
    invitations { nodes { email status } }
    activities(first: 10) { nodes { occurredAt action actor { kind name } } }
    customizations { values }
    usage(from: "2026-09-01T00:00:00Z", to: "2026-10-01T00:00:00Z") {
      deviceCounts { date total }
      payloadCounts { total }
      consumption { month apiCalls }
      cost { total }
    }
  }
}
"""


async def test_the_whole_of_a_linked_organization_is_fourteen_calls(graph):
    data = await graph.data(WHOLE, id="acme")

    organization = data["organization"]
    assert organization["name"] == "Acme Corporation"
    assert organization["slug"]
    assert len(organization["members"]["nodes"]) == 5
    assert len(organization["activities"]["nodes"]) == 10
    assert organization["invitations"]["nodes"]
    assert organization["customizations"]["values"]["theme"]
    assert all(organization["usage"].values())
    assert graph.calls == sorted(
        [
            f"losant GET {ACME['losant']}",
            f"losant GET {ACME['losant']}/invites",
            f"losant GET {ACME['losant']}/deviceCounts?start=1788220800000&end=1790812800000",
            f"losant GET {ACME['losant']}/payloadCounts?start=1788220800000&end=1790812800000&asBytes=false",
            f"nks GET {ACME['nks']}",
            f"nks GET {ACME['nks']}/members",
            f"locktera GET {ACME['locktera']}/access_log",
            f"locktera GET {ACME['locktera']}/children_audit",
            f"locktera GET {ACME['locktera']}/customizations",
            f"locktera GET {ACME['locktera']}/consumption",
            f"clickhouse GET {ACME['clickhouse']}/members",
            f"clickhouse GET {ACME['clickhouse']}/invitations",
            f"clickhouse GET {ACME['clickhouse']}/activities",
            f"clickhouse GET {ACME['clickhouse']}/usageCost?from_date=2026-09-01&to_date=2026-09-30",
        ]
    )


async def test_identity_and_capabilities_of_a_linked_organization_cost_nothing(graph):
    data = await graph.data('{ organization(id: "acme") { id key links { upstream nativeId capabilities } } }')

    assert [link["upstream"] for link in data["organization"]["links"]] == ["LOSANT", "NKS", "CLICKHOUSE", "LOCKTERA"]
    assert graph.calls == []


async def test_a_hundred_aliases_of_one_organization_are_one_call(graphs):
    graph = graphs("[limits]\naliases = 100")
    aliases = " ".join(f"a{number}: organization(id: $id) {{ name members {{ totalCount }} }}" for number in range(100))
    [native] = await losant_ids(graph, 1)

    data = await graph.data(f"query Aliases($id: ID!) {{ {aliases} }}", id=f"losant:{native}")

    assert len(data) == 100
    assert graph.calls == [f"losant GET /orgs/{native}"]


async def losant_ids(graph, count):
    data = await graph.data(
        "{ organizations(first: 100, upstreams: [LOSANT]) { nodes { links { upstream nativeId } } } }"
    )
    natives = [
        link["nativeId"]
        for node in data["organizations"]["nodes"]
        for link in node["links"]
        if link["upstream"] == "LOSANT"
    ]
    return natives[-count:]


WIDE = """
query Wide($ids: [ID!]!) {
  organizationsByIds(ids: $ids) {
    id name
    members(first: 20) { nodes { name role } }
    usage(from: "2026-09-01T00:00:00Z", to: "2026-10-01T00:00:00Z") { deviceCounts { date total } }
  }
}
"""


async def test_fifty_organizations_of_a_small_account_are_one_list_and_their_usage(graphs):
    graph = graphs()
    natives = await losant_ids(graph, 50)

    data = await graph.data(WIDE, ids=[f"losant:{native}" for native in natives])

    assert len(data["organizationsByIds"]) == 50
    assert all(each["usage"]["deviceCounts"] for each in data["organizationsByIds"])
    assert graph.calls == sorted(
        ["losant GET /orgs?sortField=id&sortDirection=asc&page=0&perPage=100"]
        + [f"losant GET /orgs/{each}/deviceCounts?start=1788220800000&end=1790812800000" for each in natives]
    )


async def test_fifty_organizations_of_an_account_of_unknown_size_are_one_call_each_and_their_usage(graphs):
    natives = await losant_ids(graphs(), 50)
    graph = graphs()

    await graph.data(WIDE, ids=[f"losant:{native}" for native in natives])

    assert graph.calls == sorted(
        [f"losant GET /orgs/{each}" for each in natives]
        + [f"losant GET /orgs/{each}/deviceCounts?start=1788220800000&end=1790812800000" for each in natives]
    )


async def test_several_organizations_of_nks_are_one_list(graph):
    data = await graph.data('{ organizationsByIds(ids: ["acme", "northwind", "megacorp"]) { slug } }')

    assert all(each["slug"] for each in data["organizationsByIds"])
    assert graph.calls == ["nks GET /orgs"]


async def test_one_organization_of_nks_is_no_list(graph):
    await graph.data('{ organizationsByIds(ids: ["acme", "acme"]) { slug } }')

    assert graph.calls == ["nks GET /orgs/2"]


async def test_only_the_selected_counts_are_asked_for_and_with_the_organization(graph):
    await graph.data(
        '{ organization(id: "acme") { name members(first: 1) { totalCount } resourceCounts { devices members } } }'
    )

    assert f"losant GET {ACME['losant']}?summaryInclude=deviceCount,memberCount" in graph.calls
    assert [call for call in graph.calls if call.startswith("losant")] == [
        f"losant GET {ACME['losant']}?summaryInclude=deviceCount,memberCount"
    ]


async def test_the_counts_of_an_organization_that_had_to_be_looked_up_come_with_the_look_up(graph):
    natives = await losant_ids(graph, 1)
    data = await graph.data(f'{{ organization(id: "losant:{natives[0]}") {{ name resourceCounts {{ devices }} }} }}')

    assert isinstance(data["organization"]["resourceCounts"]["devices"], int)
    assert graph.calls == [f"losant GET /orgs/{natives[0]}"]


async def test_cost_over_more_than_31_days_is_split_and_added(graph):
    query = """query Cost($from: DateTime!, $to: DateTime!) {
      organization(id: "acme") { usage(from: $from, to: $to) { cost { total unit items { date } } } } }"""

    whole = await graph.data(query, **{"from": "2026-09-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"})
    calls = graph.calls
    months = [
        await graph.data(query, **{"from": start, "to": end})
        for start, end in (
            ("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"),
            ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        )
    ]

    costs = [each["organization"]["usage"]["cost"] for each in (whole, *months)]
    assert calls == [
        f"clickhouse GET {ACME['clickhouse']}/usageCost?from_date=2026-09-01&to_date=2026-10-01",
        f"clickhouse GET {ACME['clickhouse']}/usageCost?from_date=2026-10-02&to_date=2026-10-31",
    ]
    assert costs[0]["total"] == pytest.approx(costs[1]["total"] + costs[2]["total"])
    assert len(costs[0]["items"]) == len(costs[1]["items"]) + len(costs[2]["items"]) > 61


async def test_a_name_asks_the_next_upstream_only_where_the_first_has_none(graphs):
    first = graphs('[identity]\norder = ["nks", "losant"]')
    await first.data('{ organization(id: "acme") { name } }')

    assert first.calls == [f"nks GET {ACME['nks']}"]


async def test_a_fact_is_asked_only_of_upstreams_that_can_have_it(graph):
    await graph.data('{ organization(id: "acme") { slug } }')

    assert graph.calls == [f"nks GET {ACME['nks']}"]
