"""One answer out of several upstreams: the first that has it, or all that have a part."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from resolvers.capabilities import Serves
from resolvers.context import Context, Info
from resolvers.errors import Failure
from resolvers.gathering import Begun
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


def told(info: Info, part: Part[T]) -> Part[T]:
    """The part; what failed, each failure once, is also an error at the field's path."""
    if not part.failures:
        return part
    once = {(failure.code, failure.upstream, failure.message): failure for failure in part.failures}
    for failure in once.values():
        info.context.report(info, failure)
    return Part(part.items, [*once.values()], part.truncated, part.counted)


async def merge(reads: Sequence[Coroutine[Any, Any, Part[T]]], order: Order[T] | None = None) -> Part[T]:
    """The parts one behind the other; a part that fails is a failure of the whole.

    Args:
        reads: One for each upstream or log. They have begun: to await them in turn takes as long as the longest.
        order: As described.
    """
    if len(reads) == 1:
        try:
            part = await reads[0]
        except Failure as failure:
            return Part([], [failure])
        return Part(order(part.items), part.failures, part.truncated, part.counted) if order else part
    items: list[T] = []
    failures: list[Failure] = []
    truncated, counted = False, True
    left = iter(reads)
    try:
        for read in left:
            try:
                part = await read
            except Failure as failure:
                failures.append(failure.with_traceback(None))  # which would hold this frame
                continue
            items += order(part.items) if order else part.items
            failures += part.failures
            truncated |= part.truncated
            counted &= part.counted
    except BaseException:
        for read in left:
            Begun(read).cancel()
        raise
    return Part(items, failures, truncated, counted)
