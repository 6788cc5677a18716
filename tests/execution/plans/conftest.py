"""A schema with every construct, data of which anything may be wrong, and the two executors held against each other."""

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from enum import Enum
from random import Random
from typing import Annotated, Any, NewType, Union

import pytest
import strawberry
from graphql import (
    DocumentNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    execute,
    get_operation_ast,
    is_abstract_type,
    is_leaf_type,
)
from strawberry.schema.config import StrawberryConfig

from gateway.execution.plans.plan import plan_of
from resolvers.errors import BadUserInput, UpstreamUnavailable

Odd = NewType("Odd", int)


@strawberry.enum
class Colour(Enum):
    RED = "r"
    GREEN = "g"
    CRIMSON = strawberry.enum_value("c", name="DEEP_RED")


@strawberry.input
class Wish:
    text: str = "none"
    many: list[int | None] | None = None
    inner: "Wish | None" = None
    colour: Colour = Colour.RED
    at: dt.datetime | None = None


def told(self, info, **given):
    """What a field with a resolver does: it notes what it was told, and answers with anything."""
    world = info.context
    path = info.path.as_list()
    raw = info._raw_info  # noqa: SLF001  all that graphql-core tells
    facts = [str(raw.return_type), raw.parent_type.name, len(raw.field_nodes), raw.field_nodes[0].name.value]
    facts += [raw.root_value, sorted(raw.fragments), raw.operation.operation.value, raw.variable_values.coerced]
    facts += [getattr(self, "trail", None), info.python_name, repr(given)]
    return world, raw.return_type, f"{path}", world.log.append(("asked", path, repr(facts)))


def sync(name, returns, **arguments):
    def resolve(self, info: strawberry.Info, **given):
        world, type_, trail, _ = told(self, info, **given)
        return world.make(type_, trail)

    return _field(name, resolve, returns, arguments)


def late(name, returns, **arguments):
    async def resolve(self, info: strawberry.Info, **given):
        world, type_, trail, _ = told(self, info, **given)
        for _ in range(world.random(trail, "turns").choice((0, 0, 1, 2, 5))):
            await asyncio.sleep(0)
        world.log.append(("came", trail))
        return world.make(type_, trail)

    return _field(name, resolve, returns, arguments)


def _field(name, resolve, returns, arguments):
    text = ", ".join(f"{each} = arguments['{each}'][1]" for each in arguments)
    space = {"resolve": resolve, "arguments": arguments, "strawberry": strawberry}
    given = ", ".join(f"{each}={each}" for each in arguments)
    maker = "async def" if asyncio.iscoroutinefunction(resolve) else "def"
    waits = "await " if maker != "def" else ""
    exec(  # noqa: S102  Strawberry reads the arguments of a field from its function
        f"{maker} {name}(self, info: strawberry.Info{', ' + text if text else ''}):\n"
        f"    return {waits}resolve(self, info{', ' + given if given else ''})",
        space,
    )
    made = space[name]
    made.__annotations__ |= {each: kind for each, (kind, _) in arguments.items()} | {"return": returns}
    made.__module__ = __name__
    return strawberry.field(made)


def bare(name, returns):
    """A field with a resolver that asks for nothing."""

    def resolve(self):
        world = self.world
        world.log.append(("bare", self.trail, name))
        return world.make(world.type_of(type(self), name), f"{self.trail}/{name}")

    resolve.__name__ = name
    resolve.__annotations__ = {"return": returns}
    return strawberry.field(resolve)


@strawberry.interface
class Thing:
    id: strawberry.ID
    note: str | None


@strawberry.type
class Leaf(Thing):
    text: str | None
    must: str
    number: int | None
    whole: int
    ratio: float
    share: float | None
    flag: bool
    colour: Colour
    hue: Colour | None
    at: dt.datetime | None
    odd: Odd
    strange: Odd | None
    numbers: list[int | None]
    words: list[str] | None
    matrix: list[list[int]] | None
    colours: list[list[Colour | None] | None]


@strawberry.type
class Plain:
    text: str
    number: int | None
    colour: Colour | None
    bare_text = bare("bare_text", str)
    bare_leaf = bare("bare_leaf", Leaf | None)
    bare_leaves = bare("bare_leaves", list[Leaf])


Any_ = Annotated[Union["Leaf", "Branch", "Plain"], strawberry.union("Anything")]


