"""What operations may cost: by fields, by objects, by the length of lists."""

import pytest
from graphql import GraphQLObjectType, get_named_type

from gateway.execution.prices import Prices
from resolvers.schema import graphql_schema

COSTS = {
    "the gateway itself": ("{ viewer { name } __typename __schema { queryType { name } } }", 1),
    "four upstreams": ("{ upstreams { state } }", 4),
    "an organization": ('{ organization(id: "acme") { id key } }', 11),
    "a fact": ('{ organization(id: "acme") { name } }', 21),
    "a fact twice": ('{ organization(id: "acme") { name name } organization(id: "acme") { name } }', 21),
    "a fact under two names": ('{ organization(id: "acme") { name other: name } }', 31),
    "an organization under two names": (
        '{ a: organization(id: "acme") { id } b: organization(id: "acme") { id } }',
        22,
    ),
    "links": ('{ organization(id: "acme") { links { name nativeId } } }', 11 + 4 * 11),
    "the members' number": ('{ organization(id: "acme") { members { totalCount } } }', 11 + 21),
    "a page of members": ('{ organization(id: "acme") { members(first: 5) { nodes { name } } } }', 11 + 21 + 5),
    "the last members": ('{ organization(id: "acme") { members(last: 7) { edges { node { name } } } } }', 11 + 21 + 7),
    "nodes and edges": (
        '{ organization(id: "acme") { members(first: 5) { nodes { name } edges { cursor node { id } } } } }',
        11 + 21 + 5 + 5,
    ),
    "no size": ('{ organization(id: "acme") { members { nodes { name } } } }', 11 + 21 + 100),
    "no size by null": ('{ organization(id: "acme") { members(first: null) { nodes { name } } } }', 11 + 21 + 100),
    "none": ('{ organization(id: "acme") { members(first: 0) { nodes { name } } } }', 11 + 21),
    "less than none": ('{ organization(id: "acme") { members(first: -3) { nodes { name } } } }', 11 + 21),
    "more than a page": ('{ organization(id: "acme") { members(first: 9999999) { nodes { name } } } }', 11 + 21 + 100),
    "members of organizations": (
        "{ organizations(first: 10) { nodes { members(first: 5) { nodes { organization { name } } } } } }",
        41 + 10 * (1 + 21 + 5 * (1 + 1 + 10)),
    ),
    "three ids": ('{ organizationsByIds(ids: ["acme", "northwind", "x"]) { name } }', 3 * (10 + 1 + 10)),
    "one id in the place of a list": ('{ organizationsByIds(ids: "acme") { name } }', 10 + 1 + 10),
    "two representations": (
        (
            '{ _entities(representations: [{__typename: "Organization", key: "acme"}, {__typename: "Member"}]) '
            "{ ... on Organization { name slug } ... on Member { name } } }"
        ),
        2 * (10 + 1 + 20),
    ),
    "the schema as text": ("{ _service { sdl } _sdl }", 0),
    "rows of a report": (
        '{ organization(id: "acme") { usage { deviceCounts { date } cost { items { total } } } } }',
        11 + 10 + 21,
    ),
    "a node of any type": (
        '{ node(id: "1") { id ... on Organization { name slug } ... on Member { name organization { name } } } }',
        10 + 1 + 20,
    ),
    "skipped": ('{ organization(id: "acme") { name @skip(if: true) slug @include(if: false) key } }', 11),
    "kept": ('{ organization(id: "acme") { name @skip(if: false) slug @include(if: true) } }', 31),
    "fragments": (
        '{ ...F ... { organization(id: "acme") { slug } } } fragment F on Query { organization(id: "acme") { name } }',
        11 + 20,
    ),
    "a mutation": (
        (
            'mutation { updateOrganization(input: {organizationId: "acme", name: "A"}) '
            "{ organization { name } results { ok } } }"
        ),
        40 + 1 + 1 + 10,
    ),
}


@pytest.mark.parametrize(("text", "expected"), COSTS.values(), ids=COSTS.keys())
def test_an_operation_costs_its_calls_and_its_objects(cost, text, expected):
    assert cost(text) == expected


