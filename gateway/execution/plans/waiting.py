"""Values that are yet to come, awaited in just the groups and the order in which graphql-core awaits them."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import suppress
from types import CoroutineType
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLResolveInfoHelpers
from graphql.pyutils import is_awaitable

from gateway.execution.plans.running import Place, Run, plain

Complete: TypeAlias = Callable[[Run, Any, Place], Any]
"""Makes of a value that is there what stands in the answer; or a coroutine of it."""

Where: TypeAlias = tuple[Run, Sequence[FieldNode], Place, bool]
"""The slot that a value is for: the execution, the nodes of its field, its place, and whether it must not be null."""


async def awaited(where: Where, value: Awaitable[Any], complete: Complete, complete_any: Complete) -> Any:  # noqa: ANN401  what stands in the answer
    """A value that must be awaited before it can be completed, by `complete_any` where it is not a plain one."""
    run, nodes, place, required = where
    try:
        came = await value
        completed = (complete if came.__class__ in plain else complete_any)(run, came, place)
        if completed.__class__ is CoroutineType:
            completed = await completed
    except Exception as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
        run.fail(error, nodes, place, required=required)
        return None
    return completed


async def guarded(where: Where, completing: Awaitable[Any]) -> Any:  # noqa: ANN401  the same
    """A value of which a part must be awaited."""
    run, nodes, place, required = where
    try:
        return await completing
    except Exception as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
        run.fail(error, nodes, place, required=required)
        return None


async def filled(run: Run, results: Any, waiting: Sequence[Any]) -> Any:  # noqa: ANN401  a dict by keys, or a list by indices
    """The results, once those at `waiting` are there."""
    if len(waiting) == 1:  # without a strand of its own
        results[waiting[0]] = await results[waiting[0]]
    else:
        came = await run.strands.together([results[each] for each in waiting])
        for each, value in zip(waiting, came, strict=True):
            results[each] = value
    return results


def settle(run: Run, awaitables: Sequence[Awaitable[Any]]) -> None:
    """Lets what nobody waits for any more come to its end, its errors looked at."""
    run.strands.begin(_coroutines(awaitables))


def _coroutines(awaitables: Iterable[Awaitable[Any]]) -> list[Coroutine[Any, Any, Any]]:
    return [each if isinstance(each, CoroutineType) else _of(each) for each in awaitables]


async def _of(awaitable: Awaitable[Any]) -> Any:  # noqa: ANN401  whatever it gives
    return await awaitable


def left(iterator: Iterator[Any]) -> Sequence[Awaitable[Any]]:
    """The awaitables that an iterator still holds."""
    found: list[Awaitable[Any]] = []
    with suppress(Exception):
        found.extend(item for item in iterator if is_awaitable(item))
    return found


def helpers(run: Run) -> GraphQLResolveInfoHelpers:
    """For every resolver's info."""
    strands = run.strands  # and not the execution, which holds these

    def gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
        return strands.together(_coroutines(values))

    def track(values: Sequence[Any]) -> None:
        strands.begin(_coroutines([value for value in values if is_awaitable(value)]))

    return GraphQLResolveInfoHelpers(gather=gather, track=track)
