"""A schema with every construct. Its resolvers note what they are told, and answer with what the world makes."""

import asyncio
import datetime as dt
from enum import Enum
from typing import Annotated, NewType, Union

import pytest
import strawberry
from graphql import (
    GraphQLError,
    GraphQLSchema,
)
from strawberry.schema.config import StrawberryConfig

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
    for each in given.values():
        if isinstance(each, list):
            each.append(None)  # its own, and nobody else's
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
    echo = sync("echo", str | None, text=(str, "x"), many=(list[int | None] | None, None), wish=(Wish | None, None))
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


def telling(name, ask):
    """The same, noted, and for some values in some turns of the loop."""

    def tell(value, info, *given: object):
        world = info.context
        world.log.append((name, info.path.as_list(), info.return_type, info.parent_type))
        answer = ask(value, info, *given)

        async def later():
            await asyncio.sleep(0)
            world.log.append((name, "later", info.path.as_list()))
            return answer

        return later() if world.random(name, info.path.as_list()).random() < 0.3 else answer

    return tell


def specimen_schema() -> GraphQLSchema:
    scalars = {Odd: strawberry.scalar(name="Odd", serialize=write_odd, parse_value=read_odd)}
    schema = strawberry.Schema(
        query=Query, mutation=Mutation, types=[Leaf], config=StrawberryConfig(scalar_map=scalars)
    )
    graphql_schema = schema._schema  # noqa: SLF001  Strawberry has no public name for it
    branch = graphql_schema.type_map["Branch"]
    branch.fields["fallen"].resolve = None  # graphql-core's own resolver
    branch.is_type_of = telling("branch", branch.is_type_of)
    union = graphql_schema.type_map["Anything"]
    union.resolve_type = telling("union", union.resolve_type)
    branch.fields["text"].resolve = lambda source, _info: source.text
    return graphql_schema


@pytest.fixture(scope="session")
def specimen() -> GraphQLSchema:
    return specimen_schema()
