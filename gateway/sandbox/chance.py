"""Numbers that look drawn by lot and are the same in every run: made-up data must not change between two reads."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

Item = TypeVar("Item")

_BITS = 64
_EXACT = 53  # the bits of a float: one more could round up to 1


def fraction(*seed: object) -> float:
    """A number in [0, 1) that depends on ``seed`` alone."""
    digest = blake2b("/".join(map(str, seed)).encode(), digest_size=_BITS // 8).digest()
    return (int.from_bytes(digest) >> (_BITS - _EXACT)) / (1 << _EXACT)


def between(low: int, high: int, *seed: object) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return low + int(fraction(*seed) * (high - low + 1))


def pick(options: Sequence[Item], *seed: object) -> Item:
    """One of ``options``."""
    return options[between(0, len(options) - 1, *seed)]


def hexadecimal(digits: int, *seed: object) -> str:
    """``digits`` hexadecimal digits, at most 128."""
    return blake2b("/".join(map(str, seed)).encode(), digest_size=64).hexdigest()[:digits]


def uuid4(*seed: object) -> str:
    """A UUID in the layout of version 4."""
    raw = hexadecimal(32, *seed)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:32]}"
