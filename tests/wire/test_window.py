"""Counts over the last seconds."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.window import Window


def test_what_was_counted_is_forgotten_when_the_window_has_passed() -> None:
    window = Window(10.0)
    window.add(100.0, 3, 1)
    window.forget(109.0)
    assert (window.things, window.marked) == (3, 1)
    window.forget(110.0)
    assert (window.things, window.marked) == (0, 0)


def test_it_is_forgotten_bit_by_bit() -> None:
    window = Window(10.0)
    for second in range(10):
        window.add(100.0 + second, 1, second % 2)
    assert (window.things, window.marked) == (10, 5)
    window.forget(112.5)
    assert (window.things, window.marked) == (7, 4)


def test_after_a_long_silence_nothing_is_left() -> None:
    window = Window(10.0)
    window.add(1.0, 5, 5)
    window.add(1e9, 1, 0)
    assert (window.things, window.marked) == (1, 0)


def test_a_clock_that_stands_still_forgets_nothing() -> None:
    window = Window(10.0)
    for _ in range(1000):
        window.add(0.0, 1, 1)
    assert (window.things, window.marked) == (1000, 1000)


@given(st.lists(st.tuples(st.floats(0, 4), st.integers(0, 1)), max_size=60))
def test_it_holds_all_of_nine_tenths_and_nothing_beyond_ten(steps) -> None:
    window, now = Window(10.0), 50.0
    seen: deque[tuple[float, int]] = deque()
    for step, marked in steps:
        now += step
        window.add(now, 1, marked)
        seen.append((now, marked))
        recent = [each for each in seen if each[0] > now - 9.0]
        known = [each for each in seen if each[0] > now - 10.0 - 1e-6]
        assert len(recent) <= window.things <= len(known)
        assert sum(each[1] for each in recent) <= window.marked <= sum(each[1] for each in known)
