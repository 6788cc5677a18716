"""JSON in from strangers."""

import itertools
import re
from typing import Any

import msgspec

from gateway.door.refusal import Refusal

DEPTH = 64

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))
_decode = msgspec.json.Decoder().decode


def decode(text: bytes, what: str) -> Any:  # noqa: ANN401 - JSON from a stranger has no type yet
    """Decode JSON of at most `DEPTH` levels. Integers stay exact beyond 64 bits, which others turn into floats.

    Args:
        text: UTF-8, without a byte order mark.
        what: Names the text in a refusal: "The request body".

    Raises:
        Refusal: 400 where it is not JSON, nested too deep, or holds a number out of range.
    """
    if may_be_deep(text) and _depth(text) > DEPTH:
        raise Refusal(400, f"{what} is nested too deep: at most {DEPTH} levels are read.")
    try:
        return _decode(text)
    except msgspec.ValidationError:
        raise Refusal(400, f"{what} holds a number that is out of range: send long numbers as strings.") from None
    except UnicodeDecodeError:
        raise Refusal(400, f"{what} is not valid UTF-8: encode it in UTF-8.") from None
    except msgspec.DecodeError:
        raise Refusal(400, f"{what} is not valid JSON: check its quotes, commas and brackets.") from None


def may_be_deep(text: bytes) -> bool:
    """Whether it has so many brackets that their levels have to be counted."""
    lists = text.count(b"[") if b"[" in text else 0  # to look is much cheaper than to count
    return text.count(b"{") + lists > DEPTH


def _depth(text: bytes) -> int:
    steps = _STRING.sub(b"", text).translate(_STEPS, _NOT_BRACKETS)
    return max(itertools.accumulate(memoryview(steps).cast("b")), default=0)
