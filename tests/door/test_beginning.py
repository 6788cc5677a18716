"""What is begun by hand ends as if it had been awaited."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import pytest

from gateway.door.beginning import begun, rest

pytestmark = pytest.mark.anyio

T = TypeVar("T")


async def through(awaitable: Awaitable[T]) -> T:
    steps, found = begun(awaitable)
    return found if steps is None else await rest(steps, found)


async def at_once() -> int:
    return 1


async def later(turns: int = 3) -> int:
    for _ in range(turns):
        await asyncio.sleep(0)
    await asyncio.sleep(0.001)
    return turns


async def test_what_does_not_wait_is_over() -> None:
    assert begun(at_once()) == (None, 1)


@pytest.mark.parametrize("turns", [0, 1, 5])
async def test_what_waits_is_waited_for(turns: int) -> None:
    assert await through(later(turns)) == turns


async def test_a_future_is_waited_for_too() -> None:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, 7)

    assert await through(future) == 7


async def test_an_error_comes_out_at_once_or_later() -> None:
    async def fail(*, wait: bool) -> None:
        if wait:
            await asyncio.sleep(0)
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        begun(fail(wait=False))
    with pytest.raises(ValueError, match="its own"):
        await through(fail(wait=True))


async def test_a_cancellation_reaches_what_waits_which_may_go_on() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return "done"

    for waiting, end in ((stubborn(), "done"), (asyncio.sleep(60, "never"), None)):
        task = asyncio.create_task(through(waiting))
        await asyncio.sleep(0)
        task.cancel()
        if end:
            assert await task == end
        else:
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_what_is_given_up_is_closed() -> None:
    closed = []

    async def tidy() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    given_up = through(tidy())
    given_up.send(None)
    given_up.close()

    assert closed == [True]
