"""The ways to organizations: ids, keys, lists."""

import pytest

from resolvers.identity import Upstream, decode, encode

pytestmark = pytest.mark.anyio

ACME = {
    "losant": "575ed6e87ae143cd83dc4aa8",
    "nks": "2",
    "locktera": "org-123",
    "clickhouse": "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10",
}


async def test_global_id_key_and_every_native_id_find_the_same_whole(graph):
    data = await graph.data('{ organization(id: "acme") { id } }')
    global_id = data["organization"]["id"]
    ids = [global_id, "acme", *(f"{word}:{native}" for word, native in ACME.items())]
    ids += ["LOSANT:575ED6E87AE143CD83DC4AA8", encode("Organization", "losant:575ed6e87ae143cd83dc4aa8")]

    for id in ids:
        found = await graph.data("query One($id: ID!) { organization(id: $id) { id key links { nativeId } } }", id=id)
        assert found["organization"] == {
            "id": global_id,
            "key": "acme",
            "links": [{"nativeId": ACME[word]} for word in ("losant", "nks", "clickhouse", "locktera")],
        }
        assert graph.calls == []


async def test_an_organization_without_a_link_is_a_whole_with_one_part(graph):
    data = await graph.data('{ organization(id: "nks:4107") { id key name links { upstream nativeId } } }')

    organization = data["organization"]
    assert organization["key"] == "nks:4107"
    assert organization["links"] == [{"upstream": "NKS", "nativeId": "4107"}]
    assert decode(organization["id"]) == ("Organization", "nks:4107")
    again = await graph.data("query One($id: ID!) { organization(id: $id) { key } }", id=organization["id"])
    assert again["organization"]["key"] == "nks:4107"


LIST = """
query List($first: Int, $after: String, $last: Int, $upstreams: [Upstream!], $nameContains: String) {
  organizations(first: $first, after: $after, last: $last, upstreams: $upstreams, nameContains: $nameContains) {
    nodes { key }
    pageInfo { hasNextPage endCursor }
    incomplete { code upstream }
  }
}
"""


async def keys(graph, **arguments):
    return [node["key"] for node in (await graph.data(LIST, **arguments))["organizations"]["nodes"]]


async def everything(graph, size):
    found, after = [], None
    while True:
        part = (await graph.data(LIST, first=size, after=after))["organizations"]
        found += [node["key"] for node in part["nodes"]]
        after = part["pageInfo"]["endCursor"]
        if not part["pageInfo"]["hasNextPage"]:
            return found


async def test_the_list_begins_with_the_linked_organizations_in_their_order(graph):
    linked = list(graph.gateway.settings.organizations)

    assert (await keys(graph))[: len(linked)] == linked
    assert len(linked) > 2


async def test_the_list_is_paged_without_loss_and_names_no_linked_organization_twice(graph):
    found = await everything(graph, 7)

    assert found == await everything(graph, 100)
    assert len(found) == len(set(found))
    links = graph.gateway.settings.organizations.values()
    linked = {f"{word}:{native_id}" for each in links for word, native_id in each.native_ids.items()}
    assert not linked & set(found)
    for word in ("losant", "nks"):
        assert any(key.startswith(f"{word}:") for key in found)


async def test_a_page_of_linked_organizations_asks_no_list(graph):
    assert len(await keys(graph, first=2)) == 2
    assert graph.calls == []


async def test_a_list_costs_one_call_per_upstream_and_key_and_names_come_with_it(graph):
    await graph.data("{ organizations(first: 100) { nodes { key } totalCount } }")

    lists = [call.split("?")[0] for call in graph.calls]
    assert lists == ["clickhouse GET /v1/organizations"] * 5 + [
        "locktera GET /v1/org",
        "losant GET /orgs",
        "nks GET /orgs",
    ]


async def test_the_organizations_of_a_list_are_not_asked_for_again(graph):
    await graph.data("{ organizations(last: 5, upstreams: [LOSANT]) { nodes { name members { totalCount } } } }")

    assert graph.calls == ["losant GET /orgs?sortField=id&sortDirection=asc&page=0&perPage=100"]


async def test_the_total_counts_the_whole_list(graph):
    data = await graph.data("{ organizations(first: 1) { totalCount } }")

    assert data["organizations"]["totalCount"] == len(await everything(graph, 100))


async def test_the_list_is_filtered_by_upstream_and_name(graph):
    assert {key.split(":")[0] for key in await keys(graph, upstreams=["NKS"]) if ":" in key} == {"nks"}
    assert await keys(graph, nameContains="ACME corp") == ["acme"]
    assert await keys(graph, nameContains="no such name") == []


async def test_a_list_that_fails_is_named_and_the_others_are_there(graphs):
    graph = graphs(stopped=Upstream.LOSANT)

    answer = await graph("{ organizations { nodes { key } totalCount incomplete { code upstream } } }")

    organizations = answer["data"]["organizations"]
    assert organizations["incomplete"] == [{"code": "UPSTREAM_UNAVAILABLE", "upstream": "LOSANT"}]
    assert organizations["totalCount"] is None
    assert any(node["key"].startswith("nks:") for node in organizations["nodes"])
    assert [error["path"] for error in answer["errors"]] == [["organizations"]]


async def test_members_and_invitations_are_found_again_by_their_ids(graph):
    data = await graph.data(
        """{ organization(id: "acme") {
          members { nodes { id email } } invitations { nodes { id address: email } } } }"""
    )
    people = data["organization"]["members"]["nodes"]
    invitations = data["organization"]["invitations"]["nodes"]
    ids = [each["id"] for each in people + invitations]

    found = await graph.data(
        """query Many($ids: [ID!]!) { nodes(ids: $ids) {
          id ... on Member { email organization { key } }
          ... on Invitation { address: email organization { key } } } }""",
        ids=ids,
    )

    assert found["nodes"] == [each | {"organization": {"key": "acme"}} for each in people + invitations]


@pytest.mark.parametrize(
    "id",
    [
        "acme",
        "nonsense",
        encode("Member", "losant", ACME["losant"], "000000000000000000000000"),
        encode("Member", "nks", "2", "../3"),
        encode("Member", "clickhouse", ACME["clickhouse"], ".."),
        encode("Member", "clickhouse", ACME["clickhouse"], "no/such"),
        encode("Member", "locktera", "org-123", "1"),
        encode("Member", "losant", "../..", "1"),
        encode("Invitation", "clickhouse", ACME["clickhouse"], "../members"),
        encode("Activity", "clickhouse", ACME["clickhouse"], "short"),
        encode("Activity", "losant", ACME["losant"], "x"),
        encode("Activity", "locktera", "org-123", "access_log.0.1"),
        encode("Member", "nowhere", "1", "1"),
        encode("Starship", "losant", "1"),
    ],
)
async def test_a_node_that_is_none_is_null_and_not_found(graph, id):
    answer = await graph("query One($id: ID!) { node(id: $id) { id } }", id=id)

    assert answer["data"] == {"node": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]


async def test_the_viewer_is_anonymous_and_reads(graphs):
    graph = graphs('[callers]\nanonymous = ["read"]')

    data = await graph.data("{ viewer { kind name scopes organizationKeys allOrganizations } }")

    assert data["viewer"] == {
        "kind": "ANONYMOUS",
        "name": None,
        "scopes": ["read"],
        "organizationKeys": [],
        "allOrganizations": True,
    }
