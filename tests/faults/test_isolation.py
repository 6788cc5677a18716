"""One upstream that hangs, and callers stuck on it, beside those who ask the other three."""

import asyncio

import pytest

from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

STUCK = 150
NAMES = {
    Upstream.LOSANT: "losant:{:024x}",
    Upstream.NKS: "nks:{}",
    Upstream.LOCKTERA: "locktera:org-{}",
}
OTHERS = 30


@pytest.mark.parametrize("upstream", NAMES, ids=lambda each: each.word)
async def test_the_other_three_answer_while_one_hangs(open_site, upstream):
    async def hang(exchange):
        await exchange.gone()

    site = await open_site({"upstreams": {upstream.word: {"read_deadline_seconds": 60.0, "attempt_seconds": 60.0}}})
    site.proxies[upstream].strike(hang)
    ids = [NAMES[upstream].format(number + 10_000) for number in range(STUCK)]
    stuck = [asyncio.create_task(site.ask(f'{{ organization(id: "{each}") {{ name }} }}')) for each in ids]
    try:
        async with asyncio.timeout(30):
            while site.proxies[upstream].count() < 32 or sum(task.done() for task in stuck) < STUCK - 96:
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
