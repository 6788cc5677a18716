"""The last good answer, in the place of one that fails. What is kept is at once too old to serve by itself."""

import asyncio

import pytest

from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

KEPT = {"cache": {"fresh_seconds": 0.001}}


async def reset(exchange):
    await exchange.reset()


async def cut(exchange):
    head, body = await exchange.answer()
    await exchange.say(head + body[:-1])


async def hang(exchange):
    await exchange.gone()


async def endless(exchange):
    await exchange.say(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        await exchange.say(b" " * 65_536)


async def mispacked(exchange):
    await exchange.reply(200, b"canary", "Content-Encoding: gzip")


def status(number, *headers: str):
    async def status_(exchange):
        await exchange.reply(number, b"{}", *headers)

    return status_


FAILURES = {
    "reset": reset,
    "cut": cut,
    "hang": hang,
    "endless": endless,
    "mispacked": mispacked,
    "408": status(408),
    "429": status(429, "Retry-After: 60"),
    "500": status(500),
    "501": status(501),
    "503": status(503),
}


async def grown_old(open_site, more=None):
    """A gateway that has asked once."""
    site = await open_site(KEPT | (more or {}))
    reply = await site.ask()
    assert not reply.errors
    assert "staleness" not in reply.answer["extensions"]
    await asyncio.sleep(0.01)
    return site, reply.answer["data"]


@pytest.mark.parametrize("fault", FAILURES.values(), ids=FAILURES)
async def test_while_an_upstream_fails_its_last_answer_is_served_and_named(open_site, fault):
    more = {"upstream_defaults": {"attempt_seconds": 0.3, "read_deadline_seconds": 0.5}} if fault is hang else {}
    site, before = await grown_old(open_site, more)
    for upstream, proxy in site.proxies.items():
        proxy.repair()
        if upstream is not Upstream.NKS:
            proxy.strike(fault)
    reply = await site.ask()

    assert not reply.errors
    assert reply.answer["data"] == before
    told = reply.answer["extensions"]["staleness"]
    assert {(*each["path"], each["upstream"]) for each in told} == {
        (each.word, "name", each.name) for each in Upstream if each is not Upstream.NKS
    }
    assert all(0 <= each["ageSeconds"] < 60 for each in told)
    assert all(proxy.count() for proxy in site.proxies.values()), "it is asked all the same"


async def test_what_cannot_be_reached_any_more_is_served_and_named(open_site):
    site, before = await grown_old(open_site)
    for proxy in site.proxies.values():
        await proxy.stop()
    reply = await site.ask()

    assert (reply.errors, reply.answer["data"]) == ([], before)
    assert len(reply.answer["extensions"]["staleness"]) == 4
    for proxy in site.proxies.values():
        await proxy.start()
    again = await site.ask()
    assert (again.errors, again.answer["data"]) == ([], before)
    assert "staleness" not in again.answer["extensions"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (400, "UPSTREAM_REJECTED"),
        (401, "UPSTREAM_UNAUTHENTICATED"),
        (403, "UPSTREAM_FORBIDDEN"),
        (404, "NOT_FOUND"),
        (410, "NOT_FOUND"),
    ],
)
async def test_what_is_refused_or_gone_is_never_served_not_even_when_the_upstream_fails_next(open_site, number, code):
    site, _ = await grown_old(open_site)
    for proxy in site.proxies.values():
        proxy.strike(status(number), times=1)
        proxy.strike(status(501))
    refused = await site.ask()
    await asyncio.sleep(0.01)
    failed = await site.ask()

    for reply, expected in ((refused, code), (failed, "UPSTREAM_UNAVAILABLE")):
        assert [reply.answer["data"][each.word]["name"] for each in Upstream] == [None] * 4
        assert [error["extensions"]["code"] for error in reply.errors] == [expected] * 4
        assert "staleness" not in reply.answer["extensions"]


async def test_after_a_write_nothing_older_is_served(open_site):
    site, _ = await grown_old(open_site)
    for upstream in Upstream:
        assert not (await site.rename(upstream, "Heron, just now")).answer["data"]["updateOrganization"]["userErrors"]
        site.proxies[upstream].strike(status(503))
    reply = await site.ask()

    assert [error["extensions"]["code"] for error in reply.errors] == ["UPSTREAM_UNAVAILABLE"] * 4
    assert "staleness" not in reply.answer["extensions"]


async def test_while_the_breaker_is_open_the_last_answer_is_served_without_a_call(open_site):
    site, before = await grown_old(open_site, {"upstream_defaults": {"breaker_minimum_calls": 3, "attempts": 1}})
    for proxy in site.proxies.values():
        proxy.repair()
        proxy.strike(status(503))
    replies = [await site.ask() for _ in range(8)]

    assert all(reply.answer["data"] == before for reply in replies)
    assert all(len(reply.answer["extensions"]["staleness"]) == 4 for reply in replies)
    assert [proxy.count() for proxy in site.proxies.values()] == [2] * 4, "the first call was good"
