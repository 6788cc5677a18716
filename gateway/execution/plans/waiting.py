"""Values that are yet to come and may fail what holds them: awaited in just the groups and the order of graphql-core.

What cannot fail what holds it is promised instead: `promises`. Whoever awaits one of these coroutines may be given a
`Partial`: the rest of it, which fails nobody.
"""

from collections.abc import Awaitable, Coroutine, Iterable, Iterator, Sequence
from contextlib import suppress
from types import CoroutineType
from typing import Any, Final

from graphql import GraphQLResolveInfoHelpers
from graphql.pyutils import is_awaitable

from gateway.execution.plans.partial import Partial
from gateway.execution.plans.promises import Late, Promise
from gateway.execution.plans.running import Place, Run
from resolvers.staleness import FieldPlace, resolving

COMING: Final[frozenset[Any]] = frozenset({CoroutineType, Partial, Promise})
"""The classes of what stands for a value that is yet to come."""


async def awaited(run: Run, late: Late, place: Place, value: Awaitable[Any], info: FieldPlace | None = None) -> Any:  # noqa: ANN401  what stands in the answer
    """A value of a slot that must not be null, with what its resolver was told where that is to be known meanwhile."""
    if info is not None:
        resolving(info)
    try:
        completed = late.complete(run, await value, place)
        return await completed if completed.__class__ is CoroutineType else completed
    except Exception as error:  # noqa: BLE001  whatever a resolver raises is the error of its field
        run.fail(error, late.nodes, place, required=True)


def filled(run: Run, results: Any, waiting: Sequence[Any]) -> Partial | Coroutine[Any, Any, Any]:  # noqa: ANN401  a dict by keys, or a list by indices
    """The results, once those at `waiting` are there; partial where none of them can fail."""
    for each in waiting:
        if results[each].__class__ is CoroutineType:
            return _filled(run, results, waiting)
    return Partial(run.strands, results, waiting)


async def _filled(run: Run, results: Any, waiting: Sequence[Any]) -> Any:  # noqa: ANN401  the same
    if len(waiting) > 1:
        return await whole(run, Partial(run.strands, results, waiting))
    [each] = waiting
    came = results[each] = await results[each]
    return Partial(run.strands, results, waiting) if came.__class__ is Partial else results


async def whole(run: Run, value: Any) -> Any:  # noqa: ANN401  whatever it is
    """What is yet to come, with all that is promised in it: for one who waits for it, and may have to cancel it."""
    if value.__class__ is not Partial:
        value = await (value.awaited() if value.__class__ is Promise else value)
        if value.__class__ is not Partial:
            return value
    results, waiting = value.results, value.waiting
    if len(waiting) == 1:  # without a strand of its own
        results[waiting[0]] = await whole(run, results[waiting[0]])
    else:
        came = await run.strands.together([whole(run, results[each]) for each in waiting])
        for each, one in zip(waiting, came, strict=True):
            results[each] = one
    return results


def settle(run: Run, coming: Sequence[Any]) -> None:
    """Lets what nobody waits for any more come to its end, its errors looked at."""
    run.strands.begin([whole(run, each) for each in coming])


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


def _coroutines(awaitables: Iterable[Awaitable[Any]]) -> list[Coroutine[Any, Any, Any]]:
    return [coroutine_of(each) for each in awaitables]


def coroutine_of(awaitable: Awaitable[Any]) -> Coroutine[Any, Any, Any]:
    """The same as a coroutine."""
    return awaitable if isinstance(awaitable, CoroutineType) else _awaits(awaitable)


async def _awaits(awaitable: Awaitable[Any]) -> Any:  # noqa: ANN401  whatever it gives
    return await awaitable
