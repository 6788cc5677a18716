"""Grants: an organization that a caller may not see does not exist for them, whichever way they try."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLScalarType

from gateway.callers.api_keys import hashed, new_key
from gateway.sandbox.world.links import LINKS
from gateway.settings import SCOPES
from resolvers.schema import graphql_schema

pytestmark = pytest.mark.anyio

LIMITED, EVERYWHERE, FEW, SINGLE = (new_key() for _ in range(4))


def api_key(name: str, key: str, organizations: list[str], scopes: tuple[str, ...] = SCOPES) -> str:
    return (
        f'[[callers.api_keys]]\nname = "{name}"\nhash = "{hashed(key)}"\n'
        f"organizations = {organizations}\nscopes = {list(scopes)}\n"
    )


CALLERS = "[callers]\nanonymous = []\n" + "".join(
    [
        api_key("limited", LIMITED, ["acme"]),
        api_key("everywhere", EVERYWHERE, ["*"]),
        api_key("few", FEW, ["acme", "nks:3880"]),
        api_key("none", SINGLE, []),
    ]
)


@pytest.fixture
def graph(graphs):
    return graphs(CALLERS)


@pytest.fixture
def door(graph, doors):
    return doors(graph.gateway)


def global_id(*parts: str) -> str:
    return base64.urlsafe_b64encode(":".join(parts).encode()).rstrip(b"=").decode()


NAMES = {
    "linked": [
        ("northwind", "nosuch"),
        *(
            (f"{upstream}:{native}", f"{upstream}:{missing}")
            for (upstream, native), missing in zip(
                LINKS["northwind"].items(),
                ("f" * 24, 999_999, "org-nosuch", "11111111-2222-3333-4444-555555555555"),
                strict=True,
            )
        ),
        (f"LOSANT:{str(LINKS['northwind']['losant']).upper()}", f"LOSANT:{'F' * 24}"),
        (f"nks:000{LINKS['northwind']['nks']}", "nks:000999999"),
    ],
}
"""Ids of a linked organization that is not granted, each with one of the same form that names nothing."""


@dataclass(frozen=True)
class Foreign:
    """Ids, by kind, of what is there and not granted, each with one of the same form that is not there."""

    organization: list[tuple[str, str]]
    member: list[tuple[str, str]]
    invitation: list[tuple[str, str]]
    activity: list[tuple[str, str]]

    def of(self, kind: str) -> list[tuple[str, str]]:
        everything = [*self.organization, *self.member, *self.invitation, *self.activity]
        return everything if kind == "any" else list(getattr(self, kind))


def missing_part(text: str, *, of: str) -> str:
    """The global id with another organization, or another object, in the place of its own."""
    plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    kind, upstream, organization, rest = plain.split(":", 3)
    nowhere = {
        "losant": "f" * 24,
        "nks": "999999",
        "locktera": "org-nosuch",
        "clickhouse": "1" * 8 + "-1111" * 3 + "-" + "1" * 12,
    }
    return global_id(
        kind, upstream, *((nowhere[upstream], rest) if of == "organization" else (organization, rest[:-1] + "0"))
    )


@pytest.fixture
async def foreign(door) -> Foreign:
    listed = await door.ask("{ organizations(first: 100) { nodes { id key } } }", EVERYWHERE)
    unlinked: dict[str, str] = {}
    for each in listed["data"]["organizations"]["nodes"]:
        word, colon, _ = each["key"].partition(":")
        if colon:
            unlinked.setdefault(word, each["key"])
    assert {"losant", "nks"} <= unlinked.keys()
    names = NAMES["linked"] + [
        (key, missing)
        for key in unlinked.values()
        for word, missing in NAMES["linked"]
        if word.partition(":")[0] == key.partition(":")[0]
    ]
    globals_ = [(global_id("Organization", there), global_id("Organization", missing)) for there, missing in names]
    query = """{ organization(id: "northwind") {
        members(first: 100) { nodes { id upstream } } invitations(first: 100) { nodes { id upstream } }
        clickhouse: activities(first: 3, upstreams: [CLICKHOUSE]) { nodes { id upstream } }
        locktera: activities(first: 3, upstreams: [LOCKTERA]) { nodes { id upstream } }
        losant: activities(first: 3, upstreams: [LOSANT]) { nodes { id upstream } }
    } }"""
    parts = (await door.ask(query, EVERYWHERE))["data"]["organization"]

    def pairs(*names: str) -> list[tuple[str, str]]:
        firsts: dict[str, str] = {}
        for name in names:
            for node in (parts[name] or {"nodes": []})["nodes"]:
                firsts.setdefault(f"{name}{node['upstream']}", node["id"])
        return [(text, missing_part(text, of=of)) for text in firsts.values() for of in ("organization", "object")]

    found = Foreign(
        [*names, *globals_], pairs("members"), pairs("invitations"), pairs("clickhouse", "locktera", "losant")
    )
    assert all(len(found.of(kind)) >= 2 for kind in ("organization", "member", "invitation", "activity"))
    return found


async def test_what_is_not_granted_does_not_exist_by_any_way(graph, door, foreign, ways) -> None:
    tried = 0
    for way in ways:
        for there, missing in foreign.of(way.kind):
            graph.forget()
            answer = await door.go(way, LIMITED, there)
            assert graph.calls == [], (way.place, there)
            assert '"NOT_FOUND"' in str(answer).replace("'", '"'), (way.place, there, answer)
            assert answer == await door.go(way, LIMITED, missing), (way.place, there, missing)
            assert graph.calls == []
            tried += 1
    assert tried > 200


async def test_what_is_granted_is_found_by_every_reading_way(door, ways) -> None:
    query = """{ organization(id: "acme") { id
        members(first: 1) { nodes { id organization { key } } }
        invitations(first: 1) { nodes { id organization { key } } }
        activities(first: 1) { nodes { id organization { key } } }
    } }"""
    acme = (await door.ask(query, LIMITED))["data"]["organization"]
    ids = {"organization": [acme["id"], "acme", f"losant:{LINKS['acme']['losant']}"]}
    for kind, name in (("member", "members"), ("invitation", "invitations"), ("activity", "activities")):
        (node,) = acme[name]["nodes"]
        assert node["organization"] == {"key": "acme"}
        ids[kind] = [node["id"]]
    ids["any"] = [acme["id"], *ids["member"], *ids["invitation"], *ids["activity"]]

    for way in ways:
        for text in () if way.mutation else ids[way.kind]:
            answer = await door.go(way, LIMITED, text)
            assert "errors" not in answer, (way.place, answer)


@pytest.mark.parametrize("key", [LIMITED, FEW, SINGLE])
async def test_the_list_holds_what_is_granted_and_counts_nothing_else(graph, door, key) -> None:
    graph.forget()
    listed = await door.ask("{ organizations(first: 100) { totalCount pageInfo { hasNextPage } nodes { key } } }", key)
    expected = {LIMITED: ["acme"], FEW: ["acme"], SINGLE: []}[key]

    assert listed["data"]["organizations"] == {
        "totalCount": len(expected),
        "pageInfo": {"hasNextPage": False},
        "nodes": [{"key": each} for each in expected],
    }
    assert graph.calls == (["nks GET /orgs"] if key == FEW else [])


async def test_a_search_by_name_asks_for_what_is_granted_alone(graph, door) -> None:
    graph.forget()
    listed = await door.ask('{ organizations(nameContains: "o") { totalCount nodes { key } } }', LIMITED)

    assert {each["key"] for each in listed["data"]["organizations"]["nodes"]} <= {"acme"}
    assert graph.calls == [f"losant GET /orgs/{LINKS['acme']['losant']}"]


async def test_an_unlinked_organization_can_be_granted_by_its_upstream_and_id(graphs, doors) -> None:
    whole = doors(graphs(CALLERS).gateway)
    listed = await whole.ask("{ organizations(first: 100, upstreams: [NKS]) { nodes { key } } }", EVERYWHERE)
    keys = [each["key"] for each in listed["data"]["organizations"]["nodes"] if each["key"].startswith("nks:")]
    graph = graphs("[callers]\nanonymous = []\n" + api_key("one", SINGLE, [keys[0]]))
    door = doors(graph.gateway)
    graph.forget()
    answer = await door.ask("{ organizations { totalCount nodes { key members { totalCount } } } }", SINGLE)
    native_id = keys[0].partition(":")[2]

    assert len(keys) > 1
    assert [each["key"] for each in answer["data"]["organizations"]["nodes"]] == [keys[0]]
    assert graph.calls == ["nks GET /orgs", f"nks GET /orgs/{native_id}/members"]


async def test_many_ids_are_judged_one_by_one(graph, door) -> None:
    graph.forget()
    ids = ["northwind", "acme", "losant:" + "f" * 24, "megacorp"]
    answer = await door.ask("query($ids: [ID!]!) { organizationsByIds(ids: $ids) { key } }", LIMITED, ids=ids)

    assert answer["data"]["organizationsByIds"] == [None, {"key": "acme"}, None, None]
    assert {error["message"] for error in answer["errors"]} == {"No organization has this id."}
    assert graph.calls == []


async def test_only_who_sees_every_organization_may_make_one(graph, door) -> None:
    create = """mutation { createOrganization(input: {upstream: NKS, name: "Mine"}) {
        organization { key } userErrors { code } } }"""
    graph.forget()
    for key in (LIMITED, FEW, SINGLE):
        answer = await door.ask(create, key)
        assert answer["data"]["createOrganization"] == {"organization": None, "userErrors": [{"code": "FORBIDDEN"}]}

    assert graph.calls == []


def bare(kind: Any) -> Any:
    """A type without lists and exclamation marks."""
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return kind


def places_of_ids(place: str, kind: Any) -> Iterator[str]:
    """Where an argument takes ids: it itself, members of its input, or what it represents."""
    if isinstance(kind, GraphQLScalarType) and kind.name in {"ID", "_Any"}:
        yield place
    elif isinstance(kind, GraphQLInputObjectType):
        for name, field in kind.fields.items():
            yield from places_of_ids(f"{place.removesuffix('.input')}.{name}", bare(field.type))


def test_the_ways_are_all_that_the_schema_has(ways) -> None:
    arguments = {
        f"{named.name}.{field_name}.{name}": bare(argument.type)
        for named in graphql_schema.type_map.values()
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__")
        for field_name, field in named.fields.items()
        for name, argument in field.args.items()
    }
    places = {place for name, kind in arguments.items() for place in places_of_ids(name, kind)}
    of_roles = {"Mutation.inviteMember.roleIds", "Mutation.modifyMember.roleIds"}
    streamed = {"Subscription.activityAdded.organizationId"}  # tests/live/test_grants.py

    assert places - of_roles - streamed == {way.place for way in ways}