@pytest.mark.parametrize(
    ("variables", "size"),
    [({}, 8), ({"first": 5}, 5), ({"first": None}, 100), ({"first": 5.0}, 5), ({"first": 10**9}, 100)],
)
def test_the_size_of_a_page_comes_from_variables_too(cost, variables, size):
    text = 'query ($first: Int = 8) { organization(id: "acme") { members(first: $first) { nodes { name } } } }'

    assert cost(text, **variables) == 11 + 21 + size


@pytest.mark.parametrize(("ids", "number"), [([], 1), (["a"], 1), (["a", "b"], 2), ("a", 1), (["a"] * 500, 100)])
def test_a_list_of_ids_counts_by_its_length(cost, ids, number):
    assert cost("query ($ids: [ID!]!) { organizationsByIds(ids: $ids) { id } }", ids=ids) == number * 11


@pytest.mark.parametrize(("yes", "expected"), [(True, 21), (False, 11)])
def test_conditions_come_from_variables_too(cost, yes, expected):
    included = 'query ($yes: Boolean!) { organization(id: "acme") { id name @include(if: $yes) } }'
    skipped = 'query ($no: Boolean!) { organization(id: "acme") { id ... @skip(if: $no) { name } } }'

    assert cost(included, yes=yes) == cost(skipped, no=not yes) == expected


def test_each_operation_of_a_document_has_its_own_cost(cost):
    text = '{ viewer { name } } query B { organization(id: "acme") { name } }'.replace("{", "query A {", 1)

    assert (cost(text, "A"), cost(text, "B")) == (1, 21)


def test_a_page_is_as_long_as_the_settings_say(costs):
    text = '{ organization(id: "acme") { members { nodes { name } } } }'

    assert costs(page=40)(text) == 11 + 21 + 40


def test_what_depends_on_no_variable_is_estimated_once(cost):
    text = "query ($id: ID!) { organization(id: $id) { name members(first: 5) { nodes { name } } } }"

    cost.part(text, id="acme")
    assert cost.part(text, id="acme") is cost.part(text, id="northwind")


def test_an_estimate_is_kept_by_the_values_that_decide(cost):
    text = "query ($n: Int, $yes: Boolean!) { organizations(first: $n) { nodes { id @include(if: $yes) } } }"

    cost.part(text, n=1, yes=True)
    assert cost.part(text, n=1, yes=True) is cost.part(text, n=1, yes=True)
    assert cost.part(text, n=1, yes=True) is not cost.part(text, n=2, yes=True)
    assert cost(text, n=1, yes=False) == 42


def test_a_document_that_is_asked_with_ever_new_values_remembers_only_some(cost):
    text = "query ($n: Int) { organizations(first: $n) { nodes { id } } }"

    assert [cost(text, n=number) for number in range(100)] == [41 + number for number in range(100)]
    estimates = cost.documents.read(text).operation(None, cost.documents.estimator)._estimates  # noqa: SLF001  no answer shows it

    assert len(estimates) <= 8


def test_every_list_of_objects_that_cost_anything_says_how_long_it_is():
    prices = Prices(graphql_schema)
    fields = [
        (f"{each.name}.{name}", field, prices.of(each.name, name))
        for each in graphql_schema.type_map.values()
        if isinstance(each, GraphQLObjectType) and not each.name.startswith("__")
        for name, field in each.fields.items()
    ]
    sized = {
        f"{get_named_type(field.type).name}.{inner}"
        for _, field, price in fields
        if price.size
        for inner in price.size.sized_fields or ()
    }
    unsized = {
        place
        for place, _, price in fields
        if price.listed and price.returns and not price.size
        if any(prices.of_object(each) or leads_on(prices, each) for each in prices.possible(price.returns))
    }

    assert len(sized) == 8
    assert unsized == sized


def leads_on(prices, type_name):
    """Whether an object of a type that is free has a field that is not."""
    fields = graphql_schema.type_map[type_name].fields
    return any(
        (price := prices.of(type_name, name)).weight
        or (price.returns and any(prices.of_object(each) for each in prices.possible(price.returns)))
        for name in fields
    )
