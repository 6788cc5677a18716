"""Upstreams that take their time."""

import asyncio
from dataclasses import replace

import pytest

from gateway.sandbox.faults import Fault
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

SLACK = 12.0
"""Seconds that a busy machine may take beside a deadline."""


async def hang(exchange):
    await exchange.gone()


async def hang_mid_head(exchange):
    head, _ = await exchange.answer()
    await exchange.say(head[:20])
    await exchange.gone()


async def hang_mid_body(exchange):
    head, body = await exchange.answer()
    await exchange.say(head + body[:-1])
    await exchange.gone()


async def dripping_head(exchange):
    head, _ = await exchange.answer()
    for byte in head + b"x" * 1000:
        await exchange.say(bytes([byte]))
        await asyncio.sleep(0.1)


async def dripping_body(exchange):
    head, body = await exchange.answer()
    await exchange.say(head)
    for byte in body:
        await exchange.say(bytes([byte]))
        await asyncio.sleep(0.1)


async def dripping_chunks(exchange):
    await exchange.answer()
    await exchange.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await exchange.say(b"1\r\n \r\n")
        await asyncio.sleep(0.1)


async def interim_answers_without_end(exchange):
    await exchange.answer()
    while True:
        await exchange.say(b"HTTP/1.1 103 Early Hints\r\nX-Canary: canary\r\n\r\n")
        await asyncio.sleep(0.01)


HANGS = [hang, hang_mid_head, hang_mid_body]
DRIPS = [dripping_head, dripping_body, dripping_chunks, interim_answers_without_end]


def without_attempts(seen):
    return {word: replace(each, attempts=0) for word, each in seen.items()}


@pytest.mark.parametrize("faults", [HANGS, DRIPS], ids=["hangs", "drips"])
async def test_it_ends_within_the_deadline(impatient, seen, faults):
    both = [(await impatient().open(), await impatient().open()) for _ in faults]
    told = await asyncio.gather(
        *(one.reads(fault) for (one, _), fault in zip(both, faults, strict=True)),
        *(other.writes(fault) for (_, other), fault in zip(both, faults, strict=True)),
    )

    for fault, reads, writes in zip(faults, told[: len(faults)], told[len(faults) :], strict=True):
        assert without_attempts(reads) == seen("UPSTREAM_TIMEOUT", 0, retryable=True), fault
        assert {each.attempts for each in reads.values()} <= {1, 2, 3}, fault
        assert writes == seen("OUTCOME_UNKNOWN", 1, made=fault is not hang, retryable=False), fault


async def test_one_hang_costs_an_attempt_and_no_more(restless, seen):
    told = await restless.reads(hang, times=1)

    assert without_attempts(told) == seen(None, 0)
    assert {each.attempts for each in told.values()} <= {2, 3}


async def test_half_a_minute_of_latency_is_not_waited_for(open_site):
    short = {"read_deadline_seconds": 1.0, "write_deadline_seconds": 1.0}
    site = await open_site({"upstream_defaults": short})
    for application in site.applications.values():
        application.state.faults.add(Fault("latency", seconds=30.0))
    try:
        reply, *renames = await asyncio.gather(
            site.ask(), *(site.rename(upstream, "Heron that is late") for upstream in Upstream)
        )
    finally:
        for application in site.applications.values():
            application.state.faults.clear()

    assert reply.seconds < 1.0 + SLACK
    assert [error["extensions"]["code"] for error in reply.errors] == ["UPSTREAM_TIMEOUT"] * 4
    for upstream, rename in zip(Upstream, renames, strict=True):
        (error,) = rename.answer["data"]["updateOrganization"]["userErrors"]
        assert error["code"] == "OUTCOME_UNKNOWN"
        assert site.proxies[upstream].count("PATCH") == 1
        assert rename.seconds < 1.0 + SLACK


async def test_a_caller_may_have_less_patience_but_not_more(open_site):
    site = await open_site({"upstream_defaults": {"read_deadline_seconds": 1.0}})
    for proxy in site.proxies.values():
        proxy.strike(hang)
    seconds = {"0.3": 0.3, "60": 1.0}
    told = await asyncio.gather(
        *(site.ask('{ nks: organization(id: "nks") { name } }', {"Request-Timeout": each}) for each in seconds)
    )

    for reply, most in zip(told, seconds.values(), strict=True):
        assert [error["extensions"]["code"] for error in reply.errors] == ["UPSTREAM_TIMEOUT"]
        assert 0.9 * most <= reply.seconds < most + SLACK  # an attempt ends a twentieth before its deadline
