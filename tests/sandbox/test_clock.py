from datetime import UTC, datetime, timedelta, timezone

import pytest

from gateway.sandbox.clock import Clock, microseconds, milliseconds, parse, seconds

AT = datetime(2016, 6, 13, 6, 0, 0, 1_999, tzinfo=timezone(timedelta(hours=2)))


def test_each_vendor_has_its_own_fraction_of_a_second() -> None:
    assert milliseconds(AT) == "2016-06-13T04:00:00.001Z"
    assert microseconds(AT) == "2016-06-13T04:00:00.001999Z"
    assert seconds(AT) == "2016-06-13T04:00:00Z"


def test_a_written_time_can_be_read_back() -> None:
    assert parse(microseconds(AT)) == AT


def test_a_fixed_clock_stands_still_in_utc() -> None:
    assert Clock(AT).now() == AT
    assert Clock(AT).now().tzinfo is UTC


def test_a_clock_without_a_fixed_time_goes_on() -> None:
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_fixed_time_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock(datetime(2016, 6, 13, 4, 0))  # noqa: DTZ001 - the very mistake


def test_only_a_fixed_time_can_be_moved() -> None:
    clock = Clock(AT)
    clock.advance(timedelta(days=1))

    assert clock.now() == AT + timedelta(days=1)
    with pytest.raises(ValueError, match="fixed time"):
        Clock().advance(timedelta(days=1))
