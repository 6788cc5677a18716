"""Values at the ends of what a scalar holds."""

import pytest
from graphql import GraphQLError, parse_value

from resolvers.scalars import read_instant, read_json_literal


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"])
def test_an_instant_outside_of_the_years_1_to_9999_in_utc_is_refused_in_words(text: str) -> None:
    with pytest.raises(GraphQLError, match="in the years 1 to 9999 in UTC"):
        read_instant(text)


def test_a_variable_without_a_value_is_left_out_of_a_json_object_and_null_in_a_list() -> None:
    literal = parse_value("{a: $none, b: [$none, 1, {c: $none}], d: $some}")

    assert read_json_literal(literal, {"some": [True]}) == {"b": [None, 1, {}], "d": [True]}
