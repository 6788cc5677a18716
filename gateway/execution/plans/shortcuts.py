"""Strawberry's fields without Strawberry's wrappers, where these would do nothing of their own.

A wrapper gathers the arguments, builds an info, runs extensions and handlers of exceptions, and calls the function. Of
a field without extensions and handlers, all but the arguments and the info is idle; both are the same here. What
`resolvers.staleness` puts around a resolver stays around it.
"""

import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, Final, NamedTuple, cast

from graphql import GraphQLField, GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema, GraphQLString
from strawberry import Info
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from gateway.execution.plans.running import Field, Run
from gateway.execution.plans.values import FIXED, Arguments, copies, repeatable
from resolvers.staleness import watch

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


class Shortcut(NamedTuple):
    """A field's function, called as its resolver would call it.

    Attributes:
        resolve: Takes arguments that are converted.
        definition: Strawberry's field.
        config: The schema's.
        scalars: The schema's.
    """

    resolve: Callable[..., Any]
    definition: StrawberryField
    config: StrawberryConfig
    scalars: Mapping[object, Any]

    def converted(self, run: Run, given: Arguments) -> dict[str, Any] | None:
        """The arguments as the function takes them, once per execution; None where they are another's each time."""
        known = run.converted.get(given)
        if known is None:
            known = run.converted[given] = self._convert(given(run))
        kwargs, fixed = known
        return kwargs if fixed or kwargs is None else copies(kwargs)

    def _convert(self, values: dict[str, Any]) -> tuple[dict[str, Any] | None, bool]:
        try:
            kwargs = convert_arguments(values, self.definition.arguments, self.scalars, self.config)
        except Exception:  # noqa: BLE001  the resolver is to raise it, in its own time
            return None, True
        if not repeatable(kwargs):
            return None, True
        return kwargs, all(isinstance(value, FIXED) for value in kwargs.values())


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
    call = (_calling_async if asynchronous else _calling)(made, definition)
    return Shortcut(
        _watch(call) if watched else call, definition, strawberry.config, strawberry.schema_converter.scalar_registry
    )


_known: dict[int, tuple[GraphQLField, GraphQLFieldResolver | None, Shortcut | None]] = {}
"""Of the fields of schemas, by their identity."""


def _calling(made: StrawberryResolver[Any], definition: StrawberryField) -> Callable[..., Any]:
    call, name = _method(made), made.info_parameter.name if made.info_parameter else ""

    def resolve(source: object, info: Any, **given: Any) -> Any:  # noqa: ANN401  a resolver takes and gives anything
        if name:
            given[name] = Info(_raw_info=info, _field=definition)
        return call(source, **given)

    return resolve


def _calling_async(made: StrawberryResolver[Any], definition: StrawberryField) -> Callable[..., Any]:
    call, name = _method(made), made.info_parameter.name if made.info_parameter else ""

    async def resolve(source: object, info: Any, **given: Any) -> Any:  # noqa: ANN401  the same
        if name:
            given[name] = Info(_raw_info=info, _field=definition)
        return await call(source, **given)

    return resolve


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


def _watch(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """The function with what `watch` puts around it."""
    type_ = GraphQLObjectType("Watched", {"field": GraphQLField(GraphQLString, resolve=resolve)})
    watch([type_])
    return type_.fields["field"].resolve or resolve


async def _nothing() -> None:
    """For `watch` to be put around."""


_WATCHED: Final = getattr(_watch(_nothing), "__code__", None)
