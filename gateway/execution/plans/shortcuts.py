"""Strawberry's fields without Strawberry's wrappers, where these would do nothing of their own.

A wrapper gathers the arguments, builds an info, runs extensions and handlers of exceptions, and calls the function. Of
a field without extensions and handlers, all but the arguments and the info is idle; both are the same here. What
`resolvers.staleness` puts around a resolver is done here in its stead.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import Any, Final, NamedTuple, cast

from graphql import GraphQLField, GraphQLFieldResolver, GraphQLSchema, default_field_resolver
from strawberry import Info
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from gateway.execution.plans.infos import FieldInfo
from gateway.execution.plans.inputs import Change, conversion
from gateway.execution.plans.running import Field, Run
from gateway.execution.plans.values import Arguments, arguments, constant, copies, fixed, repeatable, shared
from resolvers.staleness import watched

_MADE: Final = f"{GraphQLCoreConverter.__name__}.{GraphQLCoreConverter.from_resolver.__name__}.<locals>."
_BASIC: Final = f"{_MADE}_get_basic_result"
_SYNC: Final = f"{_MADE}_resolver"
_ASYNC: Final = f"{_MADE}_async_resolver"


def attribute(field: Field) -> str:
    """The attribute that a field is; empty where it has a resolver."""
    definition = _definition(field)
    basic = definition is not None and _name(field.definition.resolve) == _BASIC
    return definition.python_name if definition and basic and definition.default_resolver is getattr else ""


def function(field: Field) -> Callable[[Any], Any] | None:
    """The method behind a synchronous field that takes nothing but its object."""
    made = _made(field, field.definition.resolve, _SYNC)
    if made is None or made.info_parameter or made.arguments or field.definition.args or field.nodes[0].arguments:
        return None
    return _method(made)


MOST_KNOWN: Final = 4_096


Call = Callable[[Any, FieldInfo], Any]
"""What resolves a field: of the source and what the field's function is told."""

Row = tuple[str, str, Change | None]
"""An argument: its name in Python and in GraphQL, and what converts its value."""

Arguing = Callable[[Run], dict[str, Any] | None]
"""A field's arguments as its function takes them; None for those that the resolver has to convert."""


class Shortcut(NamedTuple):
    """A field's function, called as its resolver would call it.

    Attributes:
        call: The function; its first parameter is the object.
        told: The name of its parameter that takes the info; empty where it has none.
        second: That is its second parameter.
        rows: Its arguments; None where they are left to Strawberry.
        anew: They are made of the given values anew each time, wholly.
        plain: They are given values that nobody can change, as they came.
        definition: Strawberry's field.
        config: The schema's.
        scalars: The schema's.
    """

    call: Callable[..., Any]
    told: str
    second: bool
    rows: list[Row] | None
    anew: bool
    plain: bool
    definition: StrawberryField
    config: StrawberryConfig
    scalars: Mapping[object, Any]

    def called(self, field: Field, given: Arguments | None) -> Call:
        """What resolves the field where it is selected with these arguments."""
        call, told, second = self.call, self.told, self.second
        if given is None:
            if second:
                return call
            return lambda source, info: call(source, **{told: info}) if told else call(source)
        same = self._converted(constant(field))
        if same is not None and fixed(same) and second:
            return partial(call, **same)
        kwargs_of = self._kwargs(field, given)
        resolve_slowly = field.definition.resolve or default_field_resolver

        def called(source: Any, info: FieldInfo) -> Any:  # noqa: ANN401  a resolver takes and gives anything
            run = info.run
            kwargs = run.converted.get(given)
            if kwargs is None:
                kwargs = kwargs_of(run)
                if kwargs is None:
                    return resolve_slowly(source, info.whole._raw_info, **given(run))  # noqa: SLF001  Strawberry's name
            if second:
                return call(source, info, **kwargs)
            return call(source, **{told: info}, **kwargs) if told else call(source, **kwargs)

        return called

    def _kwargs(self, field: Field, given: Arguments) -> Arguing:
        """What makes them for those who cannot take what was made before."""
        kwargs, plain = self._copied(given), self.plain
        renames = any(python_name != name for python_name, name, _ in self.rows or ())
        values_of = shared(field) if self.anew or plain else None
        if values_of is None:
            return kwargs

        def kwargs_of_shared(run: Run) -> dict[str, Any] | None:
            values = values_of(run)
            if values is None:
                return kwargs(run)
            converted = values if plain and not renames else self._converted(values)
            if converted is not None and (plain or fixed(converted)):
                run.converted[given] = converted
            return converted

        return kwargs_of_shared

    def _copied(self, given: Arguments) -> Arguing:
        def kwargs(run: Run) -> dict[str, Any] | None:
            converted = run.converted.get(kwargs)
            if converted is None:
                converted = self._converted(given(run))
                if converted is None or not repeatable(converted):
                    return converted  # made anew each time
                run.converted[given if fixed(converted) else kwargs] = converted
            return copies(converted)

        return kwargs

    def _converted(self, values: dict[str, Any] | None) -> dict[str, Any] | None:
        if values is None:
            return None
        try:
            if self.rows is None:
                return convert_arguments(values, self.definition.arguments, self.scalars, self.config)
            converted = {}
            for python_name, name, convert in self.rows:
                if name in values:
                    value = values[name]
                    converted[python_name] = value if convert is None or value is None else convert(value)
        except Exception:  # noqa: BLE001  the resolver is to raise it, in its own time
            return None
        return converted


