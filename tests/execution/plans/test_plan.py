"""What plans cover, what they keep, and how much they take."""

import asyncio

import pytest
from graphql import (
    GraphQLDeferDirective,
    GraphQLSchema,
    GraphQLStreamDirective,
    build_schema,
    get_introspection_query,
    get_operation_ast,
    parse,
    specified_directives,
)

from gateway.execution.documents import MOST_BYTES, Documents
from gateway.execution.limits import Limits
from gateway.execution.plans.plan import MOST_VARIANTS, plan_of
from resolvers.schema import graphql_schema

pytestmark = pytest.mark.anyio

SDL = "type Query { a: Int b: String! slow: Int } type Subscription { a: Int }"


class Root:
    """Answers to the fields of `SDL`, as graphql-core's own resolver finds them."""

    def __init__(self) -> None:
        self.asked: list[str] = []


def planned(schema, text):
    document = parse(text)
    return plan_of(schema, document, get_operation_ast(document))


@pytest.fixture
def schema() -> GraphQLSchema:
    schema = build_schema(SDL)
    schema.query_type.fields["a"].resolve = lambda _source, info: info.context.asked.append("a") or 1
    schema.query_type.fields["b"].resolve = lambda _source, _info: None
    return schema


def test_a_subscription_is_left_to_graphql_core(schema):
    assert planned(schema, "subscription { a }") is None


def test_an_operation_with_a_directive_of_its_own_is_left_to_graphql_core(schema):
    assert planned(schema, "query @own { a }") is None


def test_incremental_delivery_is_left_to_graphql_core(schema):
    directives = [*specified_directives, GraphQLDeferDirective, GraphQLStreamDirective]
    incremental = GraphQLSchema(schema.query_type, directives=directives)

    assert planned(incremental, "{ ... @defer { a } }") is None
    assert planned(incremental, "{ ...F } fragment F on Query { ... @defer(if: $later) { a } }") is None
    assert planned(incremental, "{ list @stream }") is None
    assert planned(incremental, "{ a }") is not None
    assert planned(incremental, "{ ... @defer(if: false) { a } list @stream(if: false) }") is not None


async def test_null_in_a_condition_is_the_error_that_graphql_core_makes_of_it(schema):
    plan = planned(schema, "query ($x: Boolean = true) { a @include(if: $x) }")

    assert (await plan.run({}, Root())).data == {"a": 1}
    refused = await plan.run({"x": None}, Root())
    assert refused.data is None
    assert [error.message for error in refused.errors] == [
        "Argument 'if' has invalid value: Expected variable '$x' provided to non-null type 'Boolean!' not to be None."
    ]


async def test_each_combination_of_conditions_has_its_own_fields(schema):
    plan = planned(schema, "query ($x: Boolean!, $y: Boolean!) { a @include(if: $x) c: a @skip(if: $y) }")

    answers = [(await plan.run({"x": x, "y": y}, Root())).data for x in (True, False) for y in (True, False)]

    assert answers == [{"a": 1}, {"a": 1, "c": 1}, {}, {"c": 1}]


async def test_no_more_combinations_are_kept_than_are_counted(schema):
    names = [f"x{number}" for number in range(4)]
    head = ", ".join(f"${name}: Boolean!" for name in names)
    plan = planned(schema, f"query ({head}) {{ {' '.join(f'{n}: a @include(if: ${n})' for n in names)} }}")
    before = plan.weight

    for number in range(16):
        given = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        expected = {name: 1 for name in names if given[name]}
        assert (await plan.run(given, Root())).data == expected

    assert plan.variants == MOST_VARIANTS
    assert plan.weight == before


async def test_variables_that_do_not_fit_run_nothing(schema):
    plan = planned(schema, "query ($x: Boolean!) { a @include(if: $x) }")
    root = Root()

    result = await plan.run({"x": "yes"}, root)

    assert result.data is None
    assert len(result.errors) == 1
    assert result.errors[0].path is None
    assert root.asked == []


async def test_null_where_it_must_not_be_reaches_the_root(schema):
    result = await planned(schema, "{ a b }").run({}, Root())

    assert result.data is None
    assert [error.formatted for error in result.errors] == [
        {
            "message": "Cannot return null for non-nullable field Query.b.",
            "locations": [{"line": 1, "column": 5}],
            "path": ["b"],
        }
    ]


async def test_what_is_told_of_the_schema_is_put_together_once():
    plan = planned(graphql_schema, get_introspection_query())
    before = plan.weight

    first, second = await plan.run({}, None), await plan.run({}, None)

    assert first.data["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}
    assert second.data is first.data
    assert plan.weight > before


async def test_what_is_told_of_a_type_that_a_variable_names_is_not_kept():
    plan = planned(graphql_schema, "query ($name: String!) { __type(name: $name) { name } }")

    assert (await plan.run({"name": "Query"}, None)).data == {"__type": {"name": "Query"}}
    assert (await plan.run({"name": "Member"}, None)).data == {"__type": {"name": "Member"}}


async def test_whoever_stops_waiting_stops_what_runs(schema):
    ended = []

    async def slow(_source, _info):
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("slow")

    schema.query_type.fields["slow"].resolve = slow
    running = asyncio.ensure_future(planned(schema, "{ slow again: slow }").run({}, Root()))
    await asyncio.sleep(0.01)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert ended == ["slow", "slow"]


def test_plans_count_among_what_documents_take():
    documents = Documents(graphql_schema, limits=Limits(), exploring=True)
    documents.read("{ viewer { name } }")
    first = documents.read("{ viewer { name } }")
    bare = first.weight
    operation = first.operation(None, documents.estimator)
    plan = operation.plan(graphql_schema)
    documents.weigh(first, operation)

    assert plan is first.operation(None, documents.estimator).plan(graphql_schema)
    assert first.weight == bare + plan.weight


def test_a_document_that_was_forgotten_is_not_counted_any_more():
    documents = Documents(graphql_schema, limits=Limits(), exploring=True)
    first, filler = [[documents.read(text) for _ in "12"][1] for text in ("{ viewer { name } }", "{ viewer { kind } }")]
    operation = filler.operation(None, documents.estimator)
    operation.plan(graphql_schema).weight = MOST_BYTES
    documents.weigh(filler, operation)

    assert documents.read("{ viewer { name } }") is not first
    weighed = filler.weight
    operation.plan(graphql_schema).weight += 1
    documents.weigh(filler, operation)
    assert filler.weight == weighed
    assert documents.read("{ viewer { kind } }") is not filler
