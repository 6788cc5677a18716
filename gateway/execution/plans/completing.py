"""Lists, and objects of abstract types and of types that check them, turned into the answer."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from contextlib import suppress
from typing import Any, Final, TypeAlias

from graphql import GraphQLAbstractType, GraphQLError, GraphQLObjectType, GraphQLTypeResolver
from graphql.pyutils import inspect, is_async_iterable, is_awaitable, is_iterable

from gateway.execution.plans.promises import Complete
from gateway.execution.plans.resolving import certain
from gateway.execution.plans.running import Field, Place, Run
from gateway.execution.plans.slots import Fill
from gateway.execution.plans.straight import Straight
from gateway.execution.plans.waiting import COMING, filled, left, settle

_END: Final = object()

Fields: TypeAlias = Callable[[Run, Any, Place | None], Any]
"""Of an object: its selected fields by key, a `Partial`, or a coroutine that may fail."""


def listed(field: Field, item: Fill, unchanged: type, straight: Straight | None) -> Complete:
    """Completes a list.

    Args:
        field: The field whose value it is, or is in.
        item: What completes each item.
        unchanged: The class of items that stand in the answer as they are.
        straight: Carries usual items out whole, where they are objects.
    """
    name = f"{field.parent}.{field.nodes[0].name.value}"
    only = {unchanged}

    def complete(run: Run, value: Any, place: Place) -> Any:  # noqa: ANN401  a value is of any class
        if value.__class__ is list:
            if straight is not None:
                whole = straight.many(value) if value else []
                if whole is not None:
                    return whole
            elif only.issuperset(map(type, value)):
                return value[:]
        elif is_async_iterable(value):
            return _streamed(run, value, place, item)
        elif not is_iterable(value):
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
        return _items(run, value, place, item)

    return complete


def _items(run: Run, values: Iterable[Any], place: Place, item: Fill) -> Any:  # noqa: ANN401  a list, or what it is as long as it waits
    results: list[Any] = []
    waiting: list[int] = []
    iterator = iter(values)
    try:
        for index, value in enumerate(iterator):
            completed = item(run, value, (place, index, None))
            results.append(completed)
            if completed.__class__ in COMING:
                waiting.append(index)
    except Exception:
        settle(run, [*(results[each] for each in waiting), *left(iterator)])
        raise
    return filled(run, results, waiting) if waiting else results


async def _streamed(run: Run, values: AsyncIterable[Any], place: Place, item: Fill) -> Any:  # noqa: ANN401  a list
    results: list[Any] = []
    waiting: list[int] = []
    iterator = aiter(values)
    try:
        while (value := await anext(iterator, _END)) is not _END:
            completed = item(run, value, (place, len(results), None))
            results.append(completed)
            if completed.__class__ in COMING:
                waiting.append(len(results) - 1)
    except Exception:
        with suppress(Exception):  # the error that ended the list is the one to tell
            if isinstance(iterator, AsyncGenerator) or hasattr(iterator, "aclose"):
                await iterator.aclose()
        settle(run, [results[each] for each in waiting])
        raise
    if not waiting:
        return results
    completed = filled(run, results, waiting)
    return await completed if is_awaitable(completed) else completed


def whole_first(straight: Straight | None, fields: Fields) -> Fields:
    """Completes an object whole, if it is a usual one."""
    if straight is None:
        return fields

    def enter(run: Run, value: Any, place: Place | None) -> Any:  # noqa: ANN401  an object of any class
        whole = straight.one(value)
        return fields(run, value, place) if whole is None else whole

    return enter


def checked(field: Field, type_: GraphQLObjectType, fields: Fields) -> Fields:
    """Completes an object of one type, which may have to agree that it is its own."""
    is_type_of = type_.is_type_of
    if is_type_of is None:
        return fields
    sure = certain(type_)

    def refusal(value: object) -> GraphQLError:
        return GraphQLError(f"Expected value of type '{type_}' but got: {inspect(value)}.", field.nodes)

    async def enter_later(run: Run, value: Any, place: Place | None, agrees: Any) -> Any:  # noqa: ANN401  an object
        if not await agrees:
            raise refusal(value)
        completed = fields(run, value, place)
        return await completed if is_awaitable(completed) else completed

    def enter(run: Run, value: Any, place: Place | None) -> Any:  # noqa: ANN401  the same
        if not sure(value):
            agrees = is_type_of(value, field.info(run, place))
            if is_awaitable(agrees):
                return enter_later(run, value, place, agrees)
            if not agrees:
                raise refusal(value)
        return fields(run, value, place)

    return enter


def abstract(
    field: Field,
    type_: GraphQLAbstractType,
    resolve_type: GraphQLTypeResolver,
    typed: Callable[[Any, Run, Any, Place], tuple[str, Fields]],
) -> Complete:
    """Completes an object of which the value says which type it is.

    Args:
        field: The field whose value it is.
        type_: The interface or union.
        resolve_type: Tells the name of the object's type.
        typed: Of what it told: the name, if it is one of the types that the object may be of, and what completes it.
    """
    known: dict[str, Fields] = {}

    def enter(run: Run, value: Any, place: Place, told: Any) -> Any:  # noqa: ANN401  the same
        fields = known.get(told) if told.__class__ is str else None
        if fields is None:
            name, fields = typed(told, run, value, place)
            known[name] = fields
        return fields(run, value, place)

    async def enter_later(run: Run, value: Any, place: Place, told: Any) -> Any:  # noqa: ANN401  the same
        completed = enter(run, value, place, await told)
        return await completed if is_awaitable(completed) else completed

    def complete(run: Run, value: Any, place: Place) -> Any:  # noqa: ANN401  the same
        told = resolve_type(value, field.info(run, place), type_)
        return (enter_later if is_awaitable(told) else enter)(run, value, place, told)

    return complete
