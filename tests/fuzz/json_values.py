"""JSON values that do not belong where they stand."""

import random
from typing import Any

_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    -(2**31) - 1,
    2**53 + 1,
    2**63,
    2**64,
    10**400,
    0.1,
    -0.0,
    1e308,
    "",
    "0",
    "true",
    "null",
    "\x00",
    "\r\n",
    "\u202e",
    "é" * 300,
    "x" * 40_000,
    "2026-01-01T00:00:00Z",
    "-999999999-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999999-14:00",
    [],
    [None],
    [[]],
    [1] * 600,
    {},
    {"": None},
    {"a": {"b": {"c": 1}}},
    {"__proto__": {}, "constructor": 1},
)


def anything(numbers: random.Random) -> Any:
    """Any value at all."""
    return numbers.choice(_VALUES)


def deep(numbers: random.Random, levels: int) -> str:
    """The text of lists or objects inside each other, closed or not."""
    opening, closing = numbers.choice((("[", "]"), ('{"a":', "}"), ('[{"":', "}]")))
    return opening * levels + numbers.choice(("1", "null", "")) + closing * numbers.choice((levels, levels - 1, 0))


RAW = (
    b"",
    b" ",
    b"null",
    b"true",
    b"1",
    b'"{ viewer { name } }"',
    b"[]",
    b"[{}]",
    b"{",
    b"{}",
    b'{"query"}',
    b'{"query":}',
    b'{"query":NaN}',
    b'{"query":"{ viewer { name } }","variables":{"a":NaN,"b":Infinity}}',
    b'{"query":"\\ud800"}',
    b'{"query":"{ viewer { name } }","variables":{"a":"\\ud800"}}',
    b'{"query":"\xff\xfe"}',
    b'\xef\xbb\xbf{"query":"{a}"}',
    b'{"query":"{ viewer { name } }","query":1}',
    b'{"query":"{ viewer { name } }",}',
    b"{'query':'{a}'}",
    b"\x00",
    b'{"query":"{ viewer { name } }"}{"query":1}',
    b'{"query":"{ viewer { name } }","variables":{"a":' + b"9" * 6_000 + b"}}",
    b'{"query":"{ viewer { name } }","variables":{"a":1e' + b"9" * 300 + b"}}",
    b'{"query":"\\u0000"}',
    b"\xc0\xaf",
    b'{"query":"{ viewer { name } }","variables":{"a":-' + b"0" * 900 + b"}}",
    '{"query":"{a}"}'.encode("utf-16"),
)
