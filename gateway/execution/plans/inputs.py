"""Input objects: coerced as graphql-core does it, and made as Strawberry does, by what is put together once per type.

Left to the two of them are types that hold themselves, those of which exactly one field is to be given (`@oneOf`), and
whatever else has a way of its own; and all values that do not fit, so that theirs are the errors.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, Final, NamedTuple, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
    is_required_input_field,
    is_specified_scalar_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry import UNSET
from strawberry.relay import GlobalID
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.lazy_type import LazyType

from gateway.execution.plans.values import FIXED

Change = Callable[[Any], Any]
"""Of a value that is there, and not null."""


_Coerced: TypeAlias = tuple[str, bool, type, Change]
"""One field of an input object as graphql-core coerces it. A plain tuple, for only those are taken apart at once.

Its name in the value that is made; whether it may be null; the class of values that are taken as they are; what coerces
any other: raises, or gives Undefined, where it does not fit.
"""


def coercion(type_: GraphQLInputType, above: tuple[GraphQLInputType, ...] = ()) -> Change | None:
    """How values of a type are coerced: raises, or gives Undefined, where one does not fit; None where it is left."""
    if isinstance(type_, GraphQLNonNull):
        return coercion(type_.of_type, above)
    if isinstance(type_, GraphQLEnumType):
        return _by_name(type_)
    if isinstance(type_, GraphQLScalarType):
        return type_.coerce_input_value
    if isinstance(type_, GraphQLList):
        return _list_coercion(type_, above)
    return None if type_ in above else _object_coercion(type_, (*above, type_))


def _by_name(type_: GraphQLEnumType) -> Change:
    """What an enum makes of the names of its values; raises for anything else."""
    return {name: type_.coerce_input_value(name) for name in type_.values}.__getitem__


def _list_coercion(type_: GraphQLList[Any], above: tuple[GraphQLInputType, ...]) -> Change | None:
    required, item = isinstance(type_.of_type, GraphQLNonNull), coercion(type_.of_type, above)
    if item is None:
        return None

    def coerce(value: Any) -> Any:  # noqa: ANN401  a variable is of any class
        if value.__class__ is not list or (required and None in value):
            return Undefined
        items = [None if each is None else item(each) for each in value]
        return Undefined if [each for each in items if each is Undefined] else items

    return coerce


def _object_coercion(type_: GraphQLInputObjectType, above: tuple[GraphQLInputType, ...]) -> Change | None:
    fields = _coerced_fields(type_, above)
    if fields is None or type_.is_one_of or type_.out_type is not GraphQLInputObjectType.out_type:
        return None
    values = {fields[name][0]: coerce_default_value(field) for name, field in type_.fields.items()}
    defaults = {name: value for name, value in values.items() if value is not Undefined}
    if not all(isinstance(value, FIXED) for value in defaults.values()):
        return None
    required = {fields[name][0] for name, field in type_.fields.items() if is_required_input_field(field)}

    def coerce(value: Any) -> Any:  # noqa: ANN401  the same
        if value.__class__ is not dict:
            return Undefined
        made = defaults.copy()
        for name, given in value.items():
            out_name, null, unchanged, coerce_field = fields[name]  # raises where there is none
            if given.__class__ is unchanged or (given is None and null):
                made[out_name] = given
                continue
            made[out_name] = each = Undefined if given is None else coerce_field(given)
            if each is Undefined:
                return Undefined
        return made if made.keys() >= required else Undefined

    return coerce


def _coerced_fields(type_: GraphQLInputObjectType, above: tuple[GraphQLInputType, ...]) -> dict[str, _Coerced] | None:
    fields = {}
    for name, field in type_.fields.items():
        coerce = coercion(field.type, above)
        if coerce is None:
            return None
        null, unchanged = not isinstance(field.type, GraphQLNonNull), _UNCHANGED.get(coerce, _Nothing)
        fields[name] = field.out_name or name, null, unchanged, coerce
    return fields


class _Nothing:
    """No value's class."""


_UNCHANGED: Final[dict[Change, type]] = {
    GraphQLString.coerce_input_value: str,
    GraphQLID.coerce_input_value: str,
    GraphQLBoolean.coerce_input_value: bool,
}
"""The classes of values that are taken as they are, by what coerces others."""


class Conversion(NamedTuple):
    """How a coerced value becomes what a resolver takes.

    Attributes:
        convert: None where it is that already.
        anew: Nothing of what a resolver is given can be changed by it so that another one would see it.
    """

    convert: Change | None
    anew: bool


def conversion(
    kind: object, type_: GraphQLInputType, config: StrawberryConfig, above: tuple[object, ...] = ()
) -> Conversion | None:
    """How values of a type are converted; None where that is left.

    Args:
        kind: As Strawberry knows the type.
        type_: As graphql-core does.
        config: The schema's.
        above: The types that hold it.
    """
    if isinstance(type_, GraphQLNonNull):
        return conversion(kind, type_.of_type, config, above)
    while isinstance(kind, StrawberryOptional) and not isinstance(kind, StrawberryMaybe):
        kind = kind.of_type
    if isinstance(kind, StrawberryMaybe | LazyType) or kind is GlobalID:
        return None
    if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
        return Conversion(None, anew=isinstance(type_, GraphQLEnumType) or is_specified_scalar_type(type_))
    if isinstance(type_, GraphQLList) and isinstance(kind, StrawberryList):
        item = conversion(kind.of_type, type_.of_type, config, above)
        return None if item is None else _list_conversion(item)
    if isinstance(type_, GraphQLInputObjectType) and type_ not in above:
        return _object_conversion(type_, config, (*above, type_))
    return None


def _list_conversion(item: Conversion) -> Conversion:
    convert = item.convert
    if convert is None:
        return Conversion(list, item.anew)
    return Conversion(lambda value: [_converted(convert, each) for each in value], item.anew)


def _object_conversion(
    type_: GraphQLInputObjectType, config: StrawberryConfig, above: tuple[object, ...]
) -> Conversion | None:
    definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryObjectDefinition) or definition.from_input or not definition.is_input:
        return None
    rows, anew = [], True
    for each in definition.fields:
        name = config.name_converter.from_field(each)
        kind = each.resolve_type(type_definition=definition)
        found = conversion(kind, type_.fields[name].type, config, above) if name in type_.fields else None
        if found is None:
            return None
        rows.append((each.python_name, name, found.convert))
        anew = anew and found.anew
    made = definition.origin
    absent = {
        each.python_name: None
        for each in definition.fields
        if each.default_value is MISSING and each.default_factory is MISSING
    }
    python_names = {name: python_name for python_name, name, _ in rows}
    changed = [(python_name, convert) for python_name, _, convert in rows if convert is not None]

    def convert(value: Mapping[str, Any]) -> object:
        given: dict[str, Any] = absent.copy()
        for name, each in value.items():
            given[python_names[name]] = each
        for python_name, convert_field in changed:
            each = given.get(python_name)
            if each is not None and each is not UNSET:
                given[python_name] = convert_field(each)
        return made(**given)

    return Conversion(convert, anew)


def _converted(convert: Change | None, value: Any) -> Any:  # noqa: ANN401  a value is of any class
    return value if convert is None or value is None or value is UNSET else convert(value)