def call(field: Field, schema: GraphQLSchema) -> Call | None:
    """What calls the function behind a field; None where there is no short way to it."""
    short = shortcut(field, schema)
    return short.called(field, arguments(field)) if short else None


def shortcut(field: Field, schema: GraphQLSchema) -> Shortcut | None:
    """The short way to a field's function; None where its resolver does more than is known here."""
    definition = field.definition
    known = _known.get(id(definition))
    if known is None or known[0] is not definition or known[1] is not definition.resolve:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        known = _known[id(definition)] = (definition, definition.resolve, _shortcut(field, schema))
    return known[2]


def _shortcut(field: Field, schema: GraphQLSchema) -> Shortcut | None:
    strawberry = getattr(schema, "_strawberry_schema", None)
    definition = _definition(field)
    if strawberry is None or definition is None or strawberry.config.info_class is not Info:
        return None
    resolve = field.definition.resolve
    watched = getattr(resolve, "__code__", None) is _WATCHED
    bare = inspect.unwrap(resolve, stop=lambda each: each is not resolve) if watched and resolve else resolve
    asynchronous = _name(bare) == _ASYNC
    made = _made(field, bare, _ASYNC if asynchronous else _SYNC)
    if made is None or asynchronous != inspect.iscoroutinefunction(made.wrapped_func):
        return None
    if any(each.python_name in {"source", "info"} for each in made.arguments):  # taken by the wrappers
        return None
    told = made.info_parameter.name if made.info_parameter else ""
    scalars = strawberry.schema_converter.scalar_registry
    rows, anew, plain = _rows(made, field, strawberry.config)
    second = list(inspect.signature(_method(made)).parameters)[1:2] == [told]
    return Shortcut(_method(made), told, second, rows, anew, plain, definition, strawberry.config, scalars)


def _rows(made: StrawberryResolver[Any], field: Field, config: StrawberryConfig) -> tuple[list[Row] | None, bool, bool]:
    """The arguments, whether they are made anew each time, and whether they are plain."""
    rows, conversions = [], []
    for each in made.arguments:
        name = config.name_converter.from_argument(each)
        argument = field.definition.args.get(name)
        found = conversion(each.type, argument.type, config) if argument else None
        if found is None:
            return None, False, False
        rows.append((each.python_name, name, found.convert))
        conversions.append(found)
    converts, anew = any(each.convert for each in conversions), all(each.anew for each in conversions)
    return rows, converts and anew, anew and not converts


_known: dict[int, tuple[GraphQLField, GraphQLFieldResolver | None, Shortcut | None]] = {}
"""Of the fields of schemas, by their identity."""


def _method(made: StrawberryResolver[Any]) -> Callable[..., Any]:
    return cast("Callable[..., Any]", made.wrapped_func)  # a function, or `_made` would not have given it


def _made(field: Field, resolve: GraphQLFieldResolver | None, name: str) -> StrawberryResolver[Any] | None:
    """What Strawberry knows of the method behind a resolver of its own making that has nothing else to do."""
    definition = _definition(field)
    if definition is None or definition.extensions or _name(resolve) != name or not isinstance(resolve, FunctionType):
        return None
    made = definition.base_resolver
    if type(made) is not StrawberryResolver or not isinstance(made.wrapped_func, FunctionType):
        return None
    if not made.self_parameter or made.parent_parameter or made.root_parameter:
        return None
    return made if _cell(resolve, "field_exception_handlers") == () else None


def _definition(field: Field) -> StrawberryField | None:
    definition = field.definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return definition if type(definition) is StrawberryField else None


def _name(resolve: GraphQLFieldResolver | None) -> str:
    wraps = hasattr(resolve, "__wrapped__")  # another, whose name it took over
    return resolve.__qualname__ if isinstance(resolve, FunctionType) and not wraps else ""


def _cell(function: FunctionType, name: str) -> object:
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    return cells[name].cell_contents if name in cells else None


async def _nothing() -> None:
    """For `watch` to be put around."""


_WATCHED: Final = watched(_nothing).__code__
