"""How a field's value is had: by an attribute, by the function behind its resolver, or by the resolver itself."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

from graphql import GraphQLFieldResolver, GraphQLObjectType, default_field_resolver
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField

from gateway.execution.plans.running import Field, Place, Run
from gateway.execution.plans.values import arguments

Resolve = Callable[[Run, Any, Place], Any]

_MADE = f"{GraphQLCoreConverter.__name__}.{GraphQLCoreConverter.from_resolver.__name__}.<locals>."
_BASIC = f"{_MADE}_get_basic_result"
_SYNC = f"{_MADE}_resolver"


def attribute(field: Field) -> str | None:
    """The attribute that a field is; None where it has a resolver."""
    definition = _strawberry(field, _BASIC)
    if definition is None or definition.default_resolver is not getattr:
        return None
    return definition.python_name


def resolver(field: Field) -> Resolve:
    """What resolves a field: of the source and the place of the field."""
    function = _function(field)
    if function is not None:
        return lambda _run, source, _place: function(source)
    resolve = field.definition.resolve or default_field_resolver
    given = arguments(field)
    if given is None:
        return lambda run, source, place: resolve(source, field.info(run, place))
    return lambda run, source, place: resolve(source, field.info(run, place), **given(run))


def _function(field: Field) -> Callable[[Any], Any] | None:
    """The method behind a synchronous field that takes nothing but its object.

    Strawberry's own wrapper would only gather no arguments and build an info that is not asked for: it has neither
    extensions nor handlers of exceptions to run.
    """
    definition = _strawberry(field, _SYNC)
    if definition is None or definition.base_resolver is None or definition.extensions or definition.arguments:
        return None
    made = definition.base_resolver
    asked = made.parent_parameter or made.root_parameter or made.info_parameter
    if asked or not made.self_parameter or field.nodes[0].arguments or field.definition.args:
        return None
    resolve = field.definition.resolve
    if not isinstance(resolve, FunctionType) or _cell(resolve, "field_exception_handlers") != ():
        return None
    function = made.wrapped_func
    return function if isinstance(function, FunctionType) else None


def _strawberry(field: Field, made: str) -> StrawberryField | None:
    """Strawberry's field, where graphql-core's calls just the wrapper that Strawberry made of the name."""
    definition = field.definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if type(definition) is not StrawberryField or _name(field.definition.resolve) != made:
        return None
    return definition


def _name(resolve: GraphQLFieldResolver | None) -> str | None:
    wrapped = hasattr(resolve, "__wrapped__")  # by another, which took over its name
    return resolve.__qualname__ if isinstance(resolve, FunctionType) and not wrapped else None


def _cell(function: FunctionType, name: str) -> object:
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    return cells[name].cell_contents if name in cells else None


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
