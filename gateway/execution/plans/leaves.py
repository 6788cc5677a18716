"""How the values of scalars and enums are written: by graphql-core, after a short way for the usual ones."""

import datetime as dt
from collections.abc import Callable, Iterator
from enum import Enum, Flag
from functools import lru_cache
from math import isfinite
from typing import Any

from graphql import (
    Executor,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLScalarType,
    GraphQLString,
)
from graphql.type.scalars import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

from gateway.execution.encoding import Path
from gateway.execution.plans.forms import AWAY, Form, Function, indented, unchanged_form
from resolvers.scalars import WRITTEN_UNCHANGED, write_instant, write_utc

Write = Callable[[Any], Any]


class Unchanged:
    """The mark of a leaf type that has no class whose values are written as they are."""


def unchanged(leaf: GraphQLLeafType) -> type:
    """The class whose own instances are written as they are."""
    if _writes_like(leaf, GraphQLString) or _writes_like(leaf, GraphQLID):
        return str
    if _writes_like(leaf, GraphQLBoolean):
        return bool
    return WRITTEN_UNCHANGED.get(leaf.coerce_output_value, Unchanged)


def form(leaf: GraphQLLeafType) -> Form:
    """How a value is written where its object is read straight."""
    kind = unchanged(leaf)
    if kind is not Unchanged:
        return unchanged_form(kind)
    if leaf.coerce_output_value is write_instant:
        return _instant_form(writer(leaf))
    members = _members(leaf) if isinstance(leaf, GraphQLEnumType) else None
    return _member_form(members) if members else _written_form(writer(leaf))


def _member_form(members: type[Enum]) -> Form:
    """Of the members of an enum that are written by their names."""

    def lines(variable: str, function: Function, _path: Path) -> Iterator[str]:
        yield f"if {variable}.__class__ is not {function.bind(members)}:"
        yield AWAY
        yield f"{variable} = {variable}._name_"

    return Form(lines)


def _written_form(write: Callable[[Any], Any]) -> Form:
    """Of values of any plain class."""

    def lines(variable: str, function: Function, _path: Path) -> Iterator[str]:
        yield f"if {variable}.__class__ not in plain:"
        yield AWAY
        yield f"{variable} = {function.bind(write)}({variable})"
        yield f"if {variable} is None or {variable} is Undefined:"
        yield AWAY

    return Form(lines)


def _instant_form(write: Callable[[Any], Any]) -> Form:
    """Of instants: those in UTC, as nearly all are, are written without a call of a Python function."""
    unusual = _written_form(write)

    def lines(variable: str, function: Function, path: Path) -> Iterator[str]:
        instant, utc = function.bind(dt.datetime), function.bind(dt.UTC)
        yield f"if {variable}.__class__ is not {instant} or {variable}.tzinfo is not {utc}:"
        yield from indented(unusual.lines(variable, function, path))
        if not function.writes:  # what encodes it writes it in the same way
            yield "else:"
            yield f"    {variable} = {function.bind(write_utc)}({variable})"

    return Form(lines)


@lru_cache(maxsize=1_024)
def writer(leaf: GraphQLLeafType) -> Write:
    """What writes a value that is there, or raises what graphql-core raises; None where it cannot."""
    if isinstance(leaf, GraphQLEnumType):
        return _enum_writer(leaf)
    if _writes_like(leaf, GraphQLInt):
        return _write_int
    if _writes_like(leaf, GraphQLFloat):
        return _write_float
    return leaf.coerce_output_value


def _writes_like(leaf: GraphQLLeafType, known: GraphQLScalarType) -> bool:
    return isinstance(leaf, GraphQLScalarType) and leaf.coerce_output_value is known.coerce_output_value


def _write_int(value: Any) -> Any:  # noqa: ANN401  a scalar is of any class
    if value.__class__ is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        return value
    return Executor.complete_leaf_value(GraphQLInt, value)


def _write_float(value: Any) -> Any:  # noqa: ANN401  a scalar is of any class
    if value.__class__ is float and isfinite(value):
        return value
    return Executor.complete_leaf_value(GraphQLFloat, value)


def _enum_writer(leaf: GraphQLEnumType) -> Write:
    """Strawberry compares a member with each in turn; here they are known by identity."""
    names = _names(leaf)

    def write_enum(value: Any, _alive: object = leaf) -> Any:  # noqa: ANN401  an enum's values are of any class
        name = names.get(id(value))
        return Executor.complete_leaf_value(leaf, value) if name is None else name

    return write_enum


def _names(leaf: GraphQLEnumType) -> dict[int, str]:
    members = getattr(leaf, "wrapped_cls", None)
    if not isinstance(members, type) or not issubclass(members, Enum):
        return {}
    return {id(member): leaf.coerce_output_value(member) for member in members}


def _members(leaf: GraphQLEnumType) -> type[Enum] | None:
    """The enum whose members, and nothing else, are written by their names; None where others are."""
    names = _names(leaf)
    members: type[Enum] | None = getattr(leaf, "wrapped_cls", None)
    if not names or members is None or issubclass(members, Flag):
        return None
    return members if all(names[id(each)] == each.name for each in members) else None
