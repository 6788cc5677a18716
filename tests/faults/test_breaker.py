"""An upstream that is out of order, as a caller of the gateway sees it. It is left alone for half a second."""

import asyncio
import statistics
import time

import pytest

from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

OPENS = {"breaker_minimum_calls": 4, "breaker_open_seconds": 0.5, "attempts": 1}
STAYS_OPEN = OPENS | {"breaker_open_seconds": 60.0}
ONE = '{{ {0}: organization(id: "{0}") {{ name }} }}'
SLACK = 4.0


async def out_of_order(exchange):
    await exchange.reply(503, b"{}")


async def hang(exchange):
    await exchange.gone()


async def broken_down(open_site, upstream, figures, fault=out_of_order):
    """A gateway whose breaker has just opened."""
    site = await open_site({"upstream_defaults": figures})
    proxy = site.proxies[upstream]
    proxy.strike(fault)
    for _ in range(4):
        await site.ask(ONE.format(upstream.word))
    assert proxy.count() == 4
    return site, proxy


@pytest.mark.parametrize("upstream", Upstream, ids=lambda each: each.word)
async def test_while_it_is_open_nothing_is_sent_and_the_answer_comes_at_once(open_site, upstream):
    site, proxy = await broken_down(open_site, upstream, STAYS_OPEN)
    seconds = []
    for _ in range(40):
        reply = await site.ask(ONE.format(upstream.word))
        seconds.append(reply.seconds)
        (told,) = (error["extensions"] for error in reply.errors)
        assert (told["code"], told["upstream"], told["retryable"]) == ("UPSTREAM_UNAVAILABLE", upstream.name, True)
        assert 0 < told["retryAfterSeconds"] <= 60
    rename = await site.rename(upstream, "Heron that stays")

    (error,) = rename.answer["data"]["updateOrganization"]["userErrors"]
    assert error["code"] == "UPSTREAM_UNAVAILABLE"
    assert proxy.count() == 4
    assert statistics.median(seconds) < 0.25
    whole = await site.ask()
    assert [each for each in Upstream if whole.answer["data"][each.word]["name"] is None] == [upstream]


@pytest.mark.parametrize("upstream", Upstream, ids=lambda each: each.word)
async def test_one_of_many_probes_and_when_all_is_well_all_are_served(open_site, upstream):
    site, proxy = await broken_down(open_site, upstream, OPENS)
    await asyncio.sleep(0.6)
    queries = [f'{{ organization(id: "{upstream.word}") {{ name n{number}: key }} }}' for number in range(20)]
    told = await asyncio.gather(*(site.ask(query) for query in queries))
    assert all(reply.errors for reply in told)
    assert proxy.count() == 5, "one probe, which failed"

    proxy.repair()
    began = time.monotonic()
    while (await site.ask(ONE.format(upstream.word))).errors:
        assert time.monotonic() - began < 0.5 * 6 / 5 + SLACK
        await asyncio.sleep(0.05)
    assert proxy.count() == 1, "the probe served its caller"
    assert not any(reply.errors for reply in await asyncio.gather(*(site.ask(query) for query in queries)))


async def test_hangs_and_broken_connections_open_it_too(open_site):
    async def reset(exchange):
        await exchange.reset()

    for fault in (hang, reset):
        figures = STAYS_OPEN | {"attempt_seconds": 0.2, "read_deadline_seconds": 0.3}
        site, proxy = await broken_down(open_site, Upstream.NKS, figures, fault)
        reply = await site.ask(ONE.format("nks"))
        assert "retryAfterSeconds" in reply.errors[0]["extensions"]
        assert proxy.count() == 4


async def test_refusals_and_misfits_do_not_open_it(open_site):
    statuses = iter([400, 401, 403, 404, 409, 422, 302, 200, 501] * 4)

    async def odd(exchange):
        await exchange.reply(next(statuses), b"[]")

    site = await open_site({"upstream_defaults": STAYS_OPEN})
    proxy = site.proxies[Upstream.NKS]
    proxy.strike(odd)
    for _ in range(18):
        assert (await site.ask(ONE.format("nks"))).errors

    assert proxy.count() == 18
