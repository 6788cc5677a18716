"""Budgets: what is charged to whom, and what is refused."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from limits.aio.storage import MemoryStorage
from pydantic import ValidationError

from gateway.callers.api_keys import hashed, new_key
from gateway.callers.budgets import Budgets
from gateway.callers.counters import SWEPT, Counters
from gateway.callers.principal import Principal
from gateway.settings import Settings
from resolvers.errors import ProblemCode, RateLimited
from resolvers.viewer import ViewerKind

pytestmark = pytest.mark.anyio

ANONYMOUS = Principal(ViewerKind.ANONYMOUS, "", None, frozenset())


def key(name: str) -> Principal:
    return Principal(ViewerKind.API_KEY, name, None, frozenset())


def user(name: str) -> Principal:
    return Principal(ViewerKind.USER, name, None, frozenset())


def settings(cost: int = 100, seconds: int = 60, **of_keys: dict[str, int]) -> Settings:
    """Those of a gateway with a budget for everyone, and with keys that have budgets of their own."""
    keys = [{"name": name, "hash": hashed(new_key()), "budget": budget} for name, budget in of_keys.items()]
    return Settings.model_validate(
        {"limits": {"budget": {"cost": cost, "seconds": seconds}}, "callers": {"api_keys": keys}}
    )


@pytest.fixture
def budgets(clock) -> Budgets:
    return Budgets(settings(), clock=clock)


async def left(budgets: Budgets, principal: Principal, cost: float = 1) -> int:
    """What remains after a charge."""
    rate_limit = await budgets.charge(principal, cost)
    assert rate_limit is not None
    return rate_limit.remaining


async def refused(budgets: Budgets, principal: Principal, cost: float) -> RateLimited:
    with pytest.raises(RateLimited) as caught:
        await budgets.charge(principal, cost)
    return caught.value


async def test_a_charge_tells_what_stands(budgets, clock) -> None:
    await budgets.charge(user("ada"), 30)
    clock.now += 10.25
    rate_limit = await budgets.charge(user("ada"), 20)

    assert rate_limit is not None
    assert (rate_limit.limit, rate_limit.cost, rate_limit.remaining, rate_limit.used) == (100, 20, 50, 50)
    assert rate_limit.reset_at == dt.datetime.fromtimestamp(1060, dt.UTC)


async def test_a_budget_can_be_used_to_its_last_unit_and_no_further(budgets) -> None:
    assert await left(budgets, ANONYMOUS, 99) == 1
    await refused(budgets, ANONYMOUS, 2)
    assert await left(budgets, ANONYMOUS, 1) == 0
    await refused(budgets, ANONYMOUS, 1)


async def test_a_refusal_is_not_charged(budgets) -> None:
    await budgets.charge(ANONYMOUS, 60)
    for _ in range(3):
        await refused(budgets, ANONYMOUS, 41)

    assert await left(budgets, ANONYMOUS, 40) == 0


async def test_a_refusal_says_how_much_is_left_of_what_and_until_when(budgets, clock) -> None:
    await budgets.charge(user("ada"), 95)
    clock.now += 17.5
    failure = await refused(budgets, user("ada"), 6)

    assert failure.message == (
        "This caller's budget is 100 in 60 seconds, 5 of it is left, and the operation may cost 6. "
        "It is renewed in 43 seconds, at 1970-01-01T00:17:40Z."
    )
    assert (failure.code, failure.limit, failure.retryable) == (ProblemCode.RATE_LIMITED, "BUDGET", True)
    assert failure.retry_after_seconds == 43
    assert (failure.rate_limit.limit, failure.rate_limit.cost, failure.rate_limit.remaining) == (100, 6, 5)


async def test_a_refusal_of_anonymous_callers_says_that_they_share(budgets) -> None:
    await budgets.charge(ANONYMOUS, 100)

    assert "The budget of all anonymous callers together is 100" in (await refused(budgets, ANONYMOUS, 1)).message


async def test_what_the_whole_budget_would_not_pay_is_not_worth_another_try(budgets) -> None:
    failure = await refused(budgets, user("ada"), 101)

    assert (failure.retryable, failure.retry_after_seconds, failure.rate_limit.remaining) == (False, None, 100)
    assert "is 100 in 60 seconds, and the operation may cost 101: more than there ever is." in failure.message
    assert await left(budgets, user("ada"), 100) == 0


@pytest.mark.parametrize("passed", [1, 59, 59.999])
async def test_a_budget_is_not_renewed_before_its_window_ends(budgets, clock, passed) -> None:
    await budgets.charge(ANONYMOUS, 100)
    clock.now += passed

    assert (await refused(budgets, ANONYMOUS, 1)).retry_after_seconds == max(1, round(60 - passed))


@pytest.mark.parametrize("passed", [60, 61, 6000])
async def test_a_budget_is_renewed_as_a_whole_when_its_window_ends(budgets, clock, passed) -> None:
    await budgets.charge(ANONYMOUS, 100)
    clock.now += passed
    rate_limit = await budgets.charge(ANONYMOUS, 40)

    assert (rate_limit.remaining, rate_limit.used) == (60, 40)
    assert rate_limit.reset_at == dt.datetime.fromtimestamp(clock.now + 60, dt.UTC)


async def test_waiting_as_long_as_a_refusal_says_is_enough(budgets, clock) -> None:
    await budgets.charge(ANONYMOUS, 80)
    clock.now += 12.3
    clock.now += (await refused(budgets, ANONYMOUS, 30)).retry_after_seconds

    assert await left(budgets, ANONYMOUS, 30) == 70


@pytest.mark.parametrize(
    ("cost", "charged"), [(0, 1), (0.2, 1), (1, 1), (1.5, 2), (10.0, 10), (0.1 + 0.2 + 9.7, 10), (10.000000001, 10)]
)
async def test_a_cost_is_charged_in_whole_units_and_never_less_than_one(budgets, cost, charged) -> None:
    assert (await budgets.charge(ANONYMOUS, cost)).cost == charged


async def test_callers_do_not_share(budgets) -> None:
    for principal in (ANONYMOUS, key("ada"), user("ada"), user("bob"), user("")):
        assert await left(budgets, principal, 100) == 0


async def test_all_credentials_of_one_caller_share(callers, issuer, clock) -> None:
    budgets = Budgets(settings(), clock=clock)
    first = await callers.identify({"authorization": f"Bearer {issuer.token('rsa', jti='1')}"})
    second = await callers.identify({"authorization": f"Bearer {issuer.token('ec', jti='2')}"})
    other = await callers.identify({"authorization": f"Bearer {issuer.token(sub='bob')}"})

    assert [await left(budgets, each, 40) for each in (first, second, other)] == [60, 20, 60]


async def test_a_key_may_have_a_budget_of_its_own(clock) -> None:
    budgets = Budgets(settings(5, 60, rich={"cost": 1000, "seconds": 10}, free={"cost": 0}), clock=clock)

    assert await left(budgets, key("rich"), 600) == 400
    assert (await refused(budgets, key("rich"), 401)).retry_after_seconds == 10
    assert await budgets.charge(key("free"), 10**9) is None
    assert await left(budgets, key("other"), 5) == 0
    assert await left(budgets, user("rich"), 5) == 0


async def test_only_a_key_with_a_budget_has_one_where_everyone_has_none(clock) -> None:
    budgets = Budgets(settings(0, poor={"cost": 3, "seconds": 60}), clock=clock)

    assert await left(budgets, key("poor"), 3) == 0
    assert [await budgets.charge(each, 10**9) for each in (key("other"), user("poor"), ANONYMOUS)] == [None] * 3


async def test_nobody_has_a_budget_by_default(clock) -> None:
    assert await Budgets(Settings(), clock=clock).charge(ANONYMOUS, 10**9) is None


@pytest.mark.parametrize("name", ["a" * 10_000, "\ud800", "a/b/100/60/second", "\x00"], ids=ascii)
async def test_a_caller_may_have_any_name(budgets, name) -> None:
    assert await left(budgets, user(name), 70) == 30
    assert await left(budgets, user(name[:-1]), 70) == 30


@pytest.mark.parametrize("own_storage", [True, False])
async def test_operations_at_once_never_overshoot(own_storage) -> None:
    storage = Counters() if own_storage else MemoryStorage()
    budgets = Budgets(settings(1000, 3600), storage)
    asked = [1 + number % 40 for number in range(200)]
    answers = await asyncio.gather(*(budgets.charge(ANONYMOUS, cost) for cost in asked), return_exceptions=True)

    charged = [answer.cost for answer in answers if not isinstance(answer, BaseException)]
    assert {type(answer) for answer in answers if isinstance(answer, BaseException)} == {RateLimited}
    assert 1000 - max(asked) < sum(charged) <= 1000
    assert 1000 - sum(charged) == (await refused(budgets, ANONYMOUS, 1000)).rate_limit.remaining


async def test_callers_who_are_gone_leave_nothing_behind(clock) -> None:
    counters = Counters(clock)
    callers = 100_000
    budgets = Budgets(settings(callers), counters, clock)
    for number in range(callers):
        await budgets.charge(user(str(number)), 1)
    assert len(counters) == callers

    clock.now += 60
    for _ in range(callers // SWEPT + 1):
        await budgets.charge(user("last"), 1)

    assert len(counters) == 1


async def test_a_caller_who_stays_is_held_once(clock) -> None:
    counters = Counters(clock)
    budgets = Budgets(settings(), counters, clock)
    for _ in range(1000):
        await budgets.charge(ANONYMOUS, 50)
        await budgets.charge(ANONYMOUS, 50)
        clock.now += 60

    assert len(counters) == 1


async def test_windows_of_different_lengths_end_each_in_its_time(clock) -> None:
    counters = Counters(clock)
    assert [await counters.incr("long", 100, 3), await counters.incr("short", 10, 4)] == [3, 4]
    clock.now += 50

    assert [await counters.get(each) for each in ("long", "short", "never")] == [3, 0, 0]
    assert [await counters.get_expiry(each) for each in ("long", "short", "never")] == [1100, 1050, 1050]
    assert await counters.incr("short", 10, 5) == 5
    assert len(counters) == 2


async def test_counts_can_be_forgotten(clock) -> None:
    counters = Counters(clock)
    for name in ("one", "two", "three"):
        await counters.incr(name, 60)
    await counters.clear("one")

    assert [await counters.get(each) for each in ("one", "two")] == [0, 1]
    assert await counters.reset() == 2
    assert (len(counters), await counters.get("two"), await counters.check()) == (0, 0, True)


@pytest.mark.parametrize(
    "budget",
    [
        {"cost": -1},
        {"cost": 1, "seconds": 0},
        {"cost": 2**31},
        {"cost": 1.5},
        {"cost": 1, "seconds": 0.5},
        {"calls": 1},
    ],
    ids=repr,
)
def test_a_budget_that_cannot_be_is_no_setting(budget: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"limits": {"budget": budget}})
    with pytest.raises(ValidationError):
        settings(key=budget)


def test_a_keys_own_budget_says_what_it_is() -> None:
    assert settings(key={"cost": 7}).callers.api_keys[0].budget.seconds == 3600
    with pytest.raises(ValidationError):
        settings(key={"seconds": 60})
