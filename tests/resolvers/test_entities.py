"""Entities: what gateways of other graphs ask for by key, all at once, each with its own answer or error."""

import pytest

from resolvers.identity import Upstream, encode

pytestmark = pytest.mark.anyio

ENTITIES = """
query Entities($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Organization { id key }
    ... on Member { id email }
    ... on Invitation { id address: email }
  }
}
"""
NAMES = """
query Names($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Organization { key name } }
}
"""
PEOPLE = """{ organization(id: "acme") {
  members(upstreams: [LOSANT]) { nodes { id email } } invitations(upstreams: [LOSANT]) { nodes { id email } }
} }"""
LOSANT = "575ed6e87ae143cd83dc4aa8"
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"


def organization(**key):
    return {"__typename": "Organization", **key}


def told(answer):
    """The path's end and the code of each error."""
    return [(error["path"], error["extensions"]["code"]) for error in answer.get("errors", [])]


async def test_an_organization_is_found_by_global_id_by_key_and_by_native_id_without_a_call(graph):
    acme = {"__typename": "Organization", "id": encode("Organization", "acme"), "key": "acme"}
    asked = [{"id": acme["id"]}, {"key": "acme"}, {"id": "acme"}, {"key": f"losant:{LOSANT}"}, {"id": "nks:2"}]

    data = await graph.data(ENTITIES, representations=[organization(**each) for each in asked])

    assert data["_entities"] == [acme] * len(asked)
    assert graph.calls == []


async def test_entities_come_in_the_order_of_their_representations_as_often_as_they_are_named(graph):
    keys = ["northwind", "acme", "northwind", "acme"]

    data = await graph.data(ENTITIES, representations=[organization(key=key) for key in keys])

    assert [each["key"] for each in data["_entities"]] == keys


async def test_what_many_entities_need_of_an_upstream_is_asked_for_together(graph):
    listed = await graph.data("{ organizations(first: 100, upstreams: [NKS]) { nodes { key name } } }")
    unlinked = [each for each in listed["organizations"]["nodes"] if each["key"].startswith("nks:")]
    assert len(unlinked) > 5

    data = await graph.data(NAMES, representations=[organization(key=each["key"]) for each in unlinked])

    assert data["_entities"] == unlinked
    assert graph.calls == ["nks GET /orgs"]


async def test_an_entity_that_is_named_twice_is_asked_for_once(graph):
    again = [organization(key="nks:4107"), organization(id=encode("Organization", "nks:4107"))] * 5

    data = await graph.data(NAMES, representations=again)

    assert len({each["name"] for each in data["_entities"]}) == 1
    assert graph.calls == ["nks GET /orgs/4107"]


async def test_members_and_invitations_are_found_as_nodes_are(graph):
    people = (await graph.data(PEOPLE))["organization"]
    members = people["members"]["nodes"]
    invitations = people["invitations"]["nodes"]
    assert len(members) > 1
    assert invitations
    named = [("Member", each) for each in members] + [("Invitation", each) for each in invitations]

    data = await graph.data(ENTITIES, representations=[{"__typename": kind, "id": each["id"]} for kind, each in named])

    assert [each["id"] for each in data["_entities"]] == [each["id"] for _, each in named]
    assert [each["__typename"] for each in data["_entities"]] == [kind for kind, _ in named]
    assert graph.calls == [f"losant GET /orgs/{LOSANT}", f"losant GET /orgs/{LOSANT}/invites"]


async def test_entities_of_all_kinds_come_side_by_side(graph):
    (member, *_) = (await graph.data(PEOPLE))["organization"]["members"]["nodes"]

    data = await graph.data(
        ENTITIES, representations=[{"__typename": "Member", "id": member["id"]}, organization(key="acme")]
    )

    assert [each["__typename"] for each in data["_entities"]] == ["Member", "Organization"]


async def test_what_else_a_representation_holds_is_not_looked_at(graph):
    extra = {"balance": 12.5, "invoices": [{"id": 1, "lines": [[], {}]}], "name": None, "selection-set": True}

    data = await graph.data(ENTITIES, representations=[organization(key="acme", id=None, **extra)])

    assert data["_entities"][0]["key"] == "acme"


async def test_the_first_key_that_is_given_decides(graph):
    data = await graph.data(ENTITIES, representations=[organization(key="nowhere", id="acme")])

    assert data["_entities"][0]["key"] == "acme"


async def test_a_missing_entity_is_null_and_not_found_at_its_index(graph):
    answer = await graph(
        ENTITIES, representations=[organization(key="nowhere"), organization(key="acme"), organization(id="nks:999999")]
    )

    assert [each and each["key"] for each in answer["data"]["_entities"]] == [None, "acme", None]
    assert sorted(told(answer)) == [(["_entities", 0], "NOT_FOUND"), (["_entities", 2], "NOT_FOUND")]
    assert graph.calls == ["nks GET /orgs/999999"]


async def test_an_upstream_that_fails_is_the_error_of_its_own_entities(graphs):
    graph = graphs(stopped=Upstream.NKS)

    answer = await graph(NAMES, representations=[organization(key="nks:4107"), organization(key="acme")])

    assert answer["data"]["_entities"] == [None, {"key": "acme", "name": "Acme Corporation"}]
    assert told(answer) == [(["_entities", 0], "UPSTREAM_UNAVAILABLE")]


