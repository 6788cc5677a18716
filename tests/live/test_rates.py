"""How often the upstreams' logs are asked, where their rate is known."""

import pytest

from resolvers.activities import ActivityFilter
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

FIGURES = {"clickhouse": {"calls": 10, "seconds": 10}, "locktera": {"calls": 100, "seconds": 60}}


@pytest.mark.parametrize(
    ("upstream", "workers", "pauses"),
    [(Upstream.CLICKHOUSE, 1, {3.0}), (Upstream.LOCKTERA, 1, {3.6}), (Upstream.CLICKHOUSE, 2, {6.0})],
)
async def test_polls_take_a_third_of_a_known_rate_at_most(serve, upstream, workers, pauses):
    """Locktera's two logs are read with one credential; each of several processes has its part."""

    def rated(values):
        values.setdefault("server", {})["workers"] = workers
        values.setdefault("cache", {})["url"] = "redis://127.0.0.1:1" if workers > 1 else ""
        for name, rate in FIGURES.items():
            values["upstreams"][name]["rate"] = rate

    served = await serve(change=rated)
    context = served.gateway.surroundings()
    listener = await context.listen(
        await context.find("acme"), ActivityFilter(None, None, [upstream], None, None, None), None
    )
    assert {round(tail.pause, 6) for tail in served.hub.polled} == pauses
    await listener.aclose()
    assert served.hub.polled == []
