"""What answers cost, whatever stands in their lists."""

import pytest

from gateway.execution.actual import actual_cost
from gateway.execution.encoding import Make, Written
from gateway.execution.estimates import Part, PricedField


def part(weight, fields=(), keys=()):
    return Part(weight, fields, frozenset(keys), 0)


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