@strawberry.type
class Branch(Thing):
    text: str | None
    child: "Branch"
    twig: Union["Branch", None]
    leaf: Leaf
    fallen: Leaf | None
    leaves: list[Leaf]
    things: list[Thing | None] | None
    plains: list[Plain]
    any_of: Any_ | None
    grid: list[list[Thing]] | None
    sync_text = sync("sync_text", str | None)
    sync_leaf = sync("sync_leaf", Leaf)
    sync_things = sync("sync_things", list[Thing])
    late_text = late("late_text", str | None)
    late_must = late("late_must", str)
    late_leaf = late("late_leaf", Leaf | None)
    late_plains = late("late_plains", list[Plain | None])
    late_thing = late("late_thing", Thing)
    late_any = late("late_any", list[Any_] | None)
    late_branch = late("late_branch", Union["Branch", None])
    late_branches = late("late_branches", list["Branch"])
    echo = sync(
        "echo", str | None, text=(str, "x"), many=(list[int | None] | None, None), wish=(Wish | None, None)
    )
    late_echo = late("late_echo", list[str], wish=(list[Wish] | None, None), colour=(Colour, Colour.GREEN))


@strawberry.type
class Query:
    missing: str | None
    branch = sync("branch", Branch | None)
    trunk = late("trunk", Branch)
    things = late("things", list[Thing], first=(int | None, 3))
    anything = sync("anything", Any_ | None)
    forest = late("forest", list[list[Branch | None]] | None)
    wish = sync("wish", str, wish=(Wish, None))
    odd = late("odd", Odd | None, odd=(Odd, 1))


@strawberry.type
class Mutation:
    first = late("first", Branch | None, wish=(Wish | None, None))
    second = sync("second", str | None)
    third = late("third", str)
    fourth = sync("fourth", Plain | None)


def write_odd(value):
    if value == 9:
        return None
    if not isinstance(value, int) or value % 2 == 0:
        raise ValueError(f"not odd: {type(value).__name__}")
    return value


def read_odd(value):
    if value == 4:
        raise GraphQLError("four is not odd")
    return value


def specimen_schema() -> GraphQLSchema:
    scalars = {Odd: strawberry.scalar(name="Odd", serialize=write_odd, parse_value=read_odd)}
    schema = strawberry.Schema(query=Query, mutation=Mutation, types=[Leaf], config=StrawberryConfig(scalar_map=scalars))
    graphql_schema = schema._schema  # noqa: SLF001  Strawberry has no public name for it
    branch = graphql_schema.type_map["Branch"]
    branch.fields["fallen"].resolve = None  # graphql-core's own resolver
    branch.fields["text"].resolve = lambda source, _info: source.text
    return graphql_schema


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

    def random(self, *place):
        return Random(f"{self.seed}|{place}")

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
        if type_.name == "Colour":
            return random.choice([*Colour, "r"])
        values = {
            "String": ("a", "bc", 'q"', "é", 12),
            "ID": ("1", "x", 5),
            "Int": (0, 1, -5, 2**31 - 1, 2.0),
            "Float": (0.5, -1.25, 3, -0.0),
            "Boolean": (True, False, 1),
            "Odd": (1, 3, 9, 4),
            "DateTime": (dt.datetime(2026, 1, 2, tzinfo=dt.UTC), dt.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=dt.UTC)),
        }
        return random.choice(values[type_.name])

    def object(self, type_, trail, random):
        origin = type_.extensions["strawberry-definition"].origin
        if origin is Leaf and random.random() < 0.5:
            names = [name for name in origin.__dataclass_fields__ if name not in {"world", "trail"}]
            return origin(**{name: self.item(self.type_of(origin, name), f"{trail}/{name}") for name in names})
        made = object.__new__(LAZY[origin] if random.random() < 0.5 else origin)
        if type(made) is origin:
            for name in origin.__dataclass_fields__:
                definition = self.type_of(origin, name)
                if is_leaf_type(getattr(definition, "of_type", definition)):
                    setattr(made, name, self.item(definition, f"{trail}/{name}"))
            made.__class__ = EAGER[origin]
        made.world, made.trail = self, trail
        return made


def _drawn(self, name):
    if name.startswith("__") or name in {"world", "trail"}:
        raise AttributeError(name)
    world = self.world
    world.log.append(("read", self.trail, name))
    return world.make(world.type_of(type(self), name), f"{self.trail}/{name}")


LAZY = {each: type(f"Lazy{each.__name__}", (each,), {"__getattr__": _drawn}) for each in (Leaf, Branch, Plain)}
for _each in (Leaf, Branch, Plain):
    _each.__getattr__ = _drawn
EAGER = {each: each for each in LAZY}


def shown(result) -> str:
    """All of an answer, the order of its fields and errors included."""
    errors = [
        [error.formatted, error.locations, type(error.original_error).__name__] for error in result.errors or ()
    ]
    return json.dumps([result.data, errors, result.errors is None])


async def rest():
    """Lets what was left behind come to its end."""
    for _ in range(100):
        await asyncio.sleep(0)


@pytest.fixture(scope="session")
def specimen() -> GraphQLSchema:
    return specimen_schema()


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
        running = execute(
            schema, document, context_value=one, variable_values=dict(variables), operation_name=name
        )
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
