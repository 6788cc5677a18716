"""What answers cost, whatever stands in their lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.execution.actual import actual_cost
from gateway.execution.encoding import Make, Written
from gateway.execution.estimates import Part, PricedField


def part(weight, fields=(), keys=()):
    return Part(weight, fields, frozenset(keys or (each.key for each in fields)), 0)


LEAF = part(1)
NODES = part(2, (PricedField("nodes", 3, (LEAF,), 0),))
DATA = part(0, (PricedField("all", 10, (NODES,), 0),))


@pytest.mark.parametrize(
    ("answer", "cost"),
    [
        (None, 0),
        ({}, 0),
        ({"all": None}, 10),
        ({"all": {"nodes": [{}, None, {}]}}, 10 + 2 + 3 + 2),
        ({"all": []}, 10),
        ({"all": [None, {"nodes": [{}]}, {"nodes": None}, {}]}, 10 + 3 * 2 + 2 * 3 + 1),
        ({"all": [{"nodes": []}, {"nodes": [{}, {}]}, {"nodes": [None]}]}, 10 + 3 * 2 + 3 * 3 + 2),
        ({"all": [[{"nodes": [[{}], [{}, {}]]}], [None]]}, 10 + 2 + 3 + 3),
        ({"all": [[{"nodes": []}], None, [{"nodes": None}]]}, 10 + 2 * (2 + 3)),
        ({"all": [{"nodes": {}}, {"nodes": {}}]}, 10 + 2 * (2 + 3 + 1)),
    ],
)
def test_each_object_and_each_field_that_was_answered_is_paid_for_once(answer, cost):
    assert actual_cost(DATA, answer) == cost


def test_items_of_several_types_are_told_by_their_fields():
    data = part(0, (PricedField("all", 0, (part(5, keys={"a"}), part(7, keys={"b"})), 0),))

    assert actual_cost(data, {"all": [{"a": 1}, None, {"b": 1}, {"b": 1}]}) == 5 + 7 + 7


ITEMS, PAGES = Make([()]), Make([(), ("nodes",)])


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        ({"all": Written(b"", PAGES, (2, 3))}, {"all": [{"nodes": [{}] * 3}, {"nodes": []}]}),
        ({"all": {"nodes": Written(b"", ITEMS, (3,))}}, {"all": {"nodes": [{}] * 3}}),
        (
            {"all": [{"nodes": Written(b"", ITEMS, (n,))} for n in (1, 2)] + [{"nodes": [{}]}, {"nodes": None}]},
            {"all": [{"nodes": [{}] * n} for n in (1, 2)] + [{"nodes": [{}]}, {"nodes": None}]},
        ),
        ({"all": [Written(b"", PAGES, (1, 1)), None]}, {"all": [[{"nodes": [{}]}], None]}),
        ({"all": Written(b"", Make([(), ("free",), ("free", "too")]), (1, 9, 9))}, {"all": [{"nodes": None}]}),
    ],
)
def test_what_is_written_already_costs_what_it_would_cost_otherwise(answer, same):
    assert actual_cost(DATA, answer) == actual_cost(DATA, same)


def test_the_same_list_costs_something_else_elsewhere():
    dear = part(0, (PricedField("all", 10, (part(100),), 0),))

    assert [actual_cost(each, {"all": Written(b"", ITEMS, (2,))}) for each in (DATA, dear, DATA)] == [20, 210, 20]


def plainly(parts, value):
    """The cost, one object after the other."""
    if value is None:
        return 0
    if isinstance(value, list):
        return sum(plainly(parts, each) for each in value)
    [selected] = [each for each in parts if each.keys == value.keys()] if len(parts) > 1 else parts
    there = [each for each in selected.fields if each.key in value]
    return selected.weight + sum(
        each.weight + (plainly(each.parts, value[each.key]) if each.parts else 0) for each in there
    )


@st.composite
def parts(draw, depth=3):
    """What is selected of one object, some of its fields free."""
    keys = draw(st.lists(st.sampled_from("abcd"), min_size=1, unique=True))
    fields = [
        PricedField(
            key, draw(st.integers(0, 9)), (draw(parts(depth=depth - 1)),) if depth and draw(st.booleans()) else (), 0
        )
        for key in keys
        if draw(st.booleans())
    ]
    return part(draw(st.integers(0, 9)), tuple(fields), keys)


def whole(selected):
    """Objects of which that was selected, with all of its fields."""
    below = {each.key: each.parts for each in selected.fields}
    return st.fixed_dictionaries(
        {key: st.none() | nested(answers(*below[key])) if below.get(key) else st.integers() for key in selected.keys}
    )


def answers(selected):
    """The same, and such without some of their fields."""
    lacking = st.sets(st.sampled_from(sorted(selected.keys)))
    return whole(selected) | st.builds(
        lambda made, without: {key: value for key, value in made.items() if key not in without},
        whole(selected),
        lacking,
    )


def nested(each):
    """These, alone, in lists, and in lists of lists."""
    items = st.lists(st.none() | each, max_size=4)
    return each | items | st.lists(st.none() | items, max_size=3)


@given(st.data())
def test_whole_columns_cost_what_their_objects_cost_one_after_the_other(data):
    selected = data.draw(parts())
    answer = data.draw(st.none() | answers(selected))

    assert actual_cost(selected, answer) == plainly((selected,), answer)


@given(st.data())
def test_objects_of_several_types_cost_what_they_cost_one_after_the_other(data):
    types = data.draw(st.lists(parts(), min_size=2, max_size=3, unique_by=lambda each: each.keys))
    objects = st.sampled_from(types).flatmap(whole)
    outer = part(1, (PricedField("all", 2, tuple(types), 0),))
    answer = {"all": data.draw(nested(objects))}

    assert actual_cost(outer, answer) == plainly((outer,), answer)
