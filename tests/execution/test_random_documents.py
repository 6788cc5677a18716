"""Documents that nobody thought of: answered or refused in order, and never dearer than was estimated."""

import pytest
from graphql import GraphQLObjectType, get_named_type, is_composite_type, is_leaf_type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.execution.documents import Documents
from gateway.execution.limits import Limits
from resolvers.schema import graphql_schema

pytestmark = pytest.mark.anyio

IDS = ["acme", "northwind", "losant:575ed6e87ae143cd83dc4aa8", "nks:2", "nowhere", "T3JnYW5pemF0aW9uOmFjbWU"]
ARGUMENTS = {
    "id": st.sampled_from([f'"{each}"' for each in IDS] + ["$id"]),
    "ids": st.one_of(
        st.lists(st.sampled_from(IDS), max_size=4).map(lambda ids: "[" + ", ".join(f'"{i}"' for i in ids) + "]"),
        st.sampled_from(["$ids", '"acme"']),
    ),
    "first": st.sampled_from(["0", "1", "3", "7", "$size", "null", "101"]),
    "last": st.sampled_from(["2", "$size"]),
    "upstreams": st.sampled_from(["[LOSANT]", "[NKS, CLICKHOUSE]", "[]"]),
    "search": st.just('"a"'),
}
VARIABLES = {
    "id": st.sampled_from(IDS),
    "ids": st.lists(st.sampled_from(IDS), max_size=5),
    "size": st.one_of(st.none(), st.integers(-1, 120)),
    "yes": st.booleans(),
}
HEAD = 'query ($id: ID! = "acme", $ids: [ID!]! = ["acme"], $size: Int = 4, $yes: Boolean! = true)'
QUIET = st.sampled_from([""] * 9 + [" @include(if: $yes)", " @skip(if: $yes)", " @include(if: true)"])
OBJECTS = ["Organization", "Member", "Invitation", "Activity"]


@st.composite
def selections(draw, type_name, depth):
    """A selection set on a type, fragments and aliases included."""
    named = graphql_schema.type_map[type_name]
    written = []
    for number in range(draw(st.integers(1, 4))):
        if draw(st.integers(0, 5)) == 0:
            condition = draw(st.sampled_from(OBJECTS)) if type_name == "Node" else type_name
            inner = draw(selections(condition, depth))
            written.append(f"... on {condition}{draw(QUIET)} {inner}")
            continue
        if not isinstance(named, GraphQLObjectType):
            written.append(draw(st.sampled_from(["id", "__typename", "x: __typename"])))
            continue
        fields = [name for name, field in named.fields.items() if depth or is_leaf_type(get_named_type(field.type))]
        if not fields:
            written.append("__typename")
            continue
        name = draw(st.sampled_from(fields))
        field = named.fields[name]
        given = [
            f"{argument}: {draw(ARGUMENTS[argument])}"
            for argument in field.args
            if argument in ARGUMENTS and (argument in {"id", "ids"} or draw(st.integers(0, 3)) == 0)
        ]
        alias = f"k{type_name}{number}{name}: " if given or draw(st.integers(0, 5)) == 0 else ""
        returns = get_named_type(field.type)
        below = " " + draw(selections(returns.name, depth - 1)) if is_composite_type(returns) else ""
        arguments = f"({', '.join(given)})" if given else ""
        written.append(f"{alias}{name}{arguments}{draw(QUIET)}{below}")
    return "{ " + " ".join(written) + " }"


@st.composite
def requests(draw):
    """A document, and some of its variables. All are used, so that none is in the way."""
    used = "all: organizationsByIds(ids: $ids) { id } one: node(id: $id) { id @include(if: $yes) } "
    used += "some: organizations(first: $size) { totalCount @skip(if: true) }"
    document = f"{HEAD} {{ {used} ... on Query {draw(selections('Query', draw(st.integers(1, 5))))} }}"
    variables = {name: draw(values) for name, values in VARIABLES.items() if draw(st.booleans())}
    return document, variables


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=requests())
async def test_an_answer_never_costs_more_than_was_estimated(graph, asked):
    document, variables = asked

    answer = await graph(document, **variables)

    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert "INTERNAL" not in codes
    if "data" in answer:
        cost = answer["extensions"]["cost"]
        assert 0 <= cost["actual"] <= cost["estimated"] <= 5_000
        assert cost["upstreamCalls"] == len(graph.calls)
    else:
        assert codes == {"BAD_USER_INPUT"}


TOKENS = [
    *"{}{}{}{}()[]:$!=@|&",
    "...",
    "query ",
    "fragment F on Query ",
    "fragment G on Viewer ",
    "...F ",
    "...G ",
    "... on Query",
    "viewer ",
    "name ",
    "a: ",
    "organization ",
    '(id: "acme")',
    "__schema ",
    "types ",
    "@skip(if: true)",
    "$v: Int ",
    '"""',
    '"',
    "\\",
    "#",
    "\n",
    "9e",
    "é",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=60).map("".join))
def test_a_text_of_any_tokens_is_read_or_refused(text):
    documents = Documents(graphql_schema, limits=Limits(), exploring=True)

    document = documents.read(text)

    assert (document.node is None) == bool(document.errors)
    assert len(document.errors) <= 20
    assert all(error.message for error in document.errors)
