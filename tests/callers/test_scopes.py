"""Scopes: a mutation without its scope is refused before anything is asked; and two callers never share a write."""

import pytest

from gateway.callers.api_keys import hashed, new_key
from gateway.settings import SCOPES
from resolvers.schema import graphql_schema

pytestmark = pytest.mark.anyio

WITHOUT = {scope: new_key() for scope in SCOPES if scope != "read"}
"""Keys that may do everything but one thing."""

WITH = {scope: new_key() for scope in SCOPES if scope != "read"}
"""Keys that may read and do one thing."""

ONE, OTHER = new_key(), new_key()
RENAME = """mutation($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) { organization { key } clientMutationId userErrors { code } }
}"""
CREATE = """mutation($input: CreateOrganizationInput!) {
  createOrganization(input: $input) { organization { key } userErrors { code message } }
}"""


def api_key(name: str, key: str, scopes: list[str]) -> str:
    named = f'[[callers.api_keys]]\nname = "{name}"\nhash = "{hashed(key)}"\n'
    return f'{named}organizations = ["*"]\nscopes = {scopes}\n'


CALLERS = "[callers]\nanonymous = []\n" + "".join(
    [api_key(f"without {scope}", key, [each for each in SCOPES if each != scope]) for scope, key in WITHOUT.items()]
    + [api_key(f"with {scope}", key, ["read", scope]) for scope, key in WITH.items()]
    + [api_key("one", ONE, list(SCOPES)), api_key("other", OTHER, list(SCOPES))]
)


async def test_a_mutation_without_its_scope_is_refused_and_asks_nothing(graphs, doors, ways) -> None:
    graph = graphs(CALLERS)
    door = doors(graph.gateway)
    for way in ways:
        if way.mutation:
            answer = await door.go(way, WITHOUT[way.scope], "acme")
            assert answer["data"][way.mutation]["userErrors"] == [
                {
                    "code": "FORBIDDEN",
                    "message": f"The credential lacks the scope {way.scope}.",
                    "field": None,
                    "upstream": None,
                }
            ], way.place

    assert graph.calls == []


async def test_a_mutation_needs_no_other_scope(graphs, doors, ways) -> None:
    graph = graphs(CALLERS)
    door = doors(graph.gateway)
    for way in ways:
        if way.mutation:
            answer = await door.go(way, WITH[way.scope], "nosuch")
            (error,) = answer["data"][way.mutation]["userErrors"]
            assert error["code"] in {"NOT_FOUND", "BAD_USER_INPUT"}, way.place


async def test_making_an_organization_needs_its_scope_too(written_graphs, doors) -> None:
    graph = written_graphs(CALLERS)
    door = doors(graph.gateway)
    given = {"upstream": "NKS", "name": "Heron"}
    refused = await door.ask(CREATE, WITHOUT["organizations:write"], input=given)
    assert graph.calls == []
    made = await door.ask(CREATE, WITH["organizations:write"], input=given)

    assert refused["data"]["createOrganization"]["userErrors"][0]["code"] == "FORBIDDEN"
    assert made["data"]["createOrganization"]["userErrors"] == []
    assert [line for line, _ in graph.writes] == ["nks POST /orgs"]


def test_the_ways_name_every_mutation_of_the_schema(ways) -> None:
    assert graphql_schema.mutation_type

    assert {way.mutation for way in ways} - {""} | {"createOrganization"} == set(graphql_schema.mutation_type.fields)


async def test_a_scope_that_is_granted_later_is_not_refused_from_memory(written_graphs, doors) -> None:
    graph = written_graphs(CALLERS)
    door = doors(graph.gateway)
    given = {"organizationId": "acme", "name": "Heron", "upstreams": ["NKS"], "clientMutationId": "k"}
    refused = await door.ask(RENAME, WITHOUT["organizations:write"], input=given)
    done = await door.ask(RENAME, WITH["organizations:write"], input=given)

    assert refused["data"]["updateOrganization"]["userErrors"] == [{"code": "FORBIDDEN"}]
    assert done["data"]["updateOrganization"]["userErrors"] == []


@pytest.mark.parametrize("by", ["clientMutationId", "Idempotency-Key"])
async def test_one_idempotency_key_of_two_callers_is_two_writes(written_graphs, doors, by) -> None:
    graph = written_graphs(CALLERS)
    door = doors(graph.gateway)
    given = {"organizationId": "acme", "name": "Heron", "upstreams": ["NKS"]}
    further = {}
    if by == "clientMutationId":
        given["clientMutationId"] = "the same"
    else:
        further = {by: "the same"}
    graph.forget()
    for key in (ONE, OTHER, ONE, OTHER):
        headers = {"Authorization": f"Bearer {key}", **further}
        answer = (await door.post(RENAME, headers, input=given)).json()
        assert answer["data"]["updateOrganization"]["userErrors"] == []

    assert [line for line, _ in graph.writes] == ["nks PATCH /orgs/2"] * 2


async def test_a_callers_key_with_other_input_is_no_conflict_for_another(written_graphs, doors) -> None:
    door = doors(written_graphs(CALLERS).gateway)
    codes = []
    for key, name in ((ONE, "Heron"), (OTHER, "Egret"), (ONE, "Egret")):
        given = {"organizationId": "acme", "name": name, "upstreams": ["NKS"], "clientMutationId": "k"}
        answer = await door.ask(RENAME, key, input=given)
        codes.append([error["code"] for error in answer["data"]["updateOrganization"]["userErrors"]])

    assert codes == [[], [], ["CONFLICT"]]
