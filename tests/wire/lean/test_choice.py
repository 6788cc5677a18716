"""Which transport carries the calls to an upstream."""

import httpx
import pytest

from gateway.reach import bottom_of
from gateway.settings import UpstreamFigures
from gateway.wire.lean.transport import LeanTransport
from gateway.wire.transport import HttpxTransport

pytestmark = pytest.mark.anyio

URL = "https://api.losant.com"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")


async def test_calls_are_lean_unless_something_else_is_said() -> None:
    assert isinstance(bottom_of(URL, UpstreamFigures(), None), LeanTransport)
    assert isinstance(bottom_of(URL, UpstreamFigures(transport="httpx"), None), HttpxTransport)


async def test_a_transport_of_httpx_is_used_by_httpx() -> None:
    given = httpx.MockTransport(lambda _: httpx.Response(200))
    assert isinstance(bottom_of(URL, UpstreamFigures(), given), HttpxTransport)


async def test_httpx_speaks_to_proxies(monkeypatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert isinstance(bottom_of(URL, UpstreamFigures(), None), LeanTransport)
    monkeypatch.setenv("no_proxy", "a.example")
    assert isinstance(bottom_of(URL, UpstreamFigures(), None), HttpxTransport)
    assert isinstance(bottom_of("http://127.0.0.1:9", UpstreamFigures(), None), LeanTransport)
