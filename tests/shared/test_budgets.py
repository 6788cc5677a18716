"""Budgets that replicas count together."""

import asyncio
import time

import pytest

from gateway.callers.counters import Counters
from gateway.shared.budgets import SharedCounters

pytestmark = pytest.mark.anyio

QUERY = '{ organization(id: "acme") { key } }'
BUDGET = "[limits.budget]\ncost = 100\nseconds = 3600\n"


async def answered(replica):
    answer = await replica.post(QUERY)
    if "errors" not in answer:
        return True
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["RATE_LIMITED"]
    return False


async def cost(replica):
    return (await replica.post(QUERY))["extensions"]["cost"]["estimated"]


async def test_a_budget_holds_for_all_replicas_together(server, replica):
    price = await cost(await replica(server.url))
    budget = f"[limits.budget]\ncost = {30 * price}\nseconds = 3600\n"
    replicas = [await replica(server.url, budget) for _ in range(3)]
    good = await asyncio.gather(*(answered(replicas[number % 3]) for number in range(90)))

    assert good.count(True) == 30
    assert [await answered(each) for each in replicas] == [False] * 3


async def test_a_budget_goes_on_at_each_replica_while_the_server_is_away(server, replica):
    price = await cost(await replica(server.url))
    budget = f"[limits.budget]\ncost = {10 * price}\nseconds = 3600\n"
    one, other = await replica(server.url, budget), await replica(server.url, budget)
    assert [await answered(one) for _ in range(8)] == [True] * 8
    server.kill()

    assert [await answered(one) for _ in range(4)] == [True, True, False, False]
    assert [await answered(other) for _ in range(12)] == [True] * 10 + [False] * 2


@pytest.fixture
def counters(server, connect):
    """Of two replicas."""
    return [SharedCounters(connect(server.url), Counters()) for _ in range(2)]


async def test_counts_and_windows_are_the_same_everywhere(counters):
    one, other = counters
    assert [await one.incr("key", 60, 3), await other.incr("key", 60, 4), await one.get("key")] == [3, 7, 7]
    for each in counters:
        assert time.time() + 30 < await each.get_expiry("key") <= time.time() + 60


async def test_a_count_that_is_none_has_no_window(counters):
    one, _ = counters
    before = time.time()
    assert await one.get("never") == 0
    assert before <= await one.get_expiry("never") <= time.time()


async def test_a_window_begins_with_its_first_count_and_ends(counters, eventually):
    one, other = counters
    await one.incr("key", 1, 5)
    await other.incr("key", 1, 5)

    async def over():
        return await other.get("key") == 0

    await eventually(over)
    assert await one.incr("key", 60, 2) == 2


async def test_counts_can_be_cleared(counters):
    one, other = counters
    await one.incr("key", 60, 3)
    await one.clear("key")
    await one.get("key")
    assert await other.get("key") == 0
    assert [await each.check() for each in counters] == [True, True]


async def test_own_counts_serve_while_the_server_is_away(server, counters):
    one, other = counters
    assert [await one.incr("key", 60, 3), await other.incr("key", 60, 4)] == [3, 7]
    server.kill()
    assert [await each.incr("key", 60, 1) for each in counters] == [4, 5]
    assert [await each.get("key") for each in counters] == [4, 5]
    assert time.time() < await one.get_expiry("key") <= time.time() + 60
    assert [await each.check() for each in counters] == [False, False]
    assert await one.reset() == 1
    assert await one.get("key") == 0
