from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from gateway.door.explorer import routes


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that is the explorer alone."""
    transport = httpx.ASGITransport(Starlette(routes=routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        yield client
