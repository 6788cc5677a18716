"""Bad days of single stand-ins, from time to time."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import httpx

from tests.soak.record import Record

_HANG: dict[str, Any] = {"fault": "hang"}
FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "latency", "seconds": 0.4},
    {"fault": "latency", "seconds": 4.0},
    {"fault": "status", "status": 503},
    {"fault": "status", "status": 429, "headers": {"Retry-After": "1"}},
    {"fault": "status", "status": 401},
    _HANG,
    {"fault": "reset"},
    {"fault": "cut"},
    {"fault": "garbage"},
)
_LASTS = 4.0
_AFTERMATH = 12.0
"""Seconds until what was in flight has ended, and the breaker is closed again."""


class Trouble:
    """Brings it.

    Args:
        urls: The stand-ins'.
        record: Is told when there is trouble.
        pause: Seconds between two bad days.
    """

    def __init__(self, urls: list[str], record: Record, numbers: random.Random, pause: float) -> None:
        self._urls = urls
        self._record = record
        self._numbers = numbers
        self._pause = pause
        self._turn = 0
        self._client = httpx.AsyncClient(timeout=20)

    async def bring(self) -> None:
        """One after the other, each kind in its turn, until it is cancelled."""
        while True:
            await asyncio.sleep(self._pause)
            fault = FAULTS[self._turn % len(FAULTS)]
            self._turn += 1
            self._record.troubled = True
            await self._strike(self._numbers.choice(self._urls), fault)
            await asyncio.sleep(_LASTS)
            await self.end()
            await asyncio.sleep(_AFTERMATH)
            self._record.troubled = False

    async def _strike(self, url: str, fault: dict[str, Any]) -> None:
        (await self._client.post(f"{url}/__sandbox/faults", json=fault)).raise_for_status()

    async def end(self) -> None:
        """Take all of it back."""
        for url in self._urls:
            (await self._client.delete(f"{url}/__sandbox/faults")).raise_for_status()

    async def close(self) -> None:
        """End."""
        await self.end()
        await self._client.aclose()


class Hang(Trouble):
    """All stand-ins hang, and nobody is told.

    Args:
        urls: The stand-ins'.
        pause: Seconds until then.
        found: Whether the judge has found it.
    """

    def __init__(self, urls: list[str], pause: float, found: Callable[[], bool]) -> None:
        super().__init__(urls, Record(), random.Random(), pause)  # noqa: S311  nothing secret
        self._found = found

    async def bring(self) -> None:
        """Once, and until it is found: a machine may be so slow that hardly anybody asks."""
        await asyncio.sleep(self._pause)
        for url in self._urls:
            await self._strike(url, _HANG)
        while not self._found():  # noqa: ASYNC110  the judge tells nobody
            await asyncio.sleep(0.2)
