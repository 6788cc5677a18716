"""What begins at once goes on, and ends, as a task would."""

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

import pytest

from gateway.cli.eager import Eager

pytestmark = pytest.mark.anyio


class Noted(Eager):
    """Keeps its end."""

    end: asyncio.Event
    error: BaseException | None

    def _at_end(self, error: BaseException | None) -> None:
        self.error = error
        self.end.set()


def begun(coroutine: Coroutine[Any, Any, None]) -> Noted:
    noted = Noted()
    noted.end = asyncio.Event()
    # outside of the test's own task, as a transport calls its protocol
    loop = asyncio.get_running_loop()
    loop.call_soon(noted.carry_out, coroutine, loop)
    return noted


async def ended(noted: Noted) -> BaseException | None:
    async with asyncio.timeout(30):
        await noted.end.wait()
    assert noted.done()
    assert (noted.context, noted.get_coro()) == (None, None), "nothing of it is kept"
    assert not noted.cancel()
    return noted.error


async def test_it_is_the_current_task_at_every_step_and_no_longer() -> None:
    seen: list[object] = []

    async def steps() -> None:
        for wait in (0, 0.001, 0):
            seen.append(asyncio.current_task())
            await asyncio.sleep(wait)
        asyncio.get_running_loop().call_soon(lambda: seen.append(asyncio.current_task()))
        seen.append(asyncio.current_task())

    noted = begun(steps())
    assert await ended(noted) is None
    await asyncio.sleep(0)
    assert seen == [noted] * 4 + [None]


@pytest.mark.parametrize("waits", [False, True])
async def test_an_error_is_its_end(waits: bool) -> None:
    async def fail() -> None:
        if waits:
            await asyncio.sleep(0.001)
        raise ValueError("its own")

    assert isinstance(await ended(begun(fail())), ValueError)


@pytest.mark.parametrize("seconds", [0, 60])
async def test_it_is_cancelled_where_it_waits_with_the_message(seconds: float) -> None:
    async def wait() -> None:
        began.set()
        while True:  # noqa: ASYNC110  nobody sets an event
            await asyncio.sleep(seconds)

    began = asyncio.Event()
    noted = begun(wait())
    await began.wait()
    assert noted.cancel("enough")
    assert (noted.cancelling(), noted.uncancel(), noted.uncancel()) == (1, 0, 0)
    error = await ended(noted)
    assert isinstance(error, asyncio.CancelledError)
    assert error.args == ("enough",)


async def test_it_is_cancelled_though_what_it_waits_for_has_come() -> None:
    came = asyncio.get_running_loop().create_future()
    began = asyncio.Event()

    async def wait() -> None:
        began.set()
        await came

    noted = begun(wait())
    await began.wait()
    came.set_result(None)
    noted.cancel()
    assert isinstance(await ended(noted), asyncio.CancelledError)


async def test_it_may_go_on_after_it_was_cancelled() -> None:
    async def wait() -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            noted.uncancel()
        async with asyncio.timeout(30):
            await asyncio.sleep(0.001)

    began = asyncio.Event()
    noted = begun(wait())
    await began.wait()
    noted.cancel()
    assert await ended(noted) is None
    assert noted.cancelling() == 0


async def test_it_may_cancel_itself() -> None:
    async def wait() -> None:
        noted.cancel()
        await asyncio.sleep(60)

    noted = begun(wait())
    assert isinstance(await ended(noted), asyncio.CancelledError)


async def test_what_waits_for_something_else_is_not_left_hanging() -> None:
    @coroutine
    def other() -> Generator[int, None, None]:
        yield 7

    async def wait() -> None:
        await other()

    error = await ended(begun(wait()))
    assert isinstance(error, asyncio.CancelledError)
    assert error.args == ("7 is no future of asyncio.",)


async def test_whoever_asks_is_called_when_it_has_ended() -> None:
    called = asyncio.get_running_loop().create_future()
    noted = begun(asyncio.sleep(0.001))
    noted.add_done_callback(called.set_result)
    assert await called is noted
    assert noted.get_loop() is asyncio.get_running_loop()
    assert noted.get_name() == "Noted"
