"""The values of variables, as graphql-core coerces them."""

import pytest
from graphql import build_schema, get_operation_ast, parse
from graphql.execution.values import get_variable_values

from gateway.execution.plans.variables import Variables

SCHEMA = build_schema(
    """
    enum Colour { RED GREEN }
    scalar Any
    input Wish { text: String = "none", many: [Int!] }
    input Order { id: ID!, count: Int! = 1, first: Wish, others: [Wish!], colour: Colour = RED }
    input Chain { next: Chain, text: String }
    input Sized { many: [Int] = [1] }
    input Either @oneOf { a: Int, b: String }
    type Query {
      field(
        text: String, ids: [ID!], colour: Colour, wish: Wish, grid: [[Int]], any: Any, order: Order, chain: Chain
        either: Either, sized: Sized
      ): Int
    }
    """
)
DECLARED = (
    "$x: ID!",
    "$x: ID",
    "$x: Int = 5",
    '$x: String! = "v"',
    "$x: Colour",
    "$x: Colour! = RED",
    "$x: [ID!]!",
    "$x: [ID]",
    "$x: [Int] = [1]",
    "$x: [[Int]]",
    "$x: Wish",
    "$x: Wish = {}",
    "$x: Order!",
    "$x: [Order]",
    "$x: Chain",
    "$x: Either",
    "$x: Sized",
    "$x: Any",
    "$x: Boolean, $y: Float!",
)
GIVEN = (
    {},
    {"x": None},
    {"x": 7},
    {"x": 2**40},
    {"x": "RED"},
    {"x": True, "y": 1},
    {"x": ["a", 1]},
    {"x": ["a", None]},
    {"x": [[1, None], None]},
    {"x": [1.5]},
    {"x": {"text": "t"}},
    {"x": {"other": 1}},
    {"x": {"text": None, "many": [1]}},
    {"x": {"many": [None]}},
    {"x": {"many": 2}},
    {"x": {"id": 5}},
    {"x": {"id": "a", "count": None}},
    {"x": {"id": "a", "colour": ["RED"]}},
    {"x": {"id": "a", "colour": "red"}},
    {"x": {"id": True}},
    {"x": {"id": "a", "count": 2, "first": {}, "others": [{"many": []}], "colour": "GREEN"}},
    {"x": [{"id": "a", "others": [None]}, {"id": "a", "first": {"other": 1}}]},
    {"x": [{"id": "a", "first": None, "others": None}, None]},
    {"x": {"next": {"next": {"text": "t"}}}},
    {"x": {"a": 1}},
    {"x": {"a": 1, "b": "b"}},
    {"y": "no"},
)


def shown(values):
    """Where the values come from."""
    return {
        name: (str(each.signature.type), each.signature.default, each.value) for name, each in values.sources.items()
    }


@pytest.mark.parametrize("declared", DECLARED)
def test_values_and_errors_are_graphql_cores(declared):
    document = parse(f"query ({declared}) {{ field }}")
    operation = get_operation_ast(document)
    variables = Variables(SCHEMA, operation)

    for given in GIVEN:
        expected = get_variable_values(SCHEMA, operation.variable_definitions, dict(given), 50)
        coerced = variables.coerced(given)
        if isinstance(expected, list):
            assert [each.formatted for each in coerced] == [each.formatted for each in expected], given
        else:
            assert coerced.coerced == expected.coerced, given
            assert shown(coerced) == shown(expected), given


def test_nobody_shares_a_list():
    operation = get_operation_ast(parse("query ($x: [Int] = [1]) { field }"))
    variables = Variables(SCHEMA, operation)

    variables.coerced({}).coerced["x"].append(2)

    assert variables.coerced({}).coerced == {"x": [1]}
