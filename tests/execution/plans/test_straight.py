"""Objects that are read straight, and those that are not."""

import json
from enum import Enum

import pytest
import strawberry
from graphql import GraphQLInt, GraphQLString, Undefined
from strawberry.types.cast import cast

from gateway.execution.encoding import encode
from gateway.execution.plans.forms import optional
from gateway.execution.plans.leaves import form
from gateway.execution.plans.running import learn
from gateway.execution.plans.straight import DEEPEST, Read, Straight, object_form, objects_form


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


def said(written):
    """What is written, whether as JSON or not."""
    return None if written is None else json.loads(encode({"it": written}))["it"]


@pytest.fixture
def read():
    learn(7)  # as values are that came by before
    return Straight("Thing", Thing, READS, CONSTANT, may_be_cast=True)


def test_a_usual_object_is_written_whole_and_in_order(read):
    written = read.one(Thing(name="a", number=7))

    assert list(written.items()) == [("__typename", "Thing"), ("name", "a"), ("n", 7)]
    assert read.one(Thing(name="a")) == {"__typename": "Thing", "name": "a", "n": None}


def test_objects_of_classes_below_are_read_too(read):
    assert read.one(Own(name="a"))["name"] == "own"


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
    assert read.one(unusual) is None


def test_one_unusual_object_in_a_list_leaves_the_list(read):
    holder = strawberry.type(type("Holder", (), {"__annotations__": {"things": list[Thing]}}))
    whole = Straight(
        "Holder", holder, [Read("things", objects_form(read), "things", None)], {"things": None}, may_be_cast=False
    )
    usual = Thing(name="a")

    assert said(whole.one(holder(things=[usual, usual])))["things"] == [read.one(usual)] * 2
    assert whole.one(holder(things=[usual, None])) is None
    assert whole.one(holder(things=(usual,))) is None


def test_all_objects_of_a_list_are_read_at_once_or_none(read):
    usual = Thing(name="a", number=1)

    assert said(read.many([usual, Own(name="b")])) == [
        read.one(usual),
        {"__typename": "Thing", "name": "own", "n": None},
    ]
    assert said(read.many([])) == []
    assert read.many([usual, Thing(name=None)]) is None


def test_objects_may_hold_others_however_deep(read):
    levels = DEEPEST * 4
    inner, source = read, Thing(name="a")
    for level in range(levels):
        holder = strawberry.type(type(f"Holder{level}", (), {"__annotations__": {"inner": object}}))
        form = object_form(inner) if level % 2 else objects_form(inner)
        inner = Straight(
            f"Holder{level}", holder, [Read("inner", form, "inner", None)], {"inner": None}, may_be_cast=False
        )
        source = holder(inner=source if level % 2 else [source])

    written = said(inner.one(source))

    for level in reversed(range(levels)):
        written = written["inner"] if level % 2 else written["inner"][0]
    assert written == read.one(Thing(name="a"))


def test_a_cast_object_after_usual_ones_leaves_the_list(read):
    usual = Thing(name="a")

    assert read.many([usual, usual, cast(Own, Thing(name="a"))]) is None
    assert read.many([usual, Elsewhere(name="a")]) is None


def test_objects_of_several_classes_may_alternate(read):
    written = said(read.many([Thing(name="a"), Own(name="b"), Thing(name="c"), Own(name="d")]))

    assert [each["name"] for each in written] == ["a", "own", "c", "own"]


def test_a_list_of_other_than_members_of_the_enum_is_left_to_those_who_know():
    @strawberry.type
    class Painted:
        colour: Colour

    @strawberry.type
    class Query:
        painted: Painted

    strawberry.enum(Colour)
    leaf = strawberry.Schema(Query)._schema.type_map["Colour"]  # noqa: SLF001  Strawberry has no public name for it
    read = Straight("Painted", Painted, [Read("c", form(leaf), "colour", None)], {"c": None}, may_be_cast=True)

    assert said(read.many([Painted(colour=Colour.RED)])) == [{"c": "RED"}]
    assert read.many([Painted(colour=Colour.RED), Painted(colour="RED")]) is None
    assert read.many([Painted(colour=None)]) is None


def test_what_becomes_json_at_once_says_how_many_objects_there_are_where(read):
    things = strawberry.type(type("Things", (), {"__annotations__": {"all": list[Thing], "best": Thing | None}}))
    reads = [Read("all", objects_form(read), "all", None), Read("top", optional(object_form(read)), "best", None)]
    whole = Straight("Things", things, reads, {"all": None, "top": None}, may_be_cast=False)
    one, other = things(all=[Thing(name="a")] * 3, best=Thing(name="a")), things(all=[Thing(name="b")], best=None)

    written = whole.many([one, other])

    assert [*zip(written.make.paths, written.counts, strict=True)] == [((), 2), (("all",), 4), (("top",), 1)]
    assert written.make is whole.many([one]).make
    assert whole.one(one)["all"].counts == (3,)
    assert whole.one(one)["top"] == read.one(Thing(name="a"))
    assert whole.one(things(all=[], best=None)) == {"all": [], "top": None}


def test_text_that_json_cannot_hold_is_left_to_those_who_know(read):
    assert read.many([Thing(name="\ud800")]) is None
