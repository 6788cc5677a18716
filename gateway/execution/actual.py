"""What an operation did cost: the same prices on what was answered."""

from itertools import chain
from operator import mul
from typing import Any

from gateway.execution.encoding import Make, Path, Written
from gateway.execution.estimates import Part


def actual_cost(part: Part, data: dict[str, Any] | None) -> float:
    """The cost of an object that was answered; 0 where there is none.

    Args:
        part: What was selected of it, with prices.
        data: The object.
    """
    return 0.0 if data is None else _of_object(part, data)


def _of_object(part: Part, value: dict[str, Any]) -> float:
    if len(value) == len(part.keys):
        cost, below = part.whole, part.below
    else:
        cost, below = _of_those_there(part, value)
    for key, parts in below:
        inner = value[key]
        if inner.__class__ is Written:
            cost += sum(map(mul, _prices(parts[0], inner.make), inner.counts))
        elif inner is not None:
            cost += _of_value(parts, inner)
    return cost


def _of_value(parts: tuple[Part, ...], value: Any) -> float:  # noqa: ANN401  an object, or a list
    """The cost of what was selected by type."""
    if value.__class__ is list:
        return _of_items(parts, value)
    if len(parts) == 1:
        return _of_object(parts[0], value)
    # the answer does not say of which type the object is, but only some types have just these fields
    return max((_of_object(each, value) for each in parts if each.keys == value.keys()), default=0.0)


def _of_those_there(part: Part, value: dict[str, Any]) -> tuple[float, tuple[tuple[str, tuple[Part, ...]], ...]]:
    """The cost of an object of which some fields were not answered, and those of the others that have parts."""
    there = [field for field in part.fields if field.key in value]
    cost = part.weight + sum(field.weight for field in there)
    return cost, tuple((field.key, field.parts) for field in there if field.parts)


def _of_items(parts: tuple[Part, ...], items: list[Any]) -> float:
    """The cost of a list's items; what stands in the same place below them is counted as one list."""
    kinds = {*map(type, items)}
    if len(kinds) > 1:
        return sum(_of_items(parts, [each for each in items if each.__class__ is kind]) for kind in kinds)
    if Written in kinds:
        return _of_all_written(parts[0], items)
    if list in kinds:
        return _of_items(parts, [*chain.from_iterable(items)])
    if dict not in kinds:
        return 0.0
    part = parts[0]
    if len(parts) > 1 or {*map(len, items)} != {len(part.keys)}:
        return sum(_of_value(parts, each) for each in items)
    cost = part.whole * len(items)
    for key, inner_parts in part.below:
        cost += _of_items(inner_parts, [each[key] for each in items])
    return cost


def _of_all_written(part: Part, items: list[Written]) -> float:
    """The cost of several lists."""
    cost = 0.0
    for make in {each.make for each in items}:
        counts = zip(*[each.counts for each in items if each.make is make], strict=True)
        cost += sum(map(mul, _prices(part, make), map(sum, counts)))
    return cost


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
    return below.whole if below else 0.0
