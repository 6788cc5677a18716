"""One answer out of several upstreams: the first that has it, or all that have a part."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from resolvers.capabilities import Serves
from resolvers.context import Context, Info
from resolvers.errors import Failure
from resolvers.gathering import gathered
from resolvers.identity import OrganizationRef, Upstream

C = TypeVar("C", bound=Serves)
T = TypeVar("T")


@dataclass(slots=True)
class Part(Generic[T]):
    """What one upstream, or several together, hold of a list.

    Attributes:
        items: What could be read.
        failures: Why the rest could not.
        truncated: More items follow these.
        counted: The items are all that the list has.
    """

    items: list[T]
    failures: list[Failure] = field(default_factory=list)
    truncated: bool = False
    counted: bool = True


async def first(
    context: Context, ref: OrganizationRef, kind: type[C], read: Callable[[C, str], Awaitable[T | None]]
) -> T | None:
    """What the first linked upstream answers that can, asked one after the other; None where none has a value.

    Raises:
        Failure: None answered with a value and at least one failed: the first one's.
    """
    failed: Failure | None = None
    for link, adapter in context.serving(ref, kind):
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


async def merge(
    info: Info,
    ref: OrganizationRef,
    kind: type[C],
    read: Callable[[C, str], Awaitable[Part[T]]],
    upstreams: Sequence[Upstream] | None = None,
) -> Part[T] | None:
    """The parts of all linked upstreams that have the capability, asked at the same time.

    None where no upstream has the capability. What fails, each failure once, is also an error at the field's path.
    """
    context = info.context
    serving = context.serving(ref, kind, upstreams)
    if not serving:
        return None
    whole = await merge_parts(read(adapter, link.native_id) for link, adapter in serving)
    if whole.failures:
        told = {(failure.code, failure.upstream, failure.message): failure for failure in whole.failures}
        whole.failures = list(told.values())
        for failure in whole.failures:
            context.report(info, failure)
    return whole


async def merge_parts(reads: Iterable[Awaitable[Part[T]]]) -> Part[T]:
    """The parts together, read at the same time; a part that fails is a failure of the whole."""
    whole: Part[T] = Part([])
    for part in await gathered(map(_attempt, reads)):
        whole.items += part.items
        whole.failures += part.failures
        whole.truncated |= part.truncated
        whole.counted &= part.counted
    return whole


async def _attempt(read: Awaitable[Part[T]]) -> Part[T]:
    try:
        return await read
    except Failure as failure:
        return Part([], [failure])
