"""How a field's value is had: by an attribute, by the function behind its resolver, or by the resolver itself."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, default_field_resolver
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from gateway.execution.plans import shortcuts
from gateway.execution.plans.running import Field, Place, Run
from gateway.execution.plans.values import arguments

Resolve = Callable[[Run, Any, Place], Any]


def resolver(field: Field, schema: GraphQLSchema) -> Resolve:
    """What resolves a field: of the source and the place of the field."""
    function = shortcuts.function(field)
    if function is not None:
        return lambda _run, source, _place: function(source)
    resolve = field.definition.resolve or default_field_resolver
    given = arguments(field)
    short = shortcuts.shortcut(field, schema)
    if short is None:
        if given is None:
            return lambda run, source, place: resolve(source, field.info(run, place))
        return lambda run, source, place: resolve(source, field.info(run, place), **given(run))
    if given is None:
        return lambda run, source, place: short.resolve(source, field.info(run, place))

    def resolve_shortly(run: Run, source: Any, place: Place) -> Any:  # noqa: ANN401  an object of any class
        converted = short.converted(run, given)
        if converted is None:
            return resolve(source, field.info(run, place), **given(run))
        return short.resolve(source, field.info(run, place), **converted)

    return resolve_shortly


def certain(type_: GraphQLObjectType) -> Callable[[Any], bool]:
    """Tells the values that are of a type for sure, so that its `is_type_of` need not be asked.

    That is the case where Strawberry made it: it says yes to the type's own class unless the object was cast.
    """
    definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    made = getattr(type_.is_type_of, "__module__", "") == GraphQLCoreConverter.__module__
    if not made or not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of:
        return lambda _value: False
    origin = definition.origin
    return lambda value: value.__class__ is origin and getattr(value, TYPE_CAST_ATTRIBUTE, None) is None
