"""Loaders of one operation, when that operation is given up."""

import asyncio
import gc
from typing import Any

import pytest

from gateway.upstreams.loading import Loader
from resolvers.errors import UpstreamUnavailable

pytestmark = pytest.mark.anyio


async def test_a_failure_that_nobody_waits_for_any_more_is_not_logged() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    asked, failing = asyncio.Event(), asyncio.Event()

    async def batch(_: list[str]) -> dict[str, str]:
        asked.set()
        await failing.wait()
        raise UpstreamUnavailable("It failed.")

    loader = Loader[str, str](batch)
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

    loader = Loader[str, str](batch)
    gone, patient = asyncio.create_task(loader.load("a")), asyncio.create_task(loader.load("a"))
    await asked.wait()
    gone.cancel()
    failing.set()

    with pytest.raises(UpstreamUnavailable, match=r"It failed\."):
        await patient
