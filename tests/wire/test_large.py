"""Only so many long bodies go on at once."""

import asyncio

import pytest

from gateway.wire.large import AT_ONCE, LARGE, LargeBodies

pytestmark = pytest.mark.anyio


class Reader:
    def __init__(self) -> None:
        self.resumed = 0
        self.went_on = asyncio.Event()

    def resume(self) -> None:
        self.resumed += 1
        self.went_on.set()


@pytest.fixture
def bodies() -> LargeBodies:
    return LargeBodies()


@pytest.fixture
def inside(bodies) -> list[Reader]:
    readers = [Reader() for _ in range(AT_ONCE)]
    assert all(bodies.enter(reader) for reader in readers)
    return readers


async def test_a_body_is_long_beyond_half_a_mebibyte(bodies) -> None:
    assert [bodies.is_large(length) for length in (0, LARGE, LARGE + 1)] == [False, False, True]


async def test_who_comes_later_waits_and_goes_on_in_turn(bodies, inside) -> None:
    second, third = Reader(), Reader()
    assert not bodies.enter(second)
    assert not bodies.enter(third)
    assert bodies.waits(second)
    bodies.leave(inside[0])
    assert not bodies.waits(second)
    assert not second.resumed, "the one before it is let go first"
    await asyncio.wait_for(second.went_on.wait(), 30)
    assert (second.resumed, third.resumed) == (1, 0)
    bodies.leave(second)
    await asyncio.wait_for(third.went_on.wait(), 30)
    assert third.resumed == 1


async def test_who_stops_waiting_is_not_told(bodies, inside) -> None:
    second, third = Reader(), Reader()
    bodies.enter(second)
    bodies.enter(third)
    bodies.leave(second)
    bodies.leave(inside[0])
    await asyncio.wait_for(third.went_on.wait(), 30)
    assert (second.resumed, third.resumed) == (0, 1)
    assert not bodies.enter(Reader())
