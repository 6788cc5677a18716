"""How a field's value is had where there is no short way to it, and whether an object is of a type for sure."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLObjectType, default_field_resolver
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from gateway.execution.plans.running import Field, Place, Run
from gateway.execution.plans.straight import learning
from gateway.execution.plans.values import arguments

Resolve = Callable[[Run, Any, Place], Any]
"""What resolves a field: of the execution, the source and the place of the field."""


def resolver(field: Field) -> Resolve:
    """The field's own resolver, told all that graphql-core tells it."""
    resolve = field.definition.resolve or default_field_resolver
    given = arguments(field)
    if given is None:
        return lambda run, source, place: resolve(source, field.info(run, place))
    return lambda run, source, place: resolve(source, field.info(run, place), **given(run))


def certain(type_: GraphQLObjectType) -> Callable[[Any], bool]:
    """Tells the values that are of a type for sure, so that its `is_type_of` need not be asked.

    That is the case where Strawberry made it: it says yes to the type's own class and those below unless the object was
    cast.
    """
    origin = origin_of(type_)
    if origin is None or not checks_class(type_):
        return lambda _value: False
    known: set[type] = set()
    learn = learning(origin, known, set())

    def sure(value: Any) -> bool:  # noqa: ANN401  a value is of any class
        kind = value.__class__
        return (kind in known or learn(kind)) and getattr(value, TYPE_CAST_ATTRIBUTE, None) is None

    return sure


def origin_of(type_: GraphQLObjectType) -> type | None:
    """The class whose instances Strawberry takes for objects of the type."""
    definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return definition.origin if isinstance(definition, StrawberryObjectDefinition) else None


def checks_class(type_: GraphQLObjectType) -> bool:
    """Whether Strawberry made the type's `is_type_of`."""
    definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    made = getattr(type_.is_type_of, "__module__", "") == GraphQLCoreConverter.__module__
    return made and not getattr(definition, "is_type_of", None)
