"""Statuses, as each stand-in words them."""

import asyncio
import datetime as dt
import uuid
from collections import Counter
from email.utils import format_datetime

import pytest

from gateway.sandbox.faults import Fault
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

UNAVAILABLE = ("UPSTREAM_UNAVAILABLE", True)
STATUSES = {
    400: ("UPSTREAM_REJECTED", False, 1),
    401: ("UPSTREAM_UNAUTHENTICATED", False, 1),
    402: ("UPSTREAM_REJECTED", False, 1),
    403: ("UPSTREAM_FORBIDDEN", False, 1),
    404: ("NOT_FOUND", False, 1),
    405: ("UPSTREAM_REJECTED", False, 1),
    408: ("UPSTREAM_TIMEOUT", True, 1),
    409: ("CONFLICT", False, 1),
    410: ("NOT_FOUND", False, 1),
    413: ("UPSTREAM_REJECTED", False, 1),
    422: ("UPSTREAM_REJECTED", False, 1),
    451: ("UPSTREAM_REJECTED", False, 1),
    500: (*UNAVAILABLE, 3),
    501: (*UNAVAILABLE, 1),
    502: (*UNAVAILABLE, 3),
    503: (*UNAVAILABLE, 3),
    504: (*UNAVAILABLE, 3),
    505: (*UNAVAILABLE, 1),
    599: (*UNAVAILABLE, 3),
}
"""Code, whether it may be asked again, and the requests that a read makes."""


@pytest.fixture(scope="module")
async def module_site(open_for_module):
    return await open_for_module()


@pytest.fixture
def site(module_site):
    yield module_site
    repair(module_site)


def repair(site):
    for proxy, application in zip(site.proxies.values(), site.applications.values(), strict=True):
        proxy.repair()
        application.state.faults.clear()


def strike(site, **members):
    for application in site.applications.values():
        application.state.faults.add(Fault("status", **members))


def counts(site, method):
    return [proxy.count(method) for proxy in site.proxies.values()]


async def renamed(site):
    """What a change of the name answers at each upstream, and whether it is made."""
    names = {upstream: f"Heron {uuid.uuid4().hex}" for upstream in Upstream}
    replies = await asyncio.gather(*(site.rename(upstream, name) for upstream, name in names.items()))
    told = [reply.answer["data"]["updateOrganization"]["userErrors"] for reply in replies]
    codes = [(error["code"], error["retryable"], error["upstream"]) for errors in told for error in errors]
    return codes, [site.name(upstream) == name for upstream, name in names.items()]


@pytest.mark.parametrize("status", STATUSES)
async def test_a_status_has_its_code_and_its_attempts(site, status):
    code, retryable, attempts = STATUSES[status]
    strike(site, status=status)
    reply = await site.ask()

    told = {error["path"][0]: error["extensions"] for error in reply.errors}
    assert {word: (each["code"], each["retryable"], each["upstream"]) for word, each in told.items()} == {
        each.word: (code, retryable, each.name) for each in Upstream
    }
    assert [reply.answer["data"][each.word]["name"] for each in Upstream] == [None] * 4
    assert all(reply.answer["data"][each.word]["id"] for each in Upstream)
    assert counts(site, "*") == [attempts] * 4


@pytest.mark.parametrize("status", STATUSES)
async def test_a_write_has_the_same_code_and_is_sent_once(site, status):
    code, retryable, _ = STATUSES[status]
    strike(site, status=status)

    assert await renamed(site) == ([(code, retryable, each.name) for each in Upstream], [False] * 4)
    assert counts(site, "*") == counts(site, "PATCH") == [1] * 4


@pytest.mark.parametrize("status", [500, 503])
async def test_a_read_does_not_see_that_it_happened_once_and_a_write_is_not_sent_again(site, status):
    strike(site, status=status, times=1)
    assert not (await site.ask()).errors
    assert counts(site, "*") == [2] * 4
    repair(site)
    strike(site, status=status, times=1)
    assert (await renamed(site))[0] == [(*UNAVAILABLE, each.name) for each in Upstream]
    assert counts(site, "*") == [1] * 4
    assert await renamed(site) == ([], [True] * 4)


async def test_what_a_page_of_an_upstream_says_is_not_shown(matrix, seen):
    async def page(exchange):
        body = b'{"message":"canary: see http://10.0.0.1:8080/", "detail": "<html>canary", "error": "X: \\\\canary"}'
        await exchange.reply(422, body, "X-Inner: canary")

    assert await matrix.reads(page) == seen("UPSTREAM_REJECTED", 1, retryable=False)
    assert await matrix.writes(page) == seen("UPSTREAM_REJECTED", 1, made=False, retryable=False)


def in_half_a_minute():
    return format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30), usegmt=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("Retry-After", lambda: "30"), ("Retry-After", in_half_a_minute), ("X-RateLimit-Reset", lambda: "30")],
    ids=["seconds", "date", "ClickHouse"],
)
async def test_a_429_that_asks_for_half_a_minute_is_told_and_kept(open_site, name, value):
    site = await open_site()
    strike(site, status=429, headers={name: value()})
    first, second = await site.ask(), await site.ask()
    repair_count = counts(site, "*")
    codes, made = await renamed(site)
    repair(site)

    for reply in (first, second):
        told = [error["extensions"] for error in reply.errors]
        assert Counter(each["code"] for each in told) == {"UPSTREAM_RATE_LIMITED": 4}
        assert all(each["retryable"] for each in told)
        assert all(20 < each["retryAfterSeconds"] <= 30 for each in told)
        assert reply.seconds < 20
    assert (codes, made) == ([("UPSTREAM_RATE_LIMITED", True, each.name) for each in Upstream], [False] * 4)
    assert repair_count == [1] * 4, "whoever was told to wait is left alone"


@pytest.mark.parametrize("headers", [{"Retry-After": "0.1"}, {"X-RateLimit-Reset": "0.1"}, {}], ids=str)
async def test_a_429_whose_wait_fits_is_waited_for_once(open_site, headers):
    site = await open_site()
    strike(site, status=429, headers=headers, times=1)
    good = await site.ask()
    asked = counts(site, "*")
    strike(site, status=429, headers=headers)
    bad = await site.ask()
    again = counts(site, "*")
    repair(site)

    assert not good.errors
    assert asked == [2] * 4
    assert [error["extensions"]["code"] for error in bad.errors] == ["UPSTREAM_RATE_LIMITED"] * 4
    assert again == [4] * 4


async def test_a_429_to_a_write_is_not_waited_for(open_site):
    site = await open_site()
    strike(site, status=429, headers={"Retry-After": "0.1"}, times=1)
    codes = (await renamed(site))[0]
    repair(site)

    assert codes == [("UPSTREAM_RATE_LIMITED", True, each.name) for each in Upstream]


async def test_a_missing_organization_is_null_and_not_found_after_one_call(site):
    strike(site, status=404)
    query = """{ losant: organization(id: "losant:5f3c1a7be4b0c91d2f6a8b01") { id name }
      nks: organization(id: "nks:3880") { id name }
      locktera: organization(id: "locktera:org-hollow") { id name }
      clickhouse: organization(id: "clickhouse:6c1b9f74-3d20-4e8a-9b57-d1f0a2c3e465") { id name } }"""
    reply = await site.ask(query)

    assert reply.answer["data"] == dict.fromkeys(each.word for each in Upstream)
    assert {(*error["path"], error["extensions"]["code"]) for error in reply.errors} == {
        (each.word, "NOT_FOUND") for each in Upstream
    }
    assert counts(site, "*") == [1] * 4
