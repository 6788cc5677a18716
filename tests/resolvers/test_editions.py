"""The schema as other gateways are told it: a federation's subgraph, and a stitching gateway's schema."""

import pytest
from graphql import build_schema, parse, print_ast, strip_ignored_characters

from resolvers.entities import KEYS
from resolvers.schema import federation, graphql_schema, sdl, stitching

pytestmark = pytest.mark.anyio

FEDERATION = """
directive @link(url: String!, import: [String!]) repeatable on SCHEMA
directive @key(fields: String!) repeatable on OBJECT
directive @shareable on OBJECT | FIELD_DEFINITION
directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | OBJECT | SCALAR
directive @listSize(
  assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true
) on FIELD_DEFINITION
"""
OF_GATEWAYS = {"_entities", "_service", "_sdl", "node", "nodes"}


@pytest.fixture
def subgraph():
    return build_schema(federation() + FEDERATION)


@pytest.fixture
def stitched():
    return build_schema(stitching())


def marks(schema, name):
    """The directives of a type, or of a field of Query, as they are written."""
    node = schema.query_type.fields[name].ast_node if name[0].islower() else schema.type_map[name].ast_node
    return {strip_ignored_characters(print_ast(each)) for each in node.directives}


def marked(schema, directive):
    """The types with a directive."""
    types = {name for name, each in schema.type_map.items() if each.ast_node and each.ast_node.directives}
    return {name for name in types if any(mark.startswith(f"@{directive}") for mark in marks(schema, name))}


def test_the_subgraph_has_the_keys_that_entities_are_found_by(subgraph):
    assert marked(subgraph, "key") == set(KEYS) == {"Organization", "Member", "Invitation"}
    assert marks(subgraph, "Organization") == {'@key(fields:"id")', '@key(fields:"key")'}
    assert marks(subgraph, "Member") == marks(subgraph, "Invitation") == {'@key(fields:"id")'}


def test_every_key_is_a_field_that_costs_no_call(subgraph):
    for name, keys in KEYS.items():
        for key in keys:
            assert str(subgraph.type_map[name].fields[key].type) in {"ID!", "String!"}
            assert not subgraph.type_map[name].fields[key].ast_node.directives


def test_values_that_other_graphs_have_too_are_shareable(subgraph):
    assert marked(subgraph, "shareable") == {"PageInfo", "Problem", "UserError"}


def test_the_subgraph_links_a_version_that_every_composition_knows():
    head = federation()[: federation().index("directive @oneOf")]

    assert "https://specs.apollo.dev/federation/v2.9" in head


def test_costs_are_in_federations_terms(subgraph):
    organizations = marks(subgraph, "organizations")
    by_ids = marks(subgraph, "organizationsByIds")

    assert "@cost(weight:40)" in organizations
    assert any('slicingArguments:["first" "last"]' in mark for mark in organizations)
    assert by_ids == {"@listSize(assumedSize:100 requireOneSlicingArgument:false)"}


@pytest.mark.parametrize("edition", ["subgraph", "stitched"])
def test_an_edition_has_all_of_the_schema_but_what_gateways_ask_and_what_clashes(edition, request):
    schema = request.getfixturevalue(edition)
    own = {name for name in graphql_schema.type_map if not name.startswith("_")} - {"Subscription"}

    assert {name for name in schema.type_map if not name.startswith("_")} == own
    assert {name for name in schema.type_map if name.startswith("_") and not name.startswith("__")} == set()
    for name in own:
        fields = getattr(graphql_schema.type_map[name], "fields", {})
        left = OF_GATEWAYS if name == "Query" else set()
        assert set(getattr(schema.type_map[name], "fields", {})) == set(fields) - left
        assert schema.type_map[name].description == graphql_schema.type_map[name].description


def test_stitching_merges_organizations_by_ids_in_one_call(stitched):
    assert marks(stitched, "Organization") == {'@key(selectionSet:"{ id }")'}
    assert marks(stitched, "organizationsByIds") == {'@merge(keyField:"id")'}
    assert "@cost" not in stitching()
    assert "@listSize" not in stitching()


def test_what_clients_read_has_no_directive_of_a_gateway():
    known = {"listSize", "cost", "oneOf", "specifiedBy", "deprecated", "defer", "stream"}

    assert {each.name.value for each in parse(sdl()).definitions if each.kind == "directive_definition"} <= known
    assert [word for word in ("@key", "@merge", "@link", "@shareable") if word in sdl()] == []


@pytest.mark.parametrize("sdl", [federation(), stitching()], ids=["subgraph", "stitched"])
def test_gateways_that_join_graphs_are_told_of_nothing_that_comes_later(sdl):
    assert [word for word in ("@defer", "@stream") if word in sdl] == []


async def test_a_gateway_is_told_the_edition_of_its_kind(graph):
    data = await graph.data("{ _service { sdl } _sdl }")

    assert data == {"_service": {"sdl": federation()}, "_sdl": stitching()}
    assert graph.calls == []


@pytest.mark.parametrize("field", ["_service { sdl }", "_sdl", "again: _sdl", "... on Query { _sdl }"])
async def test_where_introspection_is_off_the_schema_is_not_told_as_text_either(graphs, field):
    graph = graphs('profile = "production"\n[callers]\nallow_anonymous_upstream_access = true')

    answer = await graph(f"{{ {field} }}")

    assert answer.get("data") is None
    assert [error["message"] for error in answer["errors"]] == ["Introspection is off here."]


async def test_entities_are_found_where_introspection_is_off(graphs):
    graph = graphs('profile = "production"\n[callers]\nallow_anonymous_upstream_access = true')

    data = await graph.data(
        "query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Organization { key } } }",
        of=[{"__typename": "Organization", "key": "acme"}],
    )

    assert data == {"_entities": [{"__typename": "Organization", "key": "acme"}]}
