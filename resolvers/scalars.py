"""The scalars of the graph, and how they are read and written."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NewType

import msgspec
import strawberry
from graphql import GraphQLError, IntValueNode, StringValueNode, Undefined, ValueNode, value_from_ast_untyped
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)
URL = NewType("URL", str)

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,400}")  # no count is longer; Python itself reads at most 4 300 digits
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

write_utc: Final[Callable[[dt.datetime], str]] = msgspec.to_builtins
"""What `write_instant` writes of a plain `datetime` whose time zone is `UTC`: in one go, in C."""


def write_instant(value: dt.datetime) -> str:
    """RFC 3339 in UTC with a `Z`, and with six fractional digits where it is no whole second."""
    return write_utc(_EPOCH + ((value if value.tzinfo else value.astimezone(dt.UTC)) - _EPOCH))


def read_instant(value: object) -> dt.datetime:
    """An instant with any offset.

    Raises:
        GraphQLError: `value` is no RFC 3339 date and time with an offset.
    """
    try:
        instant = dt.datetime.fromisoformat(value) if isinstance(value, str) and "T" in value.upper() else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise GraphQLError("DateTime must be RFC 3339 text with an offset, such as 2026-01-31T12:00:00Z.")
    try:
        return instant.astimezone(dt.UTC)
    except OverflowError:
        raise GraphQLError("DateTime must be in the years 1 to 9999 in UTC.") from None


def _write_date(value: dt.date) -> str:
    return value.isoformat()


def _read_date(value: object) -> dt.date:
    try:
        if isinstance(value, str) and len(value) == len("2026-01-31"):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError("Date must be text such as 2026-01-31.")


def _write_big_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise GraphQLError("BigInt must be a whole number.")
    return value


def _read_big_int(value: object) -> BigInt:
    if isinstance(value, int) and not isinstance(value, bool):
        return BigInt(value)
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        return BigInt(int(value))
    raise GraphQLError("BigInt must be a whole number, or one as decimal text.")


def _read_big_int_literal(node: ValueNode, _variables: object = None) -> BigInt:
    if isinstance(node, IntValueNode | StringValueNode):
        return _read_big_int(node.value)
    raise GraphQLError("BigInt must be a whole number, or one as decimal text.")


def _write_url(value: object) -> str:
    if not isinstance(value, str):
        raise GraphQLError("URL must be text.")
    return value


def _read_url(value: object) -> URL:
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        return URL(value)
    raise GraphQLError("URL must be text that starts with https:// or http://.")


WRITTEN_UNCHANGED: Final[Mapping[object, type]] = {_write_big_int: int, _write_url: str}
"""What writes values, to the class whose own instances it writes as they are."""


def _same(value: object) -> object:
    return value


def read_json(value: object) -> object:
    """A JSON value as it is.

    Raises:
        GraphQLError: There is a file in it.
    """
    if isinstance(value, dict):
        return {name: read_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [read_json(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise GraphQLError("A file has no place in a JSON value.")


def read_json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> object:
    """As a document writes it. A variable without a value is left out of an object, and null in a list."""
    return _given(value_from_ast_untyped(node, variables))


def _given(value: object) -> object:
    if isinstance(value, dict):
        return {name: _given(item) for name, item in value.items() if item is not Undefined}
    if isinstance(value, list):
        return [None if item is Undefined else _given(item) for item in value]
    return value


def _scalar(
    name: str,
    description: str,
    write: Callable[..., object],
    read: Callable[..., object],
    read_literal: Callable[..., object] | None = None,
    specified_by: str | None = None,
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        serialize=write,
        parse_value=read,
        parse_literal=read_literal,
        specified_by_url=specified_by,
    )


SCALARS: dict[object, ScalarDefinition] = {
    dt.datetime: _scalar(
        "DateTime",
        "An instant: RFC 3339 text. Written in UTC with `Z`; read with any offset.",
        write_instant,
        read_instant,
        specified_by="https://scalars.graphql.org/andimarek/date-time",
    ),
    dt.date: _scalar(
        "Date",
        "A calendar day in UTC, `YYYY-MM-DD`.",
        _write_date,
        _read_date,
        specified_by="https://scalars.graphql.org/andimarek/local-date",
    ),
    BigInt: _scalar(
        "BigInt",
        "A whole number of any size, such as a count or a number of bytes. Written as a JSON number, which may exceed "
        "2^53; read from a number or from decimal text.",
        _write_big_int,
        _read_big_int,
        _read_big_int_literal,
    ),
    URL: _scalar("URL", "An absolute `https:` or `http:` address.", _write_url, _read_url),
    JSON: _scalar(
        "JSON",
        "A value of any JSON type, for what an upstream keeps free-form.",
        _same,
        read_json,
        read_json_literal,
    ),
}
"""For `StrawberryConfig.scalar_map`."""
