"""What an operation did cost: the same prices on what was answered."""

from typing import Any

from gateway.execution.estimates import Part


def actual_cost(part: Part, data: dict[str, Any] | None) -> float:
    """The cost of an object that was answered; 0 where there is none.

    Args:
        part: What was selected of it, with prices.
        data: The object.
    """
    cost = 0.0
    left: list[tuple[tuple[Part, ...], Any]] = [((part,), data)]
    while left:
        parts, value = left.pop()
        if value is None:
            continue
        if isinstance(value, list):
            if len(parts) == 1 and not parts[0].fields:
                cost += parts[0].weight * (len(value) - value.count(None))
            else:
                left += [(parts, each) for each in value]
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
