"""Objects that are read straight, and those that are not."""

from enum import Enum

import pytest
import strawberry
from graphql import GraphQLInt, GraphQLString, Undefined
from strawberry.types.cast import cast

from gateway.execution.plans.leaves import form
from gateway.execution.plans.straight import Read, objects_form, optional, straight


class Colour(Enum):
    RED = "r"


@strawberry.type
class Thing:
    name: str
    number: int | None = None


class Own(Thing):
    """Has more than its parent."""

    @property
    def name(self):
        return "own"

    @name.setter
    def name(self, _value):
        pass


class Awaited(Thing):
    def __await__(self):
        yield


class Elsewhere(Thing):
    def __getattr__(self, name):
        raise AttributeError(name)


READS = [
    Read("name", form(GraphQLString), "name", None),
    Read("n", optional(form(GraphQLInt)), "number", None),
]
CONSTANT = {"__typename": "Thing", "name": None, "n": None}


@pytest.fixture
def read():
    return straight("Thing", Thing, READS, CONSTANT, may_be_cast=True)


def test_a_usual_object_is_written_whole_and_in_order(read):
    written = read(Thing(name="a", number=7))

    assert list(written.items()) == [("__typename", "Thing"), ("name", "a"), ("n", 7)]
    assert read(Thing(name="a")) == {"__typename": "Thing", "name": "a", "n": None}


def test_objects_of_classes_below_are_read_too(read):
    assert read(Own(name="a"))["name"] == "own"


@pytest.mark.parametrize(
    "unusual",
    [
        Thing(name=None),
        Thing(name=7),
        Thing(name=ValueError("no")),
        Thing(name="a", number="seven"),
        Thing(name="a", number=2**31),
        Thing(name="a", number=Undefined),
        Awaited(name="a"),
        Elsewhere(name="a"),
        cast(Own, Thing(name="a")),
        object.__new__(Thing),
        None,
        {"name": "a"},
    ],
)
def test_anything_unusual_is_left_to_those_who_know(read, unusual):
    assert read(unusual) is None


def test_one_unusual_object_in_a_list_leaves_the_list(read):
    holder = strawberry.type(type("Holder", (), {"__annotations__": {"things": list[Thing]}}))
    whole = straight(
        "Holder", holder, [Read("things", objects_form(read), "things", None)], {"things": None}, may_be_cast=False
    )
    usual = Thing(name="a")

    assert whole(holder(things=[usual, usual]))["things"] == [read(usual)] * 2
    assert whole(holder(things=[usual, None])) is None
    assert whole(holder(things=(usual,))) is None
