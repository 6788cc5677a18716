"""How many retries an upstream is spared."""

import pytest

from gateway.wire.retry_budget import RetryBudget


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_few_retries_are_always_allowed(clock: Clock) -> None:
    budget = RetryBudget(clock)
    assert [budget.take() for _ in range(101)] == [True] * 100 + [False]


def test_a_fifth_of_the_requests_may_be_repeated_beside_that(clock: Clock) -> None:
    budget = RetryBudget(clock)
    taken = 0
    for _ in range(10_000):
        budget.note()
        taken += budget.take() + budget.take()
    assert abs(taken - (0.2 * 10_000 + 100)) <= 1


def test_in_the_long_run_it_is_a_fifth_and_ten_per_second(clock: Clock) -> None:
    budget = RetryBudget(clock)
    taken = 0
    for _ in range(100_000):
        clock.now += 0.001
        budget.note()
        taken += budget.take() + budget.take()
    assert abs(taken - (0.2 * 100_000 + 10 * 100)) <= 0.2 * 10_000 + 100


def test_what_was_used_up_comes_back(clock: Clock) -> None:
    budget = RetryBudget(clock)
    while budget.take():
        pass
    clock.now += 9.0
    assert budget.left == 0
    clock.now += 1.0
    assert budget.left == 100


def test_what_is_refused_does_not_count(clock: Clock) -> None:
    budget = RetryBudget(clock)
    for _ in range(500):
        budget.take()
    assert budget.left == 0
    for _ in range(5):
        budget.note()
    assert [budget.take(), budget.take()] == [True, False]
