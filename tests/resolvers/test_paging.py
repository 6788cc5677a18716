"""Connections: pages, cursors, filters, counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.connections import Paging, cursor, cut

pytestmark = pytest.mark.anyio

MEMBERS = """
query Members($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  organization(id: $id) {
    members(first: $first, after: $after, last: $last, before: $before) {
      totalCount
      nodes { id }
      edges { cursor node { id } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


async def page(graph, id="megacorp", **arguments):
    return (await graph.data(MEMBERS, id=id, **arguments))["organization"]["members"]


async def test_twelve_hundred_members_are_paged_without_loss_or_repetition(graph):
    seen, after = [], None
    while True:
        members = await page(graph, first=100, after=after)
        seen += [node["id"] for node in members["nodes"]]
        assert [edge["node"]["id"] for edge in members["edges"]] == [node["id"] for node in members["nodes"]]
        after = members["pageInfo"]["endCursor"]
        if not members["pageInfo"]["hasNextPage"]:
            break

    assert len(seen) == len(set(seen)) == members["totalCount"] > 1200


async def test_paging_backward_gives_the_same_list(graph):
    forward, after = [], None
    for _ in range(3):
        members = await page(graph, id="acme", first=10, after=after)
        forward += [node["id"] for node in members["nodes"]]
        after = members["pageInfo"]["endCursor"]
    backward, before = [], None
    for _ in range(3):
        members = await page(graph, id="acme", last=10, before=before)
        backward = [node["id"] for node in members["nodes"]] + backward
        before = members["pageInfo"]["startCursor"]

    assert forward == backward
    assert len(forward) == members["totalCount"]
    assert members["pageInfo"]["hasPreviousPage"] is False


async def test_without_a_size_a_page_is_as_long_as_allowed(graph):
    assert len((await page(graph))["nodes"]) == 100


async def test_an_empty_page_has_no_cursors(graph):
    assert (await page(graph, first=0))["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": -1},
        {"first": 101},
        {"last": 101},
        {"first": 1, "last": 1},
        {"after": "nonsense"},
        {"after": ""},
        {"before": "W10"},
        {"after": "WzEsMiwzXQ"},
        {"after": "x" * 5000},
        {"after": "é"},
    ],
)
async def test_arguments_that_make_no_sense_are_bad_input_on_that_field_alone(graph, arguments):
    answer = await graph(MEMBERS.replace("{\n    members", "{ key\n    members"), id="acme", **arguments)

    assert answer["data"] == {"organization": {"key": "acme", "members": None}}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert graph.calls == []


async def test_members_are_filtered_by_upstream_role_and_text_and_counted_after_it(graph):
    data = await graph.data(
        """{ organization(id: "acme") {
          nks: members(upstreams: [NKS]) { totalCount nodes { upstream } }
          admins: members(roles: [ADMIN]) { totalCount nodes { role } }
          found: members(search: "ALICE@") { totalCount nodes { email } }
          nobody: members(search: "no such person") { totalCount nodes { email } }
          nowhere: members(upstreams: [LOCKTERA]) { totalCount } } }"""
    )

    organization = data["organization"]
    assert {node["upstream"] for node in organization["nks"]["nodes"]} == {"NKS"}
    assert {node["role"] for node in organization["admins"]["nodes"]} == {"ADMIN"}
    assert {node["email"] for node in organization["found"]["nodes"]} == {"alice@acme.example"}
    assert organization["nobody"] == {"totalCount": 0, "nodes": []}
    assert organization["nowhere"] is None
    for name in ("nks", "admins", "found"):
        assert organization[name]["totalCount"] == len(organization[name]["nodes"]) > 0


async def test_invitations_are_filtered_by_status(graph):
    data = await graph.data(
        """{ organization(id: "acme") {
          all: invitations { totalCount }
          pending: invitations(status: PENDING) { totalCount nodes { status } }
          expired: invitations(status: EXPIRED) { totalCount nodes { status expiresAt } } } }"""
    )

    organization = data["organization"]
    assert {node["status"] for node in organization["pending"]["nodes"]} == {"PENDING"}
    assert {node["status"] for node in organization["expired"]["nodes"]} == {"EXPIRED"}
    assert (
        organization["all"]["totalCount"]
        == organization["pending"]["totalCount"] + organization["expired"]["totalCount"]
    )


ACTIVITIES = """
query Activities($first: Int, $after: String, $from: DateTime, $to: DateTime, $sources: [ActivitySource!],
                 $actions: [String!], $actorKinds: [ActorKind!], $upstreams: [Upstream!]) {
  organization(id: "acme") {
    activities(first: $first, after: $after, from: $from, to: $to, sources: $sources, actions: $actions,
               actorKinds: $actorKinds, upstreams: $upstreams) {
      totalCount
      nodes { id occurredAt upstream source action actor { kind } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


async def activities(graph, **arguments):
    return (await graph.data(ACTIVITIES, **arguments))["organization"]["activities"]


async def all_activities(graph, **arguments):
    seen, after = [], None
    while True:
        part = await activities(graph, first=70, after=after, **arguments)
        seen += part["nodes"]
        after = part["pageInfo"]["endCursor"]
        if not part["pageInfo"]["hasNextPage"]:
            return seen, part["totalCount"]


async def test_activities_of_three_logs_are_merged_newest_first_and_paged_without_loss(graph):
    seen, total = await all_activities(graph)

    times = [node["occurredAt"] for node in seen]
    assert times == sorted(times, reverse=True)
    assert len({node["id"] for node in seen}) == len(seen) == total
    assert {node["source"] for node in seen} == {"ACTIVITY", "ACCESS_LOG", "CHILDREN_AUDIT"}


@pytest.mark.parametrize(
    ("arguments", "check"),
    [
        ({"sources": ["ACCESS_LOG"]}, lambda node: node["source"] == "ACCESS_LOG"),
        ({"upstreams": ["CLICKHOUSE"]}, lambda node: node["upstream"] == "CLICKHOUSE"),
        ({"actions": ["login"]}, lambda node: node["action"].lower() == "login"),
        ({"actorKinds": ["SYSTEM", "API"]}, lambda node: node["actor"]["kind"] in {"SYSTEM", "API"}),
    ],
)
async def test_activities_are_filtered(graph, arguments, check):
    everything, _ = await all_activities(graph)

    filtered, total = await all_activities(graph, **arguments)

    assert filtered == [node for node in everything if check(node)]
    assert total == len(filtered) > 0


async def test_activities_of_a_window_are_those_between_its_ends(graph):
    everything, _ = await all_activities(graph)
    start, end = everything[200]["occurredAt"], everything[100]["occurredAt"]

    inside, total = await all_activities(graph, **{"from": start, "to": end})

    assert inside == [node for node in everything if start <= node["occurredAt"] <= end]
    assert total == len(inside) > 100


async def test_a_window_that_ends_before_it_begins_is_bad_input(graph):
    answer = await graph(ACTIVITIES, **{"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"})

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_audit_log_is_read_only_where_it_is_asked_for(graph):
    await activities(graph, first=5)
    assert not any("audit-logs" in call for call in graph.calls)

    by_source = await activities(graph, first=5, sources=["AUDIT_LOG"])
    assert graph.calls == [
        (
            "losant GET /orgs/575ed6e87ae143cd83dc4aa8/audit-logs"
            "?sortField=creationDate&sortDirection=desc&page=0&perPage=100"
        )
    ]
    by_upstream = await activities(graph, first=5, upstreams=["LOSANT"])
    assert by_source["nodes"] == by_upstream["nodes"]
    assert len(by_source["nodes"]) == 5


async def test_the_audit_log_is_paged_to_its_end(graph):
    seen, _ = await all_activities(graph, sources=["AUDIT_LOG"])

    times = [node["occurredAt"] for node in seen]
    assert times == sorted(times, reverse=True)
    assert len({node["id"] for node in seen}) == len(seen) > 100


async def test_one_activity_is_found_again_by_its_id(graph):
    nodes = (await activities(graph, first=100))["nodes"]
    nodes += (await activities(graph, first=2, sources=["AUDIT_LOG"]))["nodes"]
    one_per_log = {node["source"]: node["id"] for node in nodes}

    for source, id in one_per_log.items():
        data = await graph.data(
            """query One($id: ID!) {
              organization(id: "acme") { activity(id: $id) { id source } }
              node(id: $id) { ... on Activity { id source organization { key } } } }""",
            id=id,
        )
        assert data["organization"]["activity"] == {"id": id, "source": source}
        assert data["node"] == {"id": id, "source": source, "organization": {"key": "acme"}}
    assert set(one_per_log) == {"ACTIVITY", "ACCESS_LOG", "CHILDREN_AUDIT", "AUDIT_LOG"}


async def test_an_activity_of_another_organization_is_not_found(graph):
    other = await graph.data('{ organization(id: "northwind") { activities(first: 1) { nodes { id } } } }')
    id = other["organization"]["activities"]["nodes"][0]["id"]

    answer = await graph('query One($id: ID!) { organization(id: "acme") { activity(id: $id) { id } } }', id=id)

    assert answer["data"] == {"organization": {"activity": None}}
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


numbers = st.lists(st.integers(0, 60), unique=True).map(sorted)


@given(numbers, st.integers(0, 8), st.booleans(), st.none() | st.integers(0, 60), st.none() | st.integers(0, 60))
def test_a_page_is_the_cut_that_relay_describes(items, size, backward, after, before):
    places = {name: None if number is None else (0, number, "") for name, number in (("a", after), ("b", before))}

    page = cut(items, lambda item: (0, item, ""), Paging(size, backward, places["a"], places["b"]))

    between = [n for n in items if (after is None or n > after) and (before is None or n < before)]
    wanted = between[-size:] if backward and size else between[:size] if not backward else []
    assert list(page.items) == wanted
    if wanted:
        assert page.has_next == any(n > wanted[-1] for n in items)
        assert page.has_previous == any(n < wanted[0] for n in items)


@given(st.integers(), st.integers(), st.text())
def test_cursors_are_plain_words(group, position, name):
    assert cursor((group, position, name)).replace("-", "").replace("_", "").isalnum()
