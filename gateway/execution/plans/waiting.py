"""Values that are yet to come, awaited in just the groups and turns in which graphql-core awaits them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLResolveInfoHelpers
from graphql.pyutils import gather_with_cancel, is_awaitable

from gateway.execution.plans.running import Place, Run

Where: TypeAlias = tuple[Run, Sequence[FieldNode], Place, bool]
"""The slot that a value is for: the execution, the nodes of its field, its place, and whether it must not be null."""

_settling: set[asyncio.Future[Any]] = set()


async def awaited(where: Where, value: Awaitable[Any], complete: Callable[[Run, Any, Place], Any]) -> Any:  # noqa: ANN401  what stands in the answer
    """A value that must be awaited before it can be completed."""
    run, nodes, place, required = where
    try:
        completed = complete(run, await value, place)
        if is_awaitable(completed):
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


async def filled(results: Any, waiting: Sequence[Any]) -> Any:  # noqa: ANN401  a dict by keys, or a list by indices
    """The results, once those at `waiting` are there."""
    if len(waiting) == 1:  # without a task of its own
        results[waiting[0]] = await results[waiting[0]]
    else:
        came = await gather_with_cancel(*[results[each] for each in waiting])
        for each, value in zip(waiting, came, strict=True):
            results[each] = value
    return results


def settle(awaitables: Sequence[Awaitable[Any]]) -> None:
    """Lets what nobody waits for any more come to its end, its errors looked at."""
    if awaitables:
        settling = asyncio.gather(*awaitables, return_exceptions=True)
        _settling.add(settling)
        settling.add_done_callback(_settling.discard)


def left(iterator: Iterator[Any]) -> Sequence[Awaitable[Any]]:
    """The awaitables that an iterator still holds."""
    found: list[Awaitable[Any]] = []
    with suppress(Exception):
        found.extend(item for item in iterator if is_awaitable(item))
    return found


def _track(values: Sequence[Any]) -> None:
    settle([value for value in values if is_awaitable(value)])


def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)


helpers = GraphQLResolveInfoHelpers(gather=_gather, track=_track)
"""For every resolver's info."""
