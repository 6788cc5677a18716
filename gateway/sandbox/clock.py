"""The time of the stand-ins, and the three ways in which the vendors write it."""

from datetime import UTC, datetime, timedelta


class Clock:
    """The present time in UTC; a fixed one for tests."""

    def __init__(self, fixed: datetime | None = None) -> None:
        if fixed is not None and fixed.tzinfo is None:
            raise ValueError("A fixed time needs a time zone.")
        self._fixed = fixed

    def now(self) -> datetime:
        """The present time."""
        return datetime.now(UTC) if self._fixed is None else self._fixed.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move a fixed time on; a running clock cannot be moved."""
        if self._fixed is None:
            raise ValueError("Only a fixed time can be moved.")
        self._fixed += by


def milliseconds(t: datetime) -> str:
    """Write a time as Losant does: `2016-06-13T04:00:00.000Z`."""
    return t.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def microseconds(t: datetime) -> str:
    """Write a time as NKS does: `2018-09-24T18:23:22.889260Z`."""
    return t.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def seconds(t: datetime) -> str:
    """Write a time as Locktera and ClickHouse do: `2016-06-13T04:00:00Z`."""
    return t.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def parse(text: str) -> datetime:
    """Read any of the three back."""
    return datetime.fromisoformat(text).astimezone(UTC)
