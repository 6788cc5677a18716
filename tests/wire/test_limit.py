"""A time that many calls have."""

import asyncio

import pytest

from gateway.wire.limit import Limit

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend(made_up_time):
    return made_up_time


async def waited(limit: Limit, seconds: float) -> str:
    """How it ended."""
    try:
        with limit:
            await asyncio.sleep(seconds)
    except TimeoutError:
        return "over"
    return "done"


async def test_each_has_the_whole_time(now) -> None:
    limit, ends = Limit(5.0), []

    async def one(start: float) -> None:
        await asyncio.sleep(start)
        assert await waited(limit, 60.0) == "over"
        ends.append(now())

    began = now()
    await asyncio.gather(*(one(start) for start in (0.0, 1.5, 1.5, 7.0)))
    assert ends == [began + 5.0, began + 6.5, began + 6.5, began + 12.0]
    assert len(limit) == 0


async def test_who_is_done_in_time_is_left_alone_and_later_ones_are_not_forgotten(now) -> None:
    limit = Limit(5.0)
    assert await waited(limit, 4.9) == "done"
    began = now()
    assert await asyncio.gather(waited(limit, 1.0), waited(limit, 60.0)) == ["done", "over"]
    assert now() == began + 5.0


async def test_it_says_when_it_began(now) -> None:
    with Limit(5.0) as began:
        assert began == now()


async def test_limits_within_limits_end_each_at_its_own_time(now) -> None:
    inner, began, ended = Limit(2.0), now(), []

    async def again_and_again() -> None:
        while True:
            ended.append(await waited(inner, 60.0))

    with pytest.raises(TimeoutError), Limit(5.0):
        await again_and_again()
    assert now() == began + 5.0
    assert ended == ["over", "over"]
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_who_goes_away_is_not_out_of_time() -> None:
    limit = Limit(5.0)
    task = asyncio.create_task(waited(limit, 60.0))
    await asyncio.sleep(1.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(limit) == 0


async def test_who_goes_away_in_the_same_moment_goes_away() -> None:
    limit = Limit(5.0)
    task = asyncio.create_task(waited(limit, 60.0))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(5.0, task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_raised_inside_is_raised() -> None:
    limit = Limit(5.0)
    with pytest.raises(ZeroDivisionError), limit:
        raise ZeroDivisionError
    assert len(limit) == 0


async def test_what_ends_by_itself_although_it_was_told_to_is_not_over() -> None:
    with Limit(5.0):
        try:
            await asyncio.sleep(60.0)
        except asyncio.CancelledError:
            done = True
    assert done
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


def test_it_may_be_used_in_one_loop_after_another() -> None:
    limit = Limit(0.01)

    async def leave_something_behind() -> str:
        asyncio.create_task(waited(limit, 60.0))  # noqa: RUF006  it ends with the loop
        return await waited(limit, 0.0)

    assert [asyncio.run(leave_something_behind()) for _ in range(2)] == ["done"] * 2
    assert asyncio.run(waited(limit, 60.0)) == "over"
