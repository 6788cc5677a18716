"""One list out of several upstreams."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from resolvers.errors import UpstreamUnavailable
from resolvers.gathering import Begun
from resolvers.merging import Part, merge

pytestmark = pytest.mark.anyio


class Reading(Begun):
    """Begins at once, and is awaited later, as loaders have it."""

    def __init__(self, *items: str, after: asyncio.Event, failure: Exception | None = None) -> None:
        self._after, self._items, self._failure = after, items, failure
        self.awaited = asyncio.Event()
        self.cancelled = False
        super().__init__(self._read())

    async def _read(self) -> Part[str]:
        await self._after.wait()
        if self._failure is not None:
            raise self._failure
        return Part([*self._items])

    def _end(self) -> None:
        self.awaited.set()

    async def outcome(self) -> Part[str]:
        try:
            await self.awaited.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.error:
            raise self.error
        return self.value


def reads(*readings: Reading) -> list[Coroutine[Any, Any, Part[str]]]:
    return [reading.outcome() for reading in readings]


def there() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


async def test_the_parts_stand_in_the_order_of_their_reads_whichever_comes_first() -> None:
    last = asyncio.Event()
    first, second = Reading("a", after=last), Reading("c", "b", after=there())
    merged = asyncio.ensure_future(merge(reads(first, second)))
    await second.awaited.wait()
    assert not first.done
    last.set()
    assert (await merged).items == ["a", "c", "b"]


async def test_each_part_is_put_in_order_by_itself() -> None:
    readings = [Reading(*words, after=there()) for words in ("db", "ca")]
    assert (await merge(reads(*readings), sorted)).items == ["b", "d", "a", "c"]


async def test_a_part_that_fails_is_a_failure_of_the_whole() -> None:
    failure = UpstreamUnavailable("Not now.")
    readings = [Reading("a", after=there()), Reading(after=there(), failure=failure), Reading("b", after=there())]
    whole = await merge(reads(*readings))
    assert (whole.items, whole.failures) == (["a", "b"], [failure])
    assert failure.__traceback__ is None


@pytest.mark.parametrize("place", [0, 1])
async def test_a_part_is_counted_and_truncated_as_each_of_its_parts_is(place: int) -> None:
    async def cut() -> Part[str]:
        return Part(["a"], truncated=True, counted=False)

    given = reads(Reading("b", after=there()))
    given.insert(place, cut())
    whole = await merge(given)
    assert (whole.truncated, whole.counted) == (True, False)


async def test_what_is_no_failure_is_raised_and_the_rest_is_cancelled() -> None:
    never = asyncio.Event()
    waiting = [Reading("a", after=never), Reading("b", after=never)]
    broken = Reading(after=there(), failure=ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await merge(reads(broken, *waiting))
    await asyncio.sleep(0.01)
    assert [each.cancelled for each in waiting] == [True, True]
    for each in waiting:
        each.cancel()
    never.set()
    await asyncio.sleep(0.01)


async def test_who_is_cancelled_cancels_all_that_it_waits_for() -> None:
    never = asyncio.Event()
    waiting = [Reading("a", after=never), Reading("b", after=never)]
    merged = asyncio.ensure_future(merge(reads(*waiting)))
    await asyncio.sleep(0)
    merged.cancel()
    with pytest.raises(asyncio.CancelledError):
        await merged
    await asyncio.sleep(0.01)
    assert [each.cancelled for each in waiting] == [True, True]
    never.set()
    await asyncio.sleep(0.01)
