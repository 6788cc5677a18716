"""One upstream that hangs, and callers stuck on it, beside those who ask the other three."""

import asyncio

import pytest

from resolvers.identity import Upstream, encode

pytestmark = pytest.mark.anyio

STUCK = 150
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
QUERIES = {
    Upstream.LOSANT: lambda number: f'{{ organization(id: "losant:{number:024x}") {{ name }} }}',
    Upstream.NKS: lambda number: f'{{ organization(id: "nks:{number}") {{ name }} }}',
    Upstream.LOCKTERA: lambda number: f'{{ organization(id: "locktera:org-{number}") {{ name }} }}',
    Upstream.CLICKHOUSE: lambda number: (
        f'{{ node(id: "{encode("Member", "clickhouse", CLICKHOUSE, f"employee-{number}")}") {{ id }} }}'
    ),
}
"""Each asks one thing that no other asks."""
OTHERS = 30


@pytest.mark.parametrize("upstream", Upstream, ids=lambda each: each.word)
async def test_the_other_three_answer_while_one_hangs(open_site, upstream):
    async def hang(exchange):
        await exchange.gone()

    site = await open_site({"upstreams": {upstream.word: {"read_deadline_seconds": 60.0, "attempt_seconds": 60.0}}})
    site.proxies[upstream].strike(hang)
    queries = [QUERIES[upstream](number + 10_000) for number in range(STUCK)]
    stuck = [asyncio.create_task(site.ask(query)) for query in queries]
    try:
        async with asyncio.timeout(30):
            while site.proxies[upstream].count() < 32 or sum(task.done() for task in stuck) < STUCK - 96:  # noqa: ASYNC110  figures
                await asyncio.sleep(0.02)
        others = [each for each in Upstream if each is not upstream]
        query = "{ " + " ".join(f'{each.word}: organization(id: "{each.word}") {{ name }}' for each in others) + " }"
        async with asyncio.timeout(30):
            replies = await asyncio.gather(*(site.ask(query + " " * number) for number in range(OTHERS)))

        assert not any(reply.errors for reply in replies)
        assert sum(not task.done() for task in stuck) == 32 + 64, "those who are under way, and those who wait"
        assert site.proxies[upstream].count() == 32
        refused = [task.result().errors[0]["extensions"]["code"] for task in stuck if task.done()]
        assert refused == ["UPSTREAM_UNAVAILABLE"] * (STUCK - 96)
    finally:
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
