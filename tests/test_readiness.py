"""Whether a gateway is sent requests."""

import httpx
import pytest

from gateway.readiness import is_ready
from resolvers.identity import Upstream
from resolvers.upstreams import UpstreamState

UP, DEGRADED, DOWN = UpstreamState.UP, UpstreamState.DEGRADED, UpstreamState.DOWN


@pytest.mark.parametrize(
    ("policy", "losant", "nks", "ready"),
    [
        (("any",), UP, DOWN, True),
        (("any",), DEGRADED, DOWN, True),
        (("any",), DOWN, DOWN, False),
        (("all",), UP, DEGRADED, True),
        (("all",), UP, DOWN, False),
        (("losant",), UP, DOWN, True),
        (("losant",), DOWN, UP, False),
        (("losant", "nks"), UP, DOWN, False),
        (("locktera",), UP, UP, False),
    ],
)
def test_the_policy_says_which_upstreams_must_not_be_down(policy, losant, nks, ready):
    assert is_ready({"losant": losant, "nks": nks}, policy) is ready


@pytest.mark.parametrize("policy", [("any",), ("all",)])
def test_without_an_upstream_there_is_nothing_to_wait_for(policy):
    assert is_ready({}, policy)


def test_a_gateway_that_drains_is_not_ready():
    assert not is_ready({"losant": UP}, ("any",), draining=True)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("ready", "status"), [("any", 200), ("all", 503), ('["losant", "nks"]', 503), ('["losant"]', 200)]
)
async def test_readyz_follows_the_setting_and_asks_no_upstream(graphs, ready, status):
    value = ready if ready.startswith("[") else f'"{ready}"'
    graph = graphs(f"[server]\nready = {value}\n[cache]\nfresh_seconds = 0.0\n", stopped=Upstream.NKS)
    for _ in range(3):
        await graph('{ organization(id: "acme") { members(first: 2) { nodes { id } } } }')
    graph.forget()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
        answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()["parts"]["nks"]) == (status, "down")
    assert graph.calls == []
