"""What an operation did cost: the same prices on what was answered."""

from itertools import chain
from typing import Any

from gateway.execution.estimates import Part


def actual_cost(part: Part, data: dict[str, Any] | None) -> float:
    """The cost of an object that was answered; 0 where there is none.

    What stands in the same place below several objects is counted together.

    Args:
        part: What was selected of it, with prices.
        data: The object.
    """
    cost = 0.0
    left: list[tuple[tuple[Part, ...], list[Any]]] = [((part,), [data])]
    while left:
        parts, values = left.pop()
        there = [each for each in values if each is not None]
        if not there:
            continue
        selected = parts[0]
        if isinstance(there[0], list):
            if len(parts) == 1 and not selected.fields:
                cost += selected.weight * sum([len(each) - each.count(None) for each in there])
            else:
                left.append((parts, [*chain.from_iterable(there)]))
        elif len(parts) == 1:
            cost += selected.weight * len(there)
            for field in selected.fields:
                key = field.key
                given = [each[key] for each in there if key in each]
                cost += field.weight * len(given)
                if field.parts:
                    left.append((field.parts, given))
        else:  # the answer does not say of which type an object is, but only some types have just these fields
            for value in there:
                cost += max((actual_cost(each, value) for each in parts if each.keys == value.keys()), default=0.0)
    return cost
