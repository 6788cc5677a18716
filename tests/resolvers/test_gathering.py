"""Several coroutines at the same time."""

import asyncio

import pytest

from resolvers import staleness
from resolvers.errors import Failure, UpstreamUnavailable
from resolvers.gathering import Begun, Upcoming, Waiter, gathered
from resolvers.identity import Upstream
from resolvers.staleness import Stale

pytestmark = pytest.mark.anyio

BOUND = 10.0
"""Seconds; for what would wait for ever where it went wrong."""


async def at_once(value):
    return value


async def later(value, waits):
    await waits
    await asyncio.sleep(0)
    return value


async def test_what_each_returns_comes_in_order():
    coming = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(coming.set_result, None)

    assert await gathered([later(1, coming), at_once(2), later(3, coming)]) == [1, 2, 3]
    assert await gathered([]) == []
    assert await gathered([at_once(1)]) == [1]


async def test_all_wait_at_the_same_time():
    met = asyncio.Barrier(3)

    assert sorted(await asyncio.wait_for(gathered(met.wait() for _ in range(3)), BOUND)) == [0, 1, 2]


async def test_what_need_not_wait_is_there_without_a_turn_of_the_loop():
    turned = []
    asyncio.get_running_loop().call_soon(turned.append, "turned")

    await gathered([at_once(1), at_once(2)])

    assert turned == []


@pytest.mark.parametrize("begun", [True, False])
async def test_the_first_error_ends_the_others(begun):
    ended = asyncio.Event()

    async def slow():
        try:
            await asyncio.sleep(BOUND * 2)
        finally:
            ended.set()

    async def fails():
        if begun:
            await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await gathered([fails(), slow()] if begun else [slow(), fails()])
    if begun:
        await asyncio.wait_for(ended.wait(), BOUND)


async def test_who_stops_waiting_stops_them():
    begun, ended = asyncio.Event(), [asyncio.Event(), asyncio.Event()]

    async def slow(number):
        begun.set()
        try:
            await asyncio.sleep(BOUND * 2)
        finally:
            ended[number].set()

    waiting = asyncio.ensure_future(gathered([slow(0), slow(1)]))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    for each in ended:
        await asyncio.wait_for(each.wait(), BOUND)


async def test_a_waiter_of_a_task_and_one_of_a_coroutine_without_are_woken():
    waiters, woken = [Waiter(), Waiter()], []

    async def wait(number):
        await waiters[number]
        woken.append(number)

    task = asyncio.create_task(wait(0))
    Begun(wait(1))
    await asyncio.sleep(0)
    for waiter in waiters:
        waiter.wake()

    assert woken == [1], "the one without a task goes on at once"
    await asyncio.wait_for(task, BOUND)
    assert woken == [1, 0]


async def test_a_waiter_that_is_cancelled_is_not_woken():
    waiter = Waiter()
    begun = Begun(later(1, waiter))
    begun.cancel()
    await asyncio.sleep(0)
    waiter.wake()

    assert isinstance(begun.error, asyncio.CancelledError)


async def test_one_goes_on_while_another_waits():
    slow, went_on = asyncio.Event(), asyncio.Event()

    async def waits():
        await slow.wait()

    async def walks():
        for _ in range(3):
            await asyncio.sleep(0)
        went_on.set()

    task = asyncio.ensure_future(gathered([waits(), walks()]))
    await asyncio.wait_for(went_on.wait(), BOUND)
    slow.set()

    await task


class Number(Upcoming[int]):
    """A number that a future brings."""

    def came(self, future):
        self.future = None
        try:
            self.value = future.result()
        except (Failure, asyncio.CancelledError) as error:
            self.error = error
        self.done = True
        for listener in self.listeners:
            listener.wake(self)


def upcoming():
    number = Number(future=asyncio.get_running_loop().create_future())
    number.future.add_done_callback(number.came)
    return number


class Collects:
    stale = ()


async def test_what_is_upcoming_comes_beside_coroutines():
    first, second, waits = upcoming(), upcoming(), asyncio.get_running_loop().create_future()
    for number, future in enumerate((second.future, waits, first.future)):
        asyncio.get_running_loop().call_soon(future.set_result, number)

    assert await gathered([first, later(7, waits), second]) == [2, 7, 0]
    assert await gathered([first, second]) == [2, 0], "it is there"
    assert await first == 2


async def test_a_failure_stands_in_the_place_of_a_value_where_that_is_wanted():
    number, failure = upcoming(), UpstreamUnavailable("away")
    number.future.set_exception(failure)

    async def fails():
        raise failure

    assert await gathered([number, fails(), at_once(1)], Failure) == [failure, failure, 1]
    assert await gathered([fails()], Failure) == [failure]
    with pytest.raises(UpstreamUnavailable, match="away"):
        await gathered([number, at_once(1)])
    with pytest.raises(UpstreamUnavailable, match="away"):
        await number


async def test_the_first_error_ends_what_is_upcoming():
    number, future = upcoming(), asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_exception, ValueError("no"))

    with pytest.raises(ValueError, match="no"):
        await gathered([number, later(1, future)])
    while not number.done:  # noqa: ASYNC110  the loop tells it
        await asyncio.sleep(0)
    assert isinstance(number.error, asyncio.CancelledError)


async def test_who_waits_for_what_is_upcoming_learns_of_what_it_was_made():
    stale = Stale(Upstream.NKS, 3.0)
    one, two, collects = upcoming(), upcoming(), Collects()
    before = staleness.collect(collects)
    for number in (one, two):
        number.stale = (stale,)
        number.future.set_result(1)
    await one
    await gathered([one, two])
    staleness.collect_no_more(before)

    assert collects.stale == (stale,) * 3
