"""Budgets of callers, as clients of a gateway meet them."""

import asyncio
import datetime as dt

import pytest
import time_machine

from gateway.callers.api_keys import hashed, new_key

pytestmark = pytest.mark.anyio

POOR, RICH, FREE = (new_key() for _ in range(3))
STATE = "rateLimit { limit cost remaining used resetAt }"
CHEAP = f"{{ viewer {{ {STATE} }} }}"
MEMBERS = '{ organization(id: "acme") { members(first: 2) { nodes { email } } } }'
NOON = dt.datetime(2026, 3, 1, 12, 0, 0, 250_000, dt.UTC)


def api_key(name: str, key: str, budget: str = "") -> str:
    return (
        f'[[callers.api_keys]]\nname = "{name}"\nhash = "{hashed(key)}"\n{budget}\n'
        f'organizations = ["*"]\nscopes = ["read"]\n'
    )


KEYS = api_key("poor", POOR) + api_key("rich", RICH, "budget = { cost = 100000, seconds = 60 }")
KEYS += api_key("free", FREE, "budget = { cost = 0 }")


def budgeted(cost: int, seconds: int = 60, further: str = "") -> str:
    limits = f"[limits]\nbudget = {{ cost = {cost}, seconds = {seconds} }}\n{further}"
    return f'[callers]\nanonymous = ["read"]\n{KEYS}\n{limits}'


@pytest.fixture
def at_noon():
    """The clock stands still, until it is moved."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def door(graphs, doors):
    return doors(graphs(budgeted(50)).gateway)


async def test_an_operation_is_charged_once_what_it_may_cost(door) -> None:
    answer = await door.ask(f"{{ viewer {{ {STATE} }} {MEMBERS[1:]}", POOR)
    rate_limit = answer["data"]["viewer"]["rateLimit"]

    assert rate_limit["cost"] == answer["extensions"]["cost"]["estimated"] > 2
    assert (rate_limit["used"], rate_limit["remaining"]) == (rate_limit["cost"], 50 - rate_limit["cost"])


async def test_the_viewer_tells_the_budget_after_each_operation(door, at_noon) -> None:
    for used in (1, 2, 3):
        answer = await door.ask(CHEAP, POOR)
        at_noon.shift(10)

        assert answer["data"]["viewer"]["rateLimit"] == {
            "limit": 50,
            "cost": 1,
            "remaining": 50 - used,
            "used": used,
            "resetAt": "2026-03-01T12:01:01Z",
        }


async def test_without_a_budget_the_rate_limit_is_null(graph, door) -> None:
    assert await graph.data(CHEAP) == {"viewer": {"rateLimit": None}}
    assert (await door.ask(CHEAP, FREE))["data"] == {"viewer": {"rateLimit": None}}


async def test_introspection_counts_something(door) -> None:
    await door.ask("{ __typename }", POOR)
    await door.ask("{ __schema { queryType { name } } }", POOR)

    assert (await door.ask(CHEAP, POOR))["data"]["viewer"]["rateLimit"]["used"] == 3


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_an_operation_over_the_budget_is_429_and_says_when_to_come_back(graphs, doors, at_noon, accept) -> None:
    door = doors(graphs(budgeted(3)).gateway)
    headers = {"Accept": accept, "Authorization": f"Bearer {POOR}"}
    assert [(await door.post(CHEAP, headers)).status_code for _ in range(3)] == [200, 200, 200]
    at_noon.shift(12.5)
    response = await door.post(CHEAP, headers)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "48")
    assert response.headers["Content-Type"].startswith(accept)
    answer = response.json()
    (error,) = answer["errors"]
    assert "data" not in answer
    assert error["message"] == (
        "This caller's budget is 3 in 60 seconds, 0 of it is left, and the operation may cost 1. "
        "It is renewed in 48 seconds, at 2026-03-01T12:01:01Z."
    )
    assert error["extensions"] == {
        "code": "RATE_LIMITED",
        "retryable": True,
        "retryAfterSeconds": 48,
        "limit": "BUDGET",
        "allowed": 3,
        "asked": 1,
        "remaining": 0,
        "requestId": response.headers["X-Request-Id"],
    }


async def test_the_budget_is_there_again_when_the_window_has_ended(graphs, doors, at_noon) -> None:
    door = doors(graphs(budgeted(1)).gateway)
    headers = {"Authorization": f"Bearer {POOR}"}
    assert [(await door.post(CHEAP, headers)).status_code for _ in range(2)] == [200, 429]
    at_noon.shift(59.9)
    assert (await door.post(CHEAP, headers)).status_code == 429
    at_noon.shift(0.1)
    assert (await door.post(CHEAP, headers)).json()["data"]["viewer"]["rateLimit"]["used"] == 1


async def test_a_refused_operation_asks_no_upstream(graphs, doors) -> None:
    graph = graphs(budgeted(2))
    response = await doors(graph.gateway).post(MEMBERS, {"Authorization": f"Bearer {POOR}"})

    assert response.status_code == 429
    assert "Retry-After" not in response.headers
    assert response.json()["errors"][0]["extensions"]["retryable"] is False
    assert graph.calls == []


@pytest.mark.parametrize(
    "query",
    ["{ nothing }", "{ viewer {", "query($a: Int!) { viewer { kind } } query B { viewer { kind } }", MEMBERS],
    ids=["validation", "syntax", "no operation", "cost"],
)
async def test_what_is_refused_for_other_reasons_is_not_charged(graphs, doors, query) -> None:
    door = doors(graphs(budgeted(50, further="cost = 5")).gateway)
    refused = await door.ask(query, POOR)

    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert (await door.ask(CHEAP, POOR))["data"]["viewer"]["rateLimit"]["used"] == 1


async def test_callers_do_not_share_and_a_key_may_have_its_own(door) -> None:
    states = [(await door.ask(CHEAP, key))["data"]["viewer"]["rateLimit"] for key in (POOR, RICH, POOR)]
    anonymous = (await door.post(CHEAP)).json()["data"]["viewer"]["rateLimit"]

    assert [(each["limit"], each["used"]) for each in (*states, anonymous)] == [(50, 1), (100000, 1), (50, 2), (50, 1)]


async def test_operations_at_once_never_overshoot(graphs, doors) -> None:
    door = doors(graphs(budgeted(37, 3600)).gateway)
    headers = {"Authorization": f"Bearer {POOR}"}
    responses = await asyncio.gather(*(door.post(CHEAP, headers) for _ in range(100)))
    told = [each.json()["data"]["viewer"]["rateLimit"]["remaining"] for each in responses if each.status_code == 200]

    assert sorted(told) == list(range(37))
    assert [each.status_code for each in responses].count(429) == 63
