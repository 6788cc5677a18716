"""Checks of ids, bodies and dates, in the words of ClickHouse Cloud."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from gateway.sandbox.body import read
from gateway.sandbox.clickhouse.answers import Refusal, bad_request
from gateway.sandbox.clickhouse.records import Record

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ACTIVITY_ID_LENGTH = 20


def uuid_of(thing: str, value: str) -> str:
    """The id in lower case; 400 where it does not have the layout of a UUID v4 (the all-zero UUID fails too)."""
    if not _UUID4.fullmatch(value):
        raise bad_request(invalid_id(thing, value))
    return value.lower()


def invalid_id(thing: str, value: str) -> str:
    """What is wrong with an id, in the service's words."""
    return f"Invalid {thing} id <string:{value}>"


def activity_id_of(value: str) -> str:
    """The id; 400 where it is shorter than twenty characters."""
    if len(value) < _ACTIVITY_ID_LENGTH:
        raise Refusal(400, f"BAD_REQUEST length is too small: {len(value)} < {_ACTIVITY_ID_LENGTH}")
    return value


def body_of(raw: bytes) -> Record:
    """The JSON object in a body; 400 for anything else."""
    try:
        body = read(raw)
    except ValueError:
        raise bad_request("body is not valid JSON") from None
    if not isinstance(body, dict):
        raise bad_request("body must be an object")
    return body


def text_in(body: Record, name: str) -> str | None:
    """A string member, or nothing where it is left out; 400 where it is empty or not a string."""
    if name not in body:
        return None
    value = body[name]
    if not isinstance(value, str) or not value:
        raise bad_request(f"{name} must be a non-empty string")
    return value


def list_in(body: Record, name: str, kind: type) -> list[Any] | None:
    """A list of ``kind``, or nothing where it is left out; 400 for anything else."""
    if name not in body:
        return None
    value = body[name]
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise bad_request(f"{name} must be an array")
    return value


def choice_in(body: Record, name: str, choices: tuple[str, ...]) -> str | None:
    """One of ``choices``, or nothing where it is left out; 400 for anything else."""
    value = text_in(body, name)
    if value is not None and value not in choices:
        raise bad_request(f"{name} must be one of {', '.join(choices)}")
    return value


def day_of(value: str) -> date:
    """A plain date; 400 with the value itself for anything else, a date-time included."""
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise bad_request(value)


def moment_of(value: str, *, end: bool = False) -> datetime:
    """A date or a date-time in UTC; a plain date that ends a range stands for its last moment."""
    if _DATE.fullmatch(value):
        return datetime.combine(day_of(value), time.max if end else time.min, UTC)
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise bad_request(value) from None


def expiry_in(body: Record, name: str) -> str | None:
    """A date-time as it was sent, or nothing for null; 400 for anything else."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or _DATE.fullmatch(value):
        raise bad_request(f"{name} must be a date-time")
    moment_of(value)
    return value
