"""JSON read loosely, for answers that do not fit: what no value can hold is marked in its place."""

import json
import math
from typing import Final

MISFIT: Final = object()
"""Stands for JSON that no value can hold: NaN, an infinity, a number of hundreds of digits, text that is no UTF-8."""

_LONGEST_NUMBER = 400


def loads(body: bytes) -> object:
    """Python's own objects.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deeply.
    """
    text = body.decode("utf-8", "surrogateescape")
    return json.loads(text, parse_constant=lambda _: MISFIT, parse_int=_integer)


def _integer(digits: str) -> object:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else MISFIT


def whole(value: object) -> bool:
    """Whether nothing in the value is such a thing."""
    if value is MISFIT:
        return False
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return all(whole(key) and whole(item) for key, item in value.items())
    return not isinstance(value, list) or all(map(whole, value))
