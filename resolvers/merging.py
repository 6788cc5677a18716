"""One answer out of several upstreams: the first that has it, or all that have a part."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from resolvers.capabilities import Serves
from resolvers.context import Context, Info
from resolvers.errors import Failure
from resolvers.gathering import gathered
from resolvers.identity import Link, OrganizationRef

C = TypeVar("C", bound=Serves)
T = TypeVar("T")


class Part(msgspec.Struct, Generic[T]):
    """What one upstream, or several together, hold of a list. It may be for several: nobody changes it.

    Attributes:
        items: What could be read.
        failures: Why the rest could not.
        truncated: More items follow these.
        counted: The items are all that the list has.
    """

    items: list[T]
    failures: list[Failure] = []
    truncated: bool = False
    counted: bool = True


def first(
    context: Context, ref: OrganizationRef, kind: type[C], read: Callable[[C, str], Coroutine[Any, Any, T | None]]
) -> Coroutine[Any, Any, T | None]:
    """What the first linked upstream answers that can, asked one after the other; None where none has a value.

    Where there is only one, what it answers.

    Raises:
        Failure: None answered with a value and at least one failed: the first one's.
    """
    serving = context.serving(ref, kind)
    if len(serving) == 1:
        [(link, adapter)] = serving
        return read(adapter, link.native_id)
    return _first(serving, read)


async def _first(serving: Iterable[tuple[Link, C]], read: Callable[[C, str], Awaitable[T | None]]) -> T | None:
    failed: Failure | None = None
    for link, adapter in serving:
        try:
            value = await read(adapter, link.native_id)
        except Failure as failure:
            failed = failed or failure
            continue
        if value is not None:
            return value
    if failed:
        raise failed
    return None


Order: TypeAlias = Callable[[list[T]], list[T]]
"""Gives the items of one part in order."""


async def merge(info: Info, reads: Sequence[Awaitable[Part[T]]], order: Order[T] | None = None) -> Part[T]:
    """The parts of several upstreams together; what fails, each failure once, is also an error at the field's path."""
    whole = await merge_parts(reads, order)
    if not whole.failures:
        return whole
    told = {(failure.code, failure.upstream, failure.message): failure for failure in whole.failures}
    for failure in told.values():
        info.context.report(info, failure)
    return Part(whole.items, [*told.values()], whole.truncated, whole.counted)


async def merge_parts(reads: Sequence[Awaitable[Part[T]]], order: Order[T] | None = None) -> Part[T]:
    """The parts one behind the other, read at the same time; a part that fails is a failure of the whole."""
    if len(reads) == 1:
        try:
            part = await reads[0]
        except Failure as failure:
            return Part([], [failure])
        return Part(order(part.items), part.failures, part.truncated, part.counted) if order else part
    whole: Part[T] = Part([])
    for part in await gathered(map(_attempt, reads)):
        whole.items += order(part.items) if order else part.items
        whole.failures += part.failures
        whole.truncated |= part.truncated
        whole.counted &= part.counted
    return whole


async def _attempt(read: Awaitable[Part[T]]) -> Part[T]:
    try:
        return await read
    except Failure as failure:
        return Part([], [failure])
