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


PAGE, ITEMS = Make({"nodes"}, [(), ("nodes",)]), Make({"nodes"}, [()])


def page(nodes):
    return Written(b"", PAGE, (1, nodes))


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        ({"all": page(3)}, {"all": {"nodes": [{}] * 3}}),
        ({"all": [page(3), None, page(0)]}, {"all": [{"nodes": [{}] * 3}, None, {"nodes": []}]}),
        ({"all": [{"nodes": [{}]}, page(1)]}, {"all": [{"nodes": [{}]}] * 2}),
        ({"all": Written(b"", ITEMS, (4,))}, {"all": [{"nodes": None}] * 4}),
        ({"all": [{"nodes": Written(b"", Make({"a"}, [()]), (2,))}]}, {"all": [{"nodes": [{}, {}]}]}),
        ({"all": Written(b"", Make({"nodes"}, [(), ("free",)]), (1, 9))}, {"all": {"nodes": None}}),
    ],
)
def test_what_is_written_already_costs_what_it_would_cost_otherwise(answer, same):
    assert actual_cost(DATA, answer) == actual_cost(DATA, same)


def test_the_type_of_what_is_written_is_told_by_its_fields():
    data = part(0, (PricedField("all", 0, (part(5, keys={"a"}), part(7, keys={"b"})), 0),))
    a, b = Written(b"", Make({"a"}, [()]), (1,)), Written(b"", Make({"b"}, [()]), (1,))

    assert actual_cost(data, {"all": [a, b, {"b": 1}]}) == 5 + 7 + 7
    assert actual_cost(data, {"all": b}) == 7
