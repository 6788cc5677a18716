"""Only so many long bodies go on at once."""

import pytest

from gateway.wire.large import AT_ONCE, LARGE, LargeBodies


class Reader:
    def __init__(self) -> None:
        self.resumed = 0

    def resume(self) -> None:
        self.resumed += 1


@pytest.fixture
def bodies() -> LargeBodies:
    return LargeBodies()


@pytest.fixture
def inside(bodies) -> list[Reader]:
    readers = [Reader() for _ in range(AT_ONCE)]
    assert all(bodies.enter(reader) for reader in readers)
    return readers


def test_a_body_is_long_beyond_half_a_mebibyte(bodies) -> None:
    assert [bodies.is_large(length) for length in (0, LARGE, LARGE + 1)] == [False, False, True]


def test_who_comes_later_waits_and_goes_on_in_turn(bodies, inside) -> None:
    second, third = Reader(), Reader()
    assert not bodies.enter(second)
    assert not bodies.enter(third)
    assert bodies.waits(second)
    bodies.leave(inside[0])
    assert (second.resumed, third.resumed) == (1, 0)
    assert not bodies.waits(second)
    bodies.leave(second)
    assert third.resumed == 1


def test_who_stops_waiting_is_not_told(bodies, inside) -> None:
    second, third = Reader(), Reader()
    bodies.enter(second)
    bodies.enter(third)
    bodies.leave(second)
    bodies.leave(inside[0])
    assert (second.resumed, third.resumed) == (0, 1)
    assert not bodies.enter(Reader())
