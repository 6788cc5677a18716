"""How what must be awaited is carried on."""

import asyncio
from contextvars import ContextVar

import pytest
from graphql import build_schema, get_operation_ast, parse

from gateway.execution.plans.plan import plan_of

pytestmark = pytest.mark.anyio

SDL = "type Query { a: Int b: Int c: Int must: Int! inner: Query list: [Int!] }"
BOUND = 10.0
"""Seconds; for what would wait for ever where it went wrong."""

colour: ContextVar[str] = ContextVar("colour", default="none")


@pytest.fixture
def schema():
    return build_schema(SDL)


def running(schema, text, **resolvers):
    for name, resolve in resolvers.items():
        schema.query_type.fields[name].resolve = resolve
    document = parse(text)
    return asyncio.wait_for(plan_of(schema, document, get_operation_ast(document)).run({}, None), BOUND)


async def test_all_fields_are_carried_on_in_the_task_of_the_operation(schema):
    tasks = set()

    async def slow(_source, _info):
        tasks.add(asyncio.current_task())
        await asyncio.sleep(0.001)
        tasks.add(asyncio.current_task())
        return 1

    result = await running(schema, "{ a b c }", a=slow, b=slow, c=slow)

    assert result.data == {"a": 1, "b": 1, "c": 1}
    assert len(tasks) == 1


async def test_fields_wait_at_the_same_time(schema):
    met = asyncio.Barrier(3)

    async def meet(_source, _info):
        return await met.wait() * 0

    assert (await running(schema, "{ a b c }", a=meet, b=meet, c=meet)).data == {"a": 0, "b": 0, "c": 0}


async def test_each_field_has_context_variables_of_its_own(schema):
    async def first(_source, _info):
        colour.set("red")
        await asyncio.sleep(0)
        return len(colour.get())

    async def second(_source, _info):
        await asyncio.sleep(0)
        return len(colour.get())

    assert (await running(schema, "{ a b }", a=first, b=second)).data == {"a": len("red"), "b": len("none")}


async def test_the_first_error_ends_those_that_wait_beside_it(schema):
    ended = []

    async def slow(_source, _info):
        try:
            await asyncio.sleep(BOUND * 2)
        finally:
            ended.append("slow")

    async def null(_source, _info):
        await asyncio.sleep(0)

    result = await running(schema, "{ a must }", a=slow, must=null)

    assert result.data is None
    assert [error.path for error in result.errors] == [["must"]]
    assert ended == ["slow"]


async def test_what_nobody_waits_for_any_more_comes_to_its_end(schema):
    came = asyncio.Event()

    async def late():
        await asyncio.sleep(0.01)
        came.set()
        return 1

    result = await running(schema, "{ list }", list=lambda _source, _info: [late(), None])

    assert result.data == {"list": None}
    await asyncio.wait_for(came.wait(), BOUND)


async def test_a_resolver_that_is_done_when_it_is_cancelled_has_its_say(schema):
    async def stubborn(_source, _info):
        try:
            await asyncio.sleep(BOUND * 2)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return 1

    async def fails(_source, _info):
        await asyncio.sleep(0)
        raise ValueError("no")

    result = await running(schema, "{ a must }", a=stubborn, must=fails)

    assert [error.message for error in result.errors] == ["no"]


async def test_what_asyncio_does_not_know_is_an_error_of_the_field(schema):
    class Odd:
        def __await__(self):
            yield "something"

    async def odd(_source, _info):
        await Odd()

    async def fine(_source, _info):
        return 1

    result = await running(schema, "{ a b }", a=odd, b=fine)

    assert result.data == {"a": None, "b": 1}
    assert "something" in result.errors[0].message
