"""Loaders of one operation, when that operation is given up."""

import asyncio
import gc
import weakref
from contextvars import ContextVar
from typing import Any

import pytest

from gateway.upstreams.batching import BatchLoader
from gateway.upstreams.loading import at_once, loaded, prime
from resolvers.errors import UpstreamUnavailable
from resolvers.gathering import Upcoming

pytestmark = pytest.mark.anyio


async def test_a_failure_that_nobody_waits_for_any_more_is_not_logged() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    asked, failing = asyncio.Event(), asyncio.Event()

    async def batch(_: list[str]) -> dict[str, str]:
        asked.set()
        await failing.wait()
        raise UpstreamUnavailable("It failed.")

    loader = BatchLoader[str, str](batch)
    waiter = asyncio.create_task(loader.load("a"))
    await asked.wait()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    failing.set()
    for _ in range(10):
        await asyncio.sleep(0)
    del loader, waiter
    gc.collect()

    assert told == []


async def test_who_waits_on_is_told_of_the_failure() -> None:
    asked, failing = asyncio.Event(), asyncio.Event()

    async def batch(_: list[str]) -> dict[str, str]:
        asked.set()
        await failing.wait()
        raise UpstreamUnavailable("It failed.")

    loader = BatchLoader[str, str](batch)
    gone, patient = asyncio.create_task(loader.load("a")), asyncio.create_task(loader.load("a"))
    await asked.wait()
    gone.cancel()
    failing.set()

    with pytest.raises(UpstreamUnavailable, match=r"It failed\."):
        await patient


async def test_what_is_wanted_at_the_same_time_is_one_batch_of_each_key_once() -> None:
    asked: list[list[str]] = []

    async def batch(keys: list[str]) -> dict[str, str]:
        asked.append(keys)
        return {key: key.upper() for key in keys}

    loader = BatchLoader[str, str](batch)

    assert await asyncio.gather(*map(loader.load, "abab")) == ["A", "B", "A", "B"]
    assert asked == [["a", "b"]]


async def test_several_are_one_batch_and_one_failure_is_its_own_alone() -> None:
    asked: list[list[str]] = []

    async def batch(keys: list[str]) -> dict[str, str | Exception]:
        asked.append(keys)
        return {key: key.upper() if key != "b" else UpstreamUnavailable("No b.") for key in keys}

    loader = BatchLoader[str, str](batch)
    first, failure, *rest = await loader.load_all(["a", "b", "c", "a", "d"])

    assert [first, str(failure), *rest] == ["A", "No b.", "C", "A", "D"]
    assert asked == [["a", "b", "c", "d"]]


async def test_what_breaks_a_batch_breaks_all_that_is_loaded_by_it() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def batch(_: list[str]) -> dict[str, str]:
        raise ValueError("broken")

    loader = BatchLoader[str, str](batch)
    with pytest.raises(ValueError, match="broken"):
        await loader.load_all(["a", "b"])
    del loader
    await asyncio.sleep(0)
    gc.collect()

    assert told == []


async def test_a_key_that_is_wanted_alone_is_read_alone() -> None:
    asked: list[object] = []

    async def batch(keys: list[str]) -> dict[str, str]:
        asked.append(keys)
        return {key: key.upper() for key in keys}

    async def alone(key: str) -> str:
        asked.append(key)
        return key.upper()

    loader = BatchLoader[str, str](batch, alone)

    assert await loader.load("a") == "A"
    assert await loader.load_all(["a", "b", "c"]) == ["A", "B", "C"]
    assert asked == ["a", ["b", "c"]]


async def test_a_failure_of_a_key_alone_is_known_and_what_breaks_is_read_again() -> None:
    broken: list[Exception] = [ValueError("broken"), UpstreamUnavailable("away")]

    async def batch(_: list[str]) -> dict[str, str]:
        raise AssertionError

    async def alone(_: str) -> str:
        raise broken.pop(0)

    loader = BatchLoader[str, str](batch, alone)
    with pytest.raises(ValueError, match="broken"):
        await loader.load("a")
    for _ in range(2):
        with pytest.raises(UpstreamUnavailable, match="away"):
            await loader.load("a")