@pytest.mark.parametrize("kind", ["Member", "Invitation"])
async def test_an_id_of_another_kind_names_nothing(graph, kind):
    other = {"Member": "Invitation", "Invitation": "Member"}[kind]
    ids = [encode("Organization", "acme"), encode(other, "clickhouse", CLICKHOUSE, "1"), "acme", ""]

    answer = await graph(ENTITIES, representations=[{"__typename": kind, "id": id} for id in ids])

    assert answer["data"]["_entities"] == [None] * 4
    assert sorted(told(answer)) == [(["_entities", index], "NOT_FOUND") for index in range(4)]
    assert graph.calls == []


JUNK = {
    "no type": ({"id": "acme"}, "must have a `__typename`"),
    "a type that is no text": ({"__typename": 1, "id": "acme"}, "must have a `__typename`"),
    "an unknown type": ({"__typename": "Starship", "id": "acme"}, "must be that of an entity"),
    "a type that is no entity": ({"__typename": "Query"}, "must be that of an entity"),
    "an interface": ({"__typename": "Node", "id": "acme"}, "must be that of an entity"),
    "no key": ({"__typename": "Organization"}, "must have the key `id` or `key`"),
    "a null key": ({"__typename": "Organization", "id": None, "key": None}, "must have the key `id` or `key`"),
    "no key of a member": ({"__typename": "Member", "key": "acme"}, "must have the key `id`"),
    "a number": ({"__typename": "Organization", "key": 5}, "`key` of Organization must be text"),
    "a boolean": ({"__typename": "Organization", "id": True}, "`id` of Organization must be text"),
    "a list of keys": ({"__typename": "Organization", "id": ["acme"]}, "`id` of Organization must be text"),
    "a nested key": ({"__typename": "Organization", "id": {"id": "acme"}}, "`id` of Organization must be text"),
    "a wrong and a good key": ({"__typename": "Organization", "id": 0, "key": "acme"}, "`id` of Organization must be"),
    "text": ("acme", "must be an object"),
    "a whole number": (5, "must be an object"),
    "a list": ([{"__typename": "Organization", "id": "acme"}], "must be an object"),
    "an id without a form": ({"__typename": "Organization", "id": "no form"}, "named by its global id"),
    "a native id without a form": ({"__typename": "Organization", "id": "nks:../2"}, "NKS"),
}


@pytest.mark.parametrize(("junk", "sentence"), JUNK.values(), ids=JUNK)
async def test_junk_is_an_error_at_its_index_and_spoils_nothing_else(graph, junk, sentence):
    answer = await graph(ENTITIES, representations=[organization(key="acme"), junk, organization(key="northwind")])

    first, second, third = answer["data"]["_entities"]
    assert (first["key"], second, third["key"]) == ("acme", None, "northwind")
    assert told(answer) == [(["_entities", 1], "BAD_USER_INPUT")]
    assert sentence in answer["errors"][0]["message"]
    assert graph.calls == []


async def test_representations_can_be_written_in_the_document(graph):
    data = await graph.data(
        '{ _entities(representations: [{__typename: "Organization", key: "acme"}]) { ... on Organization { key } } }'
    )

    assert data == {"_entities": [{"key": "acme"}]}


async def test_a_variable_without_a_value_is_no_key(graph):
    text = """query ($id: ID) {
      _entities(representations: [{__typename: "Organization", id: $id, key: "acme"}]) { ... on Organization { key } }
    }"""

    assert await graph.data(text) == {"_entities": [{"key": "acme"}]}


@pytest.mark.parametrize("number", [101, 10_000])
async def test_more_representations_than_a_page_holds_are_refused_before_any_call(graph, number):
    many = [organization(key=f"nks:{number}") for number in range(number)]

    answer = await graph(NAMES, representations=many)

    assert answer["data"] is None
    assert told(answer) == [(["_entities"], "BAD_USER_INPUT")]
    assert f"at most 100 representations, not {number}" in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"]["limit"] == "LIST_SIZE"
    assert graph.calls == []


async def test_the_page_limit_of_the_settings_counts(graphs):
    graph = graphs("[limits]\npage = 2")

    data = await graph.data(ENTITIES, representations=[organization(key="acme")] * 2)
    answer = await graph(ENTITIES, representations=[organization(key="acme")] * 3)

    assert len(data["_entities"]) == 2
    assert "at most 2 representations, not 3" in answer["errors"][0]["message"]


async def test_no_representations_are_no_entities(graph):
    assert await graph.data(ENTITIES, representations=[]) == {"_entities": []}


@pytest.mark.parametrize("representations", [None, [None], {"__typename": 1}, "acme"])
async def test_what_is_no_list_of_representations_never_reaches_an_upstream(graph, representations):
    answer = await graph(ENTITIES, representations=representations)

    codes = {error["extensions"]["code"] for error in answer["errors"]}
    assert codes == {"BAD_USER_INPUT"}
    assert graph.calls == []
