from collections import Counter
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from gateway.door.status import Access, RecentOperations, routes
from gateway.door.status.recent import MOST_CALLS
from gateway.telemetry.record import Verdict

STATUS = {
    "gateway": {
        "version": "1.2.3",
        "profile": "production",
        "started": 1.0,
        "uptimeSeconds": 2.0,
        "operationsInFlight": 0,
        "draining": False,
    },
    "upstreams": [],
    "cache": None,
}


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Notes:
    """Recent operations, and an easy way to add one."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.recent = RecentOperations[SimpleNamespace](lambda ended: ended.trace, clock=self.clock)

    def __call__(self, *sources: str, **facts: Any) -> None:
        """Notes an operation."""
        self.recent.note([self.ended(*sources, **facts)], [len(sources)], Counter(sources))

    def ended(self, *sources: str, **facts: Any) -> SimpleNamespace:
        """An operation that went well, with calls of these sources, but for what is given."""
        trace = {
            "durationMs": 12.5,
            "upstreamCalls": sources.count("UPSTREAM"),
            "waves": 1,
            "calls": [
                {"upstream": "LOSANT", "operation": f"call {number}", "source": each}
                for number, each in enumerate(sources[:MOST_CALLS])
            ],
        }
        words = {
            "request_id": "r-1",
            "kind": "query",
            "name": "Members",
            "caller": "api_key:one",
            "verdict": Verdict.OK,
        }
        figures = {"codes": {}, "seconds": 0.0125, "estimated": 30.0, "actual": 12.0, "at": self.clock()}
        return SimpleNamespace(**(words | figures | facts), trace=trace)


@pytest.fixture
def notes() -> Notes:
    return Notes()


async def permitted(headers: Mapping[str, str]) -> Access:
    """Knows two keys, one of which may."""
    given = headers.get("authorization")
    if given == "Bearer may":
        return Access.GRANTED
    return Access.UNKNOWN if given == "Bearer unknown" else Access.DENIED


@pytest.fixture
async def client(notes: Notes) -> AsyncIterator[httpx.AsyncClient]:
    """Shows no credential, unless a test does."""
    application = Starlette(routes=routes(lambda: STATUS, notes.recent, permitted))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://gateway", follow_redirects=False
    ) as client:
        yield client