async def test_what_is_upcoming_is_asked_for_once_and_shared() -> None:
    class Comes(Upcoming[str]):
        def came(self, future: asyncio.Future[str]) -> None:
            self.future, self.done, self.value = None, True, future.result()
            for listener in self.listeners:
                listener.wake(self)

    class Asks:
        def __init__(self) -> None:
            self.flights: dict[tuple[object, ...], Any] = {}
            self.asked: list[asyncio.Future[str]] = []

        @loaded
        def read(self, _: str) -> Upcoming[str]:
            self.asked.append(asyncio.get_running_loop().create_future())
            comes = Comes(future=self.asked[-1])
            self.asked[-1].add_done_callback(comes.came)
            return comes

    asks = Asks()
    first, second = asyncio.create_task(asks.read("a")), asyncio.create_task(asks.read("a"))
    await asyncio.sleep(0)
    [asked] = asks.asked
    first.cancel()
    asked.set_result("A")

    assert await second == await asks.read("a") == "A"
    assert first.cancelled()


class Holder:
    """Has loaders over its own methods, as adapters have."""

    def __init__(self, go: asyncio.Event | None = None) -> None:
        self.flights: dict[tuple[object, ...], Any] = {}
        self.together = BatchLoader[str, str](self.read_all)
        self.asked: list[str] = []
        self.go = go

    async def read_all(self, keys: list[str]) -> dict[str, str]:
        return {key: key.upper() for key in keys}

    @loaded
    async def read(self, key: str) -> str:
        self.asked.append(key)
        if self.go is not None:
            await self.go.wait()
        return key.upper()

    @loaded
    async def read_later(self, key: str) -> str:
        await asyncio.sleep(0)
        return key.upper()


async def test_a_value_that_is_there_is_given_without_a_turn_of_the_loop() -> None:
    holder = Holder()
    assert await holder.read("a") == "A"
    turned: list[str] = []
    asyncio.get_running_loop().call_soon(turned.append, "turned")

    assert await holder.read("a") == "A"
    assert turned == []


async def test_what_was_read_is_gone_with_its_holder() -> None:
    holder = Holder()
    assert await holder.together.load("a") == await holder.read("a") == "A"
    gone = weakref.ref(holder)
    gc.disable()
    try:
        del holder
        assert gone() is None
    finally:
        gc.enable()


HELD: ContextVar[Holder] = ContextVar("held")


async def test_what_was_waited_for_is_gone_with_its_holder_too() -> None:
    async def used() -> weakref.ref[Holder]:
        holder = Holder()
        HELD.set(holder)
        assert await holder.read_later("a") == "A"
        return weakref.ref(holder)

    gc.disable()
    try:
        gone = await asyncio.create_task(used())
        async with asyncio.timeout(10):
            while gone() is not None:  # noqa: ASYNC110  the loop lets go of what it ran last
                await asyncio.sleep(0)
    finally:
        gc.enable()


async def test_each_key_is_asked_for_at_once_and_only_once() -> None:
    holder = Holder(asyncio.Event())

    first, second = asyncio.create_task(holder.read("a")), asyncio.create_task(holder.read("a"))
    third = holder.read("b")
    assert holder.asked == ["a", "b"], "when it is called"
    await asyncio.sleep(0)
    first.cancel()
    assert holder.go is not None
    holder.go.set()

    assert (await second, await third) == ("A", "B")
    assert await holder.read("a") == "A"
    assert holder.asked == ["a", "b"]


async def test_what_is_loaded_is_told_apart_by_method_and_holder() -> None:
    one, other = Holder(), Holder()

    assert [await one.read("a"), await one.read_later("a"), await other.read("a")] == ["A"] * 3
    assert one.asked == other.asked == ["a"]


async def test_a_value_that_came_some_other_way_is_not_asked_for() -> None:
    holder = Holder()
    prime(holder.read, "given", "a")
    prime(holder.read, "too late", "a")

    assert await holder.read("a") == "given"
    assert holder.asked == []


async def test_a_holder_that_is_gone_reads_nothing() -> None:
    loader = Holder().together

    with pytest.raises(UpstreamUnavailable, match="abandoned"):
        await loader.load("a")


async def test_what_fails_beyond_failures_ends_what_is_read_beside_it() -> None:
    ended = asyncio.Event()

    async def read(key: str) -> str:
        if key == "broken":
            await asyncio.sleep(0)
            raise ValueError(key)
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return key

    with pytest.raises(ValueError, match="broken"):
        await at_once(read, ["broken", "slow"])
    await asyncio.wait_for(ended.wait(), 10)
