"""Arguments as resolvers take them: the same that Strawberry makes of them."""

import datetime as dt
from enum import Enum
from typing import Annotated, Union

import pytest
import strawberry
from strawberry.types.arguments import convert_arguments

from gateway.execution.plans.inputs import conversion


@strawberry.enum
class Colour(Enum):
    RED = "r"


@strawberry.input
class Size:
    width: int
    height: int | None = None


@strawberry.input
class Wish:
    text: str = "none"
    size: Size | None
    sizes: list[Size | None] | None = None
    words: list[str] = strawberry.field(default_factory=lambda: ["a"])
    at: dt.datetime | None = strawberry.UNSET
    colour: Colour = strawberry.field(name="hue", default=Colour.RED)


@strawberry.input
class Chain:
    next: Union["Chain", None] = None


@strawberry.input
class Maybe:
    text: strawberry.Maybe[str | None]


@strawberry.input
class Lazy:
    size: Annotated["Size", strawberry.lazy(__name__)] | None = None


@strawberry.type
class Query:
    @strawberry.field
    def field(
        self,
        wish: Wish | None = None,
        wishes: list[Wish] | None = None,
        numbers: list[int] | None = None,
        colour: Colour = Colour.RED,
        chain: Chain | None = None,
        maybe: Maybe | None = None,
        lazy: Lazy | None = None,
        node: strawberry.relay.GlobalID | None = None,
        sizes: list[Size] | None = None,
        anything: strawberry.scalars.JSON | None = None,
    ) -> str:
        return repr((wish, wishes, numbers, colour, chain, maybe, lazy, node, sizes, anything))


SCHEMA = strawberry.Schema(Query)
FIELD = SCHEMA._schema.query_type.fields["field"]  # noqa: SLF001  Strawberry has no public name for it
ARGUMENTS = {each.python_name: each for each in FIELD.extensions["strawberry-definition"].arguments}
WISHES = [
    {},
    {"text": "t", "size": None},
    {"size": {"width": 1}, "sizes": [{"width": 2, "height": None}, None]},
    {"words": ["b"], "at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "hue": Colour.RED},
]


def of(name):
    return conversion(ARGUMENTS[name].type, FIELD.args[name].type, SCHEMA.config)


@pytest.mark.parametrize(
    ("name", "values"),
    [("wish", WISHES), ("wishes", [[], WISHES]), ("numbers", [[1, 2], []])],
)
def test_values_are_what_strawberry_makes_of_them(name, values):
    found = of(name)

    for value in values:
        expected = convert_arguments(
            {name: value}, [ARGUMENTS[name]], SCHEMA.schema_converter.scalar_registry, SCHEMA.config
        )
        assert repr(found.convert(value)) == repr(expected[name])


def test_scalars_and_enums_are_what_they_are():
    assert of("colour").convert is None


def test_lists_are_not_shared():
    numbers = [1]

    assert of("numbers").convert(numbers) is not numbers


@pytest.mark.parametrize(
    ("name", "anew"),
    [("numbers", True), ("colour", True), ("sizes", True), ("wish", False), ("wishes", False), ("anything", False)],
)
def test_it_is_known_of_which_values_nothing_is_shared(name, anew):
    assert of(name).anew is anew  # a wish may hold a moment: what a scalar of the schema's own makes may be changeable


@pytest.mark.parametrize("name", ["chain", "maybe", "lazy", "node"])
def test_what_strawberry_does_in_ways_of_its_own_is_left_to_it(name):
    assert of(name) is None
