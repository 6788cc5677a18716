"""Fields that ask for the same under several names."""

import asyncio

import pytest
import strawberry
from graphql import execute, get_operation_ast, parse

from gateway.execution.plans.plan import plan_of
from resolvers.errors import NotFound

pytestmark = pytest.mark.anyio


@strawberry.type
class Thing:
    number: int

    @strawberry.field
    async def told(self, info: strawberry.Info) -> str:
        return str(info.path.as_list())

    @strawberry.field
    async def failing(self, info: strawberry.Info) -> str | None:
        info.context.append("failing")
        await asyncio.sleep(0)
        raise NotFound("There is none.")

    @strawberry.field
    async def must(self, info: strawberry.Info) -> str:
        info.context.append("must")
        raise NotFound("There is none.")


@strawberry.type
class Query:
    @strawberry.field
    async def thing(self, info: strawberry.Info, id: int = 0) -> Thing | None:
        info.context.append(id)
        return Thing(number=id)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def thing(self, info: strawberry.Info, id: int = 0) -> Thing | None:
        info.context.append(id)
        return Thing(number=id)


@pytest.fixture(scope="module")
def schema():
    return strawberry.Schema(query=Query, mutation=Mutation)._schema  # noqa: SLF001  Strawberry has no public name for it


@pytest.fixture
def answers(schema):
    async def answers(text, *, repeatable=True, **variables):
        """What the plan answers, which is what graphql-core answers; and what was asked for meanwhile."""
        document, asked = parse(text), []
        plan = plan_of(schema, document, get_operation_ast(document), repeatable=repeatable)
        result = await plan.run(variables, asked)
        expected = execute(schema, document, context_value=[], variable_values=variables)
        assert result.formatted == (await expected).formatted
        return result, asked

    return answers


async def test_they_are_carried_out_once(answers):
    result, asked = await answers("query ($n: Int!) { a: thing(id: $n) { number } b: thing(id: $n) { number } }", n=7)

    assert result.data == {"a": {"number": 7}, "b": {"number": 7}}
    assert asked == [7]


@pytest.mark.parametrize(
    "text",
    [
        "{ a: thing(id: 1) { number } b: thing(id: 2) { number } }",
        "{ a: thing(id: 1) { number } b: thing(id: 1) { n: number } }",
        "{ a: thing(id: 0) { number } b: thing { number } }",
    ],
)
async def test_others_are_carried_out_each(answers, text):
    _, asked = await answers(text)

    assert len(asked) == 2


async def test_the_order_of_arguments_and_of_fields_between_them_makes_no_difference(answers):
    result, asked = await answers("{ b: thing(id: 1) { number } c: __typename a: thing(id: 1) { number } }")

    assert [*result.data] == ["b", "c", "a"]
    assert asked == [1]


async def test_those_of_a_mutation_are_carried_out_each(answers):
    _, asked = await answers("mutation { a: thing(id: 1) { number } b: thing(id: 1) { number } }")

    assert asked == [1, 1]


async def test_those_of_a_schema_that_does_not_say_so_are_carried_out_each(answers):
    _, asked = await answers("{ a: thing(id: 1) { number } b: thing(id: 1) { number } }", repeatable=False)

    assert asked == [1, 1]


async def test_each_has_errors_of_its_own(answers):
    result, asked = await answers("{ a: thing(id: 1) { failing } b: thing(id: 1) { failing } }")

    assert [error.path for error in result.errors] == [["a", "failing"], ["b", "failing"]]
    assert [error.locations[0].column for error in result.errors] == [21, 49]
    assert asked == [1, "failing", 1, "failing"]


async def test_null_that_must_not_be_reaches_each(answers):
    result, _ = await answers("{ a: thing(id: 1) { must } b: thing(id: 1) { must } c: thing(id: 1) { must } }")

    assert result.data == {"a": None, "b": None, "c": None}
    assert [error.path[0] for error in result.errors] == ["a", "b", "c"]


async def test_who_is_told_where_it_stands_is_told_so_each_time(answers):
    result, _ = await answers("{ a: thing(id: 1) { told } b: thing(id: 1) { told } }")

    assert result.data == {"a": {"told": "['a', 'told']"}, "b": {"told": "['b', 'told']"}}
