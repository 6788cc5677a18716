"""Answers as JSON, parts of which may have been written before the rest was there."""

from collections.abc import Iterable
from typing import Any

import msgspec

Path = tuple[str, ...]
"""The keys from a list down to what it holds; indices are left out."""


class Make:
    """What lists have in common that are made alike.

    Attributes:
        paths: Where there are objects: the items, and what these hold.
        prices: Of one object at each of the paths, and for whom that was found out last.
    """

    __slots__ = ("paths", "prices")

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = tuple(paths)
        self.prices: tuple[object, list[float]] = None, []


class Written:
    """A list of objects of one type, as JSON. Neither what it was made of nor its objects are kept.

    Attributes:
        json: Stands in the answer as it is.
        make: How it was made.
        counts: How many objects there are at each of its paths.
    """

    __slots__ = ("counts", "json", "make")

    def __init__(self, json: bytes, make: Make, counts: tuple[int, ...]) -> None:
        self.json = json
        self.make = make
        self.counts = counts


def _raw(value: Any) -> msgspec.Raw:  # noqa: ANN401  whatever has no place in JSON
    if value.__class__ is Written:
        return msgspec.Raw(value.json)
    raise TypeError


encode = msgspec.json.Encoder(enc_hook=_raw).encode
"""Encodes an answer. Integers of any length are written as JSON integers; NaN and infinities as null.

Raises:
    TypeError: A value has no place in JSON.
    UnicodeEncodeError: A string holds half of a surrogate pair.
"""
