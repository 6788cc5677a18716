"""Values at the ends of what a scalar holds."""

import datetime as dt

import pytest
from graphql import GraphQLError, parse_value

from resolvers.scalars import read_instant, read_json_literal, write_instant, write_utc

INSTANTS = {
    "2026-09-01T00:00:00Z": dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
    "2026-09-01T12:34:56.789000Z": dt.datetime(2026, 9, 1, 12, 34, 56, 789_000, tzinfo=dt.UTC),
    "2026-09-01T12:34:56.000007Z": dt.datetime(2026, 9, 1, 12, 34, 56, 7, tzinfo=dt.UTC),
    "0001-01-01T00:00:00Z": dt.datetime.min.replace(tzinfo=dt.UTC),
    "9999-12-31T23:59:59.999999Z": dt.datetime.max.replace(tzinfo=dt.UTC),
}


@pytest.mark.parametrize("written", INSTANTS)
def test_an_instant_is_written_in_utc_with_a_z(written: str) -> None:
    assert write_instant(INSTANTS[written]) == written


@pytest.mark.parametrize("written", INSTANTS)
def test_the_short_way_writes_an_instant_in_utc_the_same(written: str) -> None:
    assert write_utc(INSTANTS[written]) == written


@pytest.mark.parametrize("hours", [-11, 2, 5.75])
def test_an_instant_with_another_offset_is_written_in_utc(hours: float) -> None:
    zone = dt.timezone(dt.timedelta(hours=hours))
    assert write_instant(INSTANTS["2026-09-01T00:00:00Z"].astimezone(zone)) == "2026-09-01T00:00:00Z"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"])
def test_an_instant_outside_of_the_years_1_to_9999_in_utc_is_refused_in_words(text: str) -> None:
    with pytest.raises(GraphQLError, match="in the years 1 to 9999 in UTC"):
        read_instant(text)


def test_a_variable_without_a_value_is_left_out_of_a_json_object_and_null_in_a_list() -> None:
    literal = parse_value("{a: $none, b: [$none, 1, {c: $none}], d: $some}")

    assert read_json_literal(literal, {"some": [True]}) == {"b": [None, 1, {}], "d": [True]}
