"""What is promised: fields that may be null, which nobody waits for but the whole execution."""

import asyncio
import gc
import weakref
from contextvars import ContextVar

import pytest
from graphql import build_schema, execute, get_operation_ast, parse

from gateway.execution.plans.plan import plan_of

pytestmark = pytest.mark.anyio

SDL = "type Query { a: Int b: Int c: Int must: Int! inner: Query list: [Query] deep: Query }"
BOUND = 10.0
"""Seconds; for what would wait for ever where it went wrong."""

colour: ContextVar[str] = ContextVar("colour", default="none")


@pytest.fixture
def schema():
    return build_schema(SDL)


def plan(schema, text, **resolvers):
    for name, resolve in resolvers.items():
        schema.query_type.fields[name].resolve = resolve
    document = parse(text)
    return plan_of(schema, document, get_operation_ast(document))


def at_once(value):
    async def resolve(_source, _info):
        return value

    return resolve


class Waiting:
    """A resolver that waits until it is let go.

    Attributes:
        began: It waits.
        goes: Lets it go.
        cancelled: How often it was cancelled.
    """

    def __init__(self, *, stubborn=False):
        self.began, self.goes, self.cancelled = asyncio.Event(), asyncio.Event(), 0
        self.stubborn = stubborn

    async def __call__(self, _source, _info):
        self.began.set()
        try:
            await self.goes.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            if not self.stubborn:
                raise
        return 1


async def cancelled(running, *waits: Waiting):
    """Begins it, waits until all wait, cancels it, and has its end."""
    task = asyncio.ensure_future(running)
    for each in waits:
        await asyncio.wait_for(each.began.wait(), BOUND)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, BOUND)


async def test_what_is_there_at_once_is_not_waited_for(schema):
    running = plan(schema, "{ a inner { b } c }", a=at_once(1), inner=at_once({}), b=at_once(2), c=at_once(3)).run(
        {}, None
    )

    with pytest.raises(StopIteration) as ended:
        running.send(None)

    assert ended.value.value.data == {"a": 1, "inner": {"b": 2}, "c": 3}


async def test_places_keep_their_order_whatever_comes_first(schema):
    first, last = Waiting(), Waiting()
    running = asyncio.ensure_future(
        plan(schema, "{ a list { b } c }", a=first, list=at_once([{}, None, {}]), b=at_once(2), c=last).run({}, None)
    )
    await asyncio.wait_for(last.began.wait(), BOUND)

    last.goes.set()
    await asyncio.sleep(0)
    first.goes.set()
    result = await asyncio.wait_for(running, BOUND)

    assert list(result.data.items()) == [("a", 1), ("list", [{"b": 2}, None, {"b": 2}]), ("c", 1)]


async def test_an_execution_that_is_cancelled_cancels_all_that_was_promised(schema):
    one, other = Waiting(), Waiting()

    await cancelled(
        plan(schema, "{ a list { inner { b } } }", a=one, list=at_once([{}]), inner=at_once({}), b=other).run({}, None),
        one,
        other,
    )

    assert (one.cancelled, other.cancelled) == (1, 1)


async def test_it_is_cancelled_even_where_every_resolver_goes_on(schema):
    stubborn = Waiting(stubborn=True)

    await cancelled(plan(schema, "{ a }", a=stubborn).run({}, None), stubborn)

    assert stubborn.cancelled == 1


async def test_what_awaits_a_part_that_may_fail_is_cancelled_with_it(schema):
    one, other = Waiting(), Waiting()

    await cancelled(
        plan(schema, "{ a inner { must b } }", a=one, inner=at_once({}), must=other, b=at_once(2)).run({}, None),
        one,
        other,
    )

    assert (one.cancelled, other.cancelled) == (1, 1)


async def test_a_resolver_that_was_cancelled_elsewhere_ends_the_execution_as_it_does_graphql_cores(schema):
    async def refuses(_source, _info):
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    kept = Waiting()
    made = plan(schema, "{ a b }", a=kept, b=refuses)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(execute(schema, parse("{ b }")), BOUND)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(made.run({}, None), BOUND)

    kept.goes.set()  # what is left comes to its end


async def test_fields_below_run_in_the_context_of_their_object(schema):
    async def outer(_source, _info):
        colour.set("red")
        await asyncio.sleep(0)
        return {}

    async def below(_source, _info):
        await asyncio.sleep(0)
        return len(colour.get())

    result = await plan(schema, "{ inner { a b } c }", inner=outer, a=below, b=below, c=below).run({}, None)

    assert result.data == {"inner": {"a": 3, "b": 3}, "c": 4}


async def test_objects_of_a_list_have_contexts_of_their_own(schema):
    seen = []

    async def below(source, _info):
        colour.set(source["colour"])
        await asyncio.sleep(0)
        seen.append(colour.get())
        return {}

    sources = [{"colour": "red"}, {"colour": "green"}]
    await plan(schema, "{ list { inner { a } } }", list=at_once(sources), inner=below, a=at_once(1)).run({}, None)
    await plan(schema, "{ list { deep { inner { a } } a } }", deep=lambda source, _info: source).run({}, None)

    assert seen == ["red", "green"] * 2


async def test_fields_of_one_object_have_contexts_of_their_own(schema):
    async def sets(_source, _info):
        colour.set("red")
        await asyncio.sleep(0)
        return 1

    async def sees(_source, _info):
        await asyncio.sleep(0)
        return len(colour.get())

    result = await plan(schema, "{ list { a b } c }", list=at_once([{}, {}]), a=sets, b=sees, c=sees).run({}, None)

    assert result.data == {"list": [{"a": 1, "b": 4}] * 2, "c": 4}


async def test_an_error_of_what_was_promised_is_that_of_its_field_alone(schema):
    async def fails(_source, _info):
        raise ValueError("no")

    result = await plan(schema, "{ a list { b c } }", a=at_once(1), list=at_once([{}, {}]), b=fails, c=at_once(3)).run(
        {}, None
    )

    assert result.data == {"a": 1, "list": [{"b": None, "c": 3}] * 2}
    assert [each.path for each in result.errors] == [["list", 0, "b"], ["list", 1, "b"]]


async def test_nothing_is_left_in_cycles_when_all_has_come(schema):
    class Source:
        pass

    left = []

    async def inner(_source, _info):
        await asyncio.sleep(0)
        source = Source()
        left.append(weakref.ref(source))
        return source

    made = plan(
        schema, "{ inner { a b } list { c } }", inner=inner, a=at_once(1), b=at_once(2), list=at_once([]), c=at_once(3)
    )
    gc.disable()
    try:
        await made.run({}, None)
        await asyncio.sleep(0)
        assert [each() for each in left] == [None]
    finally:
        gc.enable()
