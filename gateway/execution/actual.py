"""What an operation did cost: the same prices on what was answered."""

from typing import Any

from gateway.execution.estimates import Part


def actual_cost(part: Part, data: dict[str, Any] | None) -> float:
    """The cost of an object that was answered; 0 where there is none.

    Args:
        part: What was selected of it, with prices.
        data: The object.
    """
    if data is None:
        return 0.0
    cost = part.weight
    for field in part.fields:
        if field.key in data:
            cost += field.weight
            value = data[field.key]
            if field.parts and value is not None:
                cost += _values(field.parts, value)
    return cost


def _values(parts: tuple[Part, ...], value: Any) -> float:  # noqa: ANN401  an object, or lists of them
    if isinstance(value, list):
        if len(parts) == 1 and not parts[0].fields:
            return parts[0].weight * (len(value) - value.count(None))
        return sum(_values(parts, each) for each in value)
    if value is None:
        return 0.0
    if len(parts) == 1:
        return actual_cost(parts[0], value)
    # the answer does not say of which type the object is, but only some types have just these fields
    return max((actual_cost(part, value) for part in parts if part.keys == value.keys()), default=0.0)
