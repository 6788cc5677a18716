"""Data of which anything may be wrong, and the two executors held against each other."""

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    execute,
    get_named_type,
    get_operation_ast,
    is_abstract_type,
    is_leaf_type,
)

from gateway.execution.plans.plan import plan_of
from resolvers.errors import BadUserInput, UpstreamUnavailable


class Later:
    """Something to await that is no coroutine: it comes after some turns of the loop, or fails."""

    def __init__(self, world, type_, trail):
        self.world, self.type_, self.trail = world, type_, trail

    def __repr__(self):
        return f"Later({self.trail})"

    def __await__(self):
        self.world.log.append(("awaited", self.trail))
        for _ in range(self.world.random(self.trail, "turns").choice((0, 1, 1, 3))):
            yield from asyncio.sleep(0).__await__()
        self.world.log.append(("came", self.trail))
        return self.world.make(self.type_, f"{self.trail}~")


class Stream:
    """A list that comes item by item."""

    def __init__(self, world, items, trail):
        self.world, self.items, self.trail = world, iter(items), trail

    def __repr__(self):
        return f"Stream({self.trail})"

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(0)
        for item in self.items:
            if self.world.random(self.trail, "break", len(self.world.log)).random() < self.world.trouble / 20:
                raise ValueError("the stream broke")
            return item
        raise StopAsyncIteration


class World:
    """The data of one execution: all of it follows from a seed and the place where it is asked for.

    Attributes:
        trouble: How often, from 0 to 1, something is wrong.
        log: What happened, in order.
    """

    def __init__(self, schema, seed, trouble):
        self.schema, self.seed, self.trouble = schema, seed, trouble
        self.log: list[Any] = []

    def random(self, *place: object) -> Random:
        return Random(f"{self.seed}|{place}")  # noqa: S311  data, no secrets

    def type_of(self, kind, name):
        named = self.schema.type_map[kind.__strawberry_definition__.name]
        return next(
            field.type
            for field in named.fields.values()
            if field.extensions["strawberry-definition"].python_name == name
        )

    def make(self, type_, trail):
        random = self.random(trail)
        if random.random() < self.trouble:
            kind = random.choice(("null", "null", "raise", "value", "wrong", "later", "later", "undefined"))
            if kind == "later":
                return Later(self, type_, trail)
            if kind == "null":
                return None
            if kind == "raise":
                raise self.error(random)
            return Undefined if kind == "undefined" else self.error(random) if kind == "value" else self.wrong(random)
        return self.right(type_, trail, random)

    def item(self, type_, trail):
        try:
            return self.make(type_, trail)
        except Exception as error:  # noqa: BLE001  an exception as an item is its error
            return error

    def error(self, random):
        return random.choice(
            (
                ValueError("no such value"),
                KeyError("key"),
                BadUserInput("That is not how it is asked."),
                UpstreamUnavailable("It does not answer."),
                GraphQLError("refused", extensions={"code": "NO"}),
                GraphQLError("elsewhere", path=["else", 1]),
                RuntimeError(),
            )
        )

    def wrong(self, random):
        return random.choice(("text", "", 7, 8, 2**40, -0.5, float("nan"), 1.0, True, [], ["a", None], {"a": 1}, b"x"))

    def right(self, type_, trail, random):
        while isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        if isinstance(type_, GraphQLList):
            items = [self.item(type_.of_type, f"{trail}.{index}") for index in range(random.choice((0, 1, 2, 3)))]
            form = random.choice((list, list, list, tuple, iter, "stream"))
            return Stream(self, items, trail) if form == "stream" else form(items)
        if is_leaf_type(type_):
            return self.leaf(type_, random)
        if is_abstract_type(type_):
            possible = self.schema.get_possible_types(type_)
            type_ = possible[random.randrange(len(possible))]
        return self.object(type_, trail, random)

    def leaf(self, type_, random):
        if isinstance(type_, GraphQLEnumType):
            return random.choice([*type_.wrapped_cls, "r"])
        values = {
            "String": ("a", "bc", 'q"', "é", 12),
            "ID": ("1", "x", 5),
            "Int": (0, 1, -5, 2**31 - 1, 2.0),
            "Float": (0.5, -1.25, 3, -0.0),
            "Boolean": (True, False, 1),
            "Odd": (1, 3, 9, 4),
            "DateTime": (
                dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
                dt.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=dt.UTC),
                dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=-3))),
                dt.datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001  one without an offset is what is tried
            ),
        }
        return random.choice(values[type_.name])

    def object(self, type_, trail, random):
        origin = type_.extensions["strawberry-definition"].origin
        names = {name: self.type_of(origin, name) for name in origin.__dataclass_fields__}
        flat = all(is_leaf_type(get_named_type(each)) for each in names.values())
        if flat and random.random() < 0.5:
            made = origin(**{name: self.item(each, f"{trail}/{name}") for name, each in names.items()})
            if random.random() < self.trouble / 4:
                delattr(made, random.choice([*names]))
        else:
            made = object.__new__(drawn_class(origin))
        made.world, made.trail = self, trail
        return made


@cache
def drawn_class(origin):
    """The class, with attributes that are made when they are read."""

    def read(self, name):
        if name.startswith("__") or name in {"world", "trail"}:
            raise AttributeError(name)
        self.world.log.append(("read", self.trail, name))
        return self.world.make(self.world.type_of(origin, name), f"{self.trail}/{name}")

    return type(f"Drawn{origin.__name__}", (origin,), {"__getattr__": read})


def shown(result) -> str:
    """All of an answer, the order of its fields and errors included."""
    errors = [[error.formatted, error.locations, type(error.original_error).__name__] for error in result.errors or ()]
    return json.dumps([result.data, errors, result.errors is None], default=lambda part: json.loads(part.json))


async def rest():
    """Lets what was left behind come to its end."""
    for _ in range(100):
        await asyncio.sleep(0)


@pytest.fixture(scope="session")
def differences() -> Callable[..., Any]:
    """What the two executors answer, and what they did, where it is not the same."""
    plans: dict[tuple[int, str | None], Any] = {}

    async def differences(schema, document: DocumentNode, variables, seed, trouble, name=None):
        kept = plans.get((id(document), name))
        if kept is None or kept[0] is not document:
            plans.clear()
            kept = plans[id(document), name] = (document, plan_of(schema, document, get_operation_ast(document, name)))
        plan = kept[1]
        assert plan is not None
        one, other = World(schema, seed, trouble), World(schema, seed, trouble)
        running = execute(schema, document, context_value=one, variable_values=dict(variables), operation_name=name)
        expected = running if not hasattr(running, "__await__") else await running
        await rest()
        answered = await plan.run(variables, other)
        await rest()
        if shown(expected) != shown(answered):
            return "answer", shown(expected), shown(answered)
        if one.log != other.log:
            return "log", one.log, other.log
        return None

    return differences
