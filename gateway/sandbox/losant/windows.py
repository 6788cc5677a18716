"""The time that `start` and `end` of a usage query span.

Both are milliseconds since the epoch; values up to 0 are relative to now, and the last 30 days are the default. That
is how the older clients' documentation has it, and how the application's twin of the call still does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

DAY = timedelta(days=1)
_DIGITS = re.compile(r"-?\d{1,15}")
_THIRTY_DAYS = "-2592000000"


@dataclass(frozen=True)
class Window:
    """From `start` to `end`, both included, and nothing later than `now`."""

    start: datetime
    end: datetime
    now: datetime

    def days(self, since: datetime) -> Iterator[tuple[datetime, int, int]]:
        """The days that the window touches, each with its first hour and the hour after its last one."""
        first = max(self.start, since).replace(minute=0, second=0, microsecond=0)
        last = min(self.end, self.now)
        if first > last:
            return
        day = midnight(first)
        while day <= last:
            begin = first.hour if day == midnight(first) else 0
            until = last.hour + 1 if day == midnight(last) else 24
            yield day, begin, until
            day += DAY


def midnight(t: datetime) -> datetime:
    """The start of a day in UTC."""
    return t.replace(hour=0, minute=0, second=0, microsecond=0)


def window(query: QueryParams, now: datetime) -> Window:
    """Read the window of a query.

    Raises:
        HTTPException: 400, the window cannot be read, or ends before it starts.
    """
    start, end = (_moment(query, name, value, now) for name, value in (("start", _THIRTY_DAYS), ("end", "0")))
    if start > end:
        raise HTTPException(400, "Invalid query: start must not be after end")
    return Window(start, end, now)


def bounds(query: QueryParams, now: datetime) -> tuple[datetime, datetime]:
    """Read `start` and `end` where neither has a default."""
    start = _moment(query, "start", "1", now)
    return start, _moment(query, "end", "0", now)


def _moment(query: QueryParams, name: str, default: str, now: datetime) -> datetime:
    text = query.get(name) or default
    if not _DIGITS.fullmatch(text):
        raise HTTPException(400, f"Invalid query: {name} must be milliseconds since the epoch")
    value = int(text)
    try:
        if value <= 0:
            return now + timedelta(milliseconds=value)
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=value)
    except OverflowError:
        raise HTTPException(400, f"Invalid query: {name} is out of range") from None
