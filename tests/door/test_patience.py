import asyncio
import time

import pytest

from gateway.door.interruption import CancelOnDisconnect, Deadline
from gateway.door.patience import Patience

pytestmark = pytest.mark.anyio


async def test_a_block_that_takes_too_long_ends_early_and_says_so() -> None:
    started = time.monotonic()
    with Deadline(Patience(0.05)) as deadline:
        await asyncio.sleep(60)
    assert deadline.happened
    assert 0.04 < time.monotonic() - started < 5


async def test_blocks_that_are_done_in_time_are_left_alone() -> None:
    patience = Patience(1.0)
    for _ in range(10):
        with Deadline(patience) as deadline:
            await asyncio.sleep(0.01)
        assert not deadline.happened


async def test_of_many_that_wait_only_the_late_ones_are_interrupted() -> None:
    patience = Patience(0.5)

    async def waits(seconds: float) -> bool:
        with Deadline(patience) as deadline:
            await asyncio.sleep(seconds)
        return deadline.happened

    assert await asyncio.gather(*(waits(seconds) for seconds in (0, 60, 0.01, 60, 0))) == [
        False,
        True,
        False,
        True,
        False,
    ]


async def test_patience_starts_anew_after_an_idle_time() -> None:
    patience = Patience(0.02)
    for _ in range(2):
        with Deadline(patience) as deadline:
            await asyncio.sleep(60)
        assert deadline.happened
        await asyncio.sleep(0.05)


async def test_an_error_of_the_block_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="its own"), Deadline(Patience(0.05)):
        raise ValueError("its own")


async def test_a_cancellation_from_elsewhere_wins_over_an_interruption() -> None:
    async def waits() -> None:
        with Deadline(Patience(0.02)):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                task.cancel()
                raise

    task = asyncio.create_task(waits())
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_after_an_interruption_the_task_goes_on_as_if_never_cancelled() -> None:
    with Deadline(Patience(0.02)):
        await asyncio.sleep(60)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    async with asyncio.timeout(5):
        await asyncio.sleep(0.01)


async def test_a_short_block_never_asks_whether_the_client_is_there() -> None:
    asked = 0

    async def receive() -> dict[str, str]:
        nonlocal asked
        asked += 1
        return {"type": "http.disconnect"}

    with CancelOnDisconnect(receive, Patience(0.05)) as client:
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    assert (asked, client.happened) == (0, False)


async def test_who_is_overdue_is_told_once() -> None:
    asked = 0

    async def receive() -> dict[str, str]:
        nonlocal asked
        asked += 1
        return await asyncio.Event().wait()

    with CancelOnDisconnect(receive, Patience(0.01)):
        await asyncio.sleep(0.1)
    assert asked == 1
