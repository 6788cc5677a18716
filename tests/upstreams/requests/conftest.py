"""What one read sends."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from resolvers.identity import Upstream


@pytest.fixture
def sends(bench) -> Callable[[Upstream, Callable[[Any], Awaitable[object]]], Awaitable[Any]]:
    """The one request that a read sends through a fresh adapter."""

    async def read(upstream: Upstream, ask: Callable[[Any], Awaitable[object]]) -> Any:
        recorder = bench.recorders[upstream]
        recorder.sent.clear()
        await ask(bench.adapter(upstream))
        [sent] = recorder.sent
        return sent

    return read
