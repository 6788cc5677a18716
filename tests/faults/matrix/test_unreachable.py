"""Upstreams that cannot be connected to: nothing has left, so that a write may be tried again, too."""

import asyncio
import socket
import uuid

import pytest

from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

TRACED = {"GraphQL-Trace": "1"}


def attempts(reply):
    """Outcomes of the attempts, by upstream."""
    calls = reply.answer["extensions"]["trace"]["calls"]
    return {call["upstream"]: [attempt["outcome"] for attempt in call["attempts"]] for call in calls}


@pytest.fixture(params=["refused", "no such name"])
def nowhere(request):
    if request.param == "no such name":
        return "http://nowhere.invalid"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def test_a_read_is_tried_three_times_and_then_unavailable(open_site, nowhere):
    async def ask(upstream):
        site = await open_site(urls={upstream: nowhere})
        reply = await site.ask(headers=TRACED)
        (error,) = reply.errors
        told = error["extensions"]
        assert (error["path"], told["upstream"]) == ([upstream.word, "name"], upstream.name)
        assert (told["code"], told["retryable"]) == ("UPSTREAM_UNAVAILABLE", True)
        assert [each for each in Upstream if not reply.answer["data"][each.word]["name"]] == [upstream]
        return attempts(reply)

    for upstream, told in zip(Upstream, await asyncio.gather(*map(ask, Upstream)), strict=True):
        good = {each.name: ["200"] for each in Upstream}
        assert told == good | {upstream.name: ["UPSTREAM_UNAVAILABLE"] * 3}


async def test_a_write_is_tried_three_times_and_plainly_failed(open_site, nowhere):
    async def rename(upstream):
        site = await open_site(urls={upstream: nowhere})
        reply = await site.rename(upstream, "Heron that flies nowhere", TRACED)
        (error,) = reply.answer["data"]["updateOrganization"]["userErrors"]
        assert (error["code"], error["upstream"], error["retryable"]) == ("UPSTREAM_UNAVAILABLE", upstream.name, True)
        assert attempts(reply) == {upstream.name: ["UPSTREAM_UNAVAILABLE"] * 3}
        assert sum(proxy.count() for proxy in site.proxies.values()) == 0

    await asyncio.gather(*map(rename, Upstream))


async def test_what_is_back_in_time_is_asked_and_changed_once(open_site):
    site = await open_site({"upstream_defaults": {"attempts": 10}})
    for proxy in site.proxies.values():
        await proxy.stop()
    names = {upstream: f"Heron {uuid.uuid4().hex}" for upstream in Upstream}
    asked = [asyncio.create_task(site.rename(upstream, name)) for upstream, name in names.items()]
    asked.append(asyncio.create_task(site.ask()))
    await asyncio.sleep(0.1)
    for proxy in site.proxies.values():
        await proxy.start()

    *renamed, read = await asyncio.gather(*asked)
    assert not read.errors
    for upstream, reply in zip(Upstream, renamed, strict=True):
        assert reply.answer["data"]["updateOrganization"]["userErrors"] == []
        assert site.name(upstream) == names[upstream]
        assert (site.proxies[upstream].count("PATCH"), site.proxies[upstream].count("GET")) == (1, 1)
