"""Resolvers that are not asynchronous themselves: what they give is a value, or yet to be awaited."""

import asyncio

import pytest
import strawberry
from graphql import execute, get_operation_ast, parse

from gateway.execution.plans.infos import FieldInfo
from gateway.execution.plans.plan import plan_of
from resolvers.staleness import Stale, note

pytestmark = pytest.mark.anyio


class Surroundings:
    """Of one operation: what its resolvers did, and which fields were told that they are stale."""

    def __init__(self):
        self.log = []
        self.stale = {}


async def later(info, value):
    info.context.log.append(f"awaited {info.field_name}")
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


@strawberry.type
class Thing:
    @strawberry.field
    def at_hand(self, info: strawberry.Info) -> str | None:
        info.context.log.append("at hand")
        return "plain"

    @strawberry.field
    def number(self, info: strawberry.Info, times: int = 2) -> int | None:
        info.context.log.append("number")
        return 21 * times

    @strawberry.field
    def to_come(self, info: strawberry.Info) -> str | None:
        info.context.log.append("to come")
        return later(info, "came")

    @strawberry.field
    async def asynchronous(self, info: strawberry.Info) -> str | None:
        info.context.log.append("asynchronous")
        return await later(info, "came, too")

    @strawberry.field
    def must_come(self, info: strawberry.Info, null: bool = False) -> str:
        return later(info, None if null else "there")

    @strawberry.field
    def fails(self, info: strawberry.Info) -> str | None:
        info.context.log.append("fails")
        raise ValueError("fails")

    @strawberry.field
    def fails_later(self, info: strawberry.Info) -> str | None:
        return later(info, ValueError("fails later"))

    @strawberry.field
    def gives_an_error(self, info: strawberry.Info) -> str | None:
        info.context.log.append("gives an error")
        return ValueError("is an error")

    @strawberry.field
    def nothing(self, info: strawberry.Info) -> str:
        info.context.log.append("nothing")
        return None

    @strawberry.field
    def wrong(self, info: strawberry.Info) -> int | None:
        info.context.log.append("wrong")
        return "no number"

    @strawberry.field
    def stale(self, info: strawberry.Info) -> str | None:
        info.context.log.append("stale")

        async def read():
            await asyncio.sleep(0)
            note(Stale("NKS", 3.0))
            return "kept"

        return read()

    @strawberry.field
    def thing(self, info: strawberry.Info) -> "Thing | None":
        info.context.log.append("thing")
        return Thing()

    @strawberry.field
    def thing_to_come(self, info: strawberry.Info) -> "Thing | None":
        return later(info, Thing())

    @strawberry.field
    def things(self, info: strawberry.Info) -> list["Thing | None"] | None:
        return later(info, [Thing(), None, Thing()])


@strawberry.type
class Query(Thing):
    pass


schema = strawberry.Schema(Query)._schema  # noqa: SLF001  it has no public name


async def answered(text):
    document = parse(text)
    context = Surroundings()
    plan = plan_of(schema, document, get_operation_ast(document))
    return await plan.run({}, context), context


@pytest.mark.parametrize(
    "text",
    [
        "{ atHand number toCome asynchronous }",
        "{ toCome atHand asynchronous number(times: 3) mustCome }",
        "{ fails failsLater givesAnError wrong }",
        "{ failsLater fails wrong givesAnError }",
        "{ atHand thing { toCome nothing asynchronous } }",
        "{ thing { atHand mustCome(null: true) toCome } toCome }",
        "{ thingToCome { atHand thing { failsLater toCome fails } } thing { thingToCome { number mustCome } } }",
        "{ things { atHand toCome mustCome failsLater } }",
        "query ($times: Int! = 5) { thing { number(times: $times) again: number(times: $times) } }",
    ],
)
async def test_they_are_answered_as_graphql_core_answers_them(text):
    expected_in = Surroundings()
    running = execute(schema, parse(text), Query(), expected_in)
    expected = await running if hasattr(running, "__await__") else running

    result, context = await answered(text)

    assert result.data == expected.data
    assert [each.formatted for each in result.errors or ()] == [each.formatted for each in expected.errors or ()]
    assert context.log == expected_in.log


async def test_what_is_at_hand_is_not_waited_for():
    document = parse("{ atHand thing { atHand number } number }")

    running = plan_of(schema, document, get_operation_ast(document)).run({}, Surroundings())
    with pytest.raises(StopIteration) as ended:
        running.send(None)

    assert ended.value.value.data == {"atHand": "plain", "thing": {"atHand": "plain", "number": 42}, "number": 42}


async def test_what_is_noted_while_it_is_awaited_is_told_of_the_field():
    _, context = await answered("{ thing { asynchronous stale } other: stale atHand }")

    assert context.stale == {(("thing", "stale"), "NKS"): 3.0, (("other",), "NKS"): 3.0}


async def test_whoever_asks_an_info_for_more_than_the_context_is_told_what_strawberry_tells():
    told = []

    @strawberry.type
    class Told:
        @strawberry.field
        def asks(self, info: strawberry.Info, first: int = 1) -> str:
            told.append(info)
            return info.field_name * first

    own = strawberry.Schema(Told)._schema  # noqa: SLF001  the same
    document = parse("query Q($first: Int) { one: asks(first: $first) }")
    await plan_of(own, document, get_operation_ast(document)).run({"first": 3}, "context")
    execute(own, document, Told(), "context", {"first": 3})

    ours, theirs = told
    assert isinstance(ours, FieldInfo)
    names = ("context", "field_name", "python_name", "return_type", "schema", "selected_fields", "variable_values")
    assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]
    assert (ours.path.as_list(), ours.operation, ours.query) == (["one"], theirs.operation, theirs.query)
    assert ours.get_argument_definition("first").python_name == "first"
