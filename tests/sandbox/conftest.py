"""Stand-ins in process: a fresh store each, and a client of each vendor's that goes through `httpx.ASGITransport`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette

from gateway.sandbox.clock import Clock
from gateway.sandbox.listening import Listener
from gateway.sandbox.losant import stand_in as losant_stand_in
from gateway.sandbox.nks import stand_in as nks_stand_in
from gateway.sandbox.stand_in import StandIn, application
from gateway.sandbox.store import Store

NOW = datetime(2025, 6, 11, 12, 30, tzinfo=UTC)


class SettableClock(Clock):
    """A fixed clock whose time can be set as well as moved."""

    @property
    def at(self) -> datetime:
        """The time."""
        return self.now()

    @at.setter
    def at(self, value: datetime) -> None:
        self.advance(value - self.now())


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest.fixture(scope="session")
def built() -> Iterator[Store]:
    """The made-up data of Losant and NKS as of the tests' clock, built once."""
    opened, clock = Store(), Clock(NOW)
    for make in (losant_stand_in, nks_stand_in):
        application(make(opened, clock), opened, clock)
    yield opened
    opened.close()


@pytest.fixture
def empty() -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.close()


@pytest.fixture
def store(built: Store) -> Iterator[Store]:
    """A fresh copy of the made-up data."""
    opened = built.copy()
    yield opened
    opened.close()


Serve = Callable[[Callable[[Store, Clock], StandIn]], Starlette]


@pytest.fixture
def serve(store: Store, clock: Clock) -> Serve:
    """Make an application of a vendor's `stand_in` on the test's store and clock."""
    return lambda make: application(make(store, clock), store, clock)


@pytest.fixture
async def listen() -> AsyncIterator[Callable[[Starlette], Awaitable[str]]]:
    """Put an application on a real socket, and give its address."""
    listeners: list[Listener] = []

    async def start(app: Starlette) -> str:
        listener = Listener(app, "127.0.0.1", 0)
        await listener.start()
        listeners.append(listener)
        return f"http://127.0.0.1:{listener.port}"

    yield start
    for listener in listeners:
        await listener.stop()


@pytest.fixture
async def losant(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """Losant, with a token that may do everything."""
    async with _client(serve(losant_stand_in), "LOSANT_API_TOKEN") as client:
        yield client


@pytest.fixture
async def nks(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """NKS, as the owner of most organizations."""
    async with _client(serve(nks_stand_in), "NKS_API_TOKEN") as client:
        yield client


def _client(app: Starlette, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://stand-in", headers=headers)
