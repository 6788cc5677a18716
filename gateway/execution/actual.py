"""What an operation did cost: the same prices on what was answered."""

from itertools import chain
from operator import mul
from typing import Any

from gateway.execution.encoding import Make, Path, Written
from gateway.execution.estimates import Part

Left = list[tuple[tuple[Part, ...], Any]]
"""What is left to count: an object or a list, with what was selected of it by type."""


def actual_cost(part: Part, data: dict[str, Any] | None) -> float:
    """The cost of an object that was answered; 0 where there is none.

    Args:
        part: What was selected of it, with prices.
        data: The object.
    """
    cost = 0.0
    left: Left = [((part,), data)]
    while left:
        parts, value = left.pop()
        if value is None:
            continue
        if value.__class__ is Written:
            cost += _of_written(parts[0], value)
        elif isinstance(value, list):
            cost += _of_items(parts, value, left)
        elif len(parts) == 1:
            [selected] = parts
            cost += selected.weight
            for field in selected.fields:
                if field.key in value:
                    cost += field.weight
                    if field.parts:
                        left.append((field.parts, value[field.key]))
        else:  # the answer does not say of which type the object is, but only some types have just these fields
            cost += max((actual_cost(each, value) for each in parts if each.keys == value.keys()), default=0.0)
    return cost


def _of_items(parts: tuple[Part, ...], items: list[Any], left: Left) -> float:
    """The cost of a list's items and their fields; what stands in the same place below them is left to count as one."""
    selected = parts[0]
    kinds = {*map(type, items)}
    if Written in kinds:
        if len(kinds) > 1:
            left.append((parts, [each for each in items if each.__class__ is not Written]))
        return sum(_of_written(selected, each) for each in items if each.__class__ is Written)
    if len(parts) == 1 and not selected.fields and not (items and isinstance(items[0], list)):
        return selected.weight * (len(items) - items.count(None))
    there = [each for each in items if each is not None]
    if there and isinstance(there[0], list):
        left.append((parts, [*chain.from_iterable(there)]))
        return 0.0
    if len(parts) > 1:
        left += [(parts, each) for each in there]
        return 0.0
    cost = selected.weight * len(there)
    for field in selected.fields:
        key = field.key
        given = [each[key] for each in there if key in each]
        cost += field.weight * len(given)
        if field.parts:
            left.append((field.parts, [each for each in given if each is not None]))
    return cost


def _of_written(part: Part, written: Written) -> float:
    return float(sum(map(mul, _prices(part, written.make), written.counts)))


def _prices(part: Part, make: Make) -> list[float]:
    """What one object costs at each of the paths, with its fields."""
    known, prices = make.prices
    if known is not part:
        prices = [_price(part, path) for path in make.paths]
        make.prices = part, prices
    return prices


def _price(part: Part, path: Path) -> float:
    below: Part | None = part
    for key in path:
        fields = below.fields if below else ()
        below = next((each.parts[0] for each in fields if each.key == key and each.parts), None)
    return below.weight + sum(each.weight for each in below.fields) if below else 0.0
