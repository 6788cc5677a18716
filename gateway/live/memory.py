"""What is known of a log: the activities of its last window, in the order in which they were found."""

import datetime as dt
from typing import Final, NamedTuple

from resolvers.activities import Activity, ActivitySource

MOST: Final = 10_000
"""Activities of one log that are known at once; the latest of them, where there are more."""

_SOURCES: Final = list(ActivitySource)


class Found(NamedTuple):
    """The place of an activity in the order in which activities were found; over all logs.

    Attributes:
        number: Of the poll that found it.
        at: When it happened.
        log: Tells logs apart.
        native_id: Tells activities of a log apart.
        dated: Only its time tells where it stands: it was there before anybody listened, or is too old to be known.
    """

    number: int
    at: dt.datetime
    log: int
    native_id: str
    dated: bool = False

    @property
    def order(self) -> tuple[int, dt.datetime, int, str]:
        """What was there before comes first."""
        return (0 if self.dated else self.number), self.at, self.log, self.native_id

    def follows(self, seen: "Found") -> bool:
        """Whether who has seen the other one has yet to see this one; so where nothing tells, at the same instant."""
        if not self.dated and not seen.dated:
            return self.order > seen.order
        if not self.dated and self.number > seen.number:
            return True
        return self.at >= seen.at and (self.log, self.native_id) != (seen.log, seen.native_id)


class Memory:
    """What is known of one log.

    What happens is found although it arrives late: each poll looks at the whole last window, and only what is not known
    yet is new.

    Args:
        source: The log.
        window: How late an activity may arrive.
    """

    def __init__(self, source: ActivitySource, window: dt.timedelta) -> None:
        self._log = _SOURCES.index(source)
        self._window = window
        self._known: dict[str, Found] = {}
        self._latest: dt.datetime | None = None
        self._floor: dt.datetime | None = None

    @property
    def latest(self) -> dt.datetime | None:
        """When the latest one happened; None before the first poll."""
        return self._latest

    def floor(self, now: dt.datetime) -> dt.datetime:
        """What happened before this instant is not looked at any more."""
        return now - self._window if self._floor is None else self._floor

    def get(self, native_id: str) -> Found | None:
        """An activity that is known."""
        return self._known.get(native_id)

    def find(self, activity: Activity, number: int, floor: dt.datetime, begins: dt.datetime) -> Found:
        """The place of an activity that a poll has brought; it is known from now on.

        Args:
            activity: Of this log.
            number: Of the poll.
            floor: What happened before is too old to be known.
            begins: When the first one began to listen; counts for the first poll.
        """
        known = self._known.get(activity.native_id)
        if known is not None:
            return known
        at = activity.occurred_at
        dated = at < floor or (self._latest is None and at < begins)
        found = Found(number, at, self._log, activity.native_id, dated)
        if at >= floor:
            self._known[activity.native_id] = found
        return found

    def advance(self, latest: dt.datetime | None, now: dt.datetime) -> None:
        """Moves the window on after a poll, and forgets what has left it.

        Args:
            latest: When the latest one that the poll has brought happened.
            now: By this side's clock: an upstream whose clock is ahead does not move the window beyond it.
        """
        known = self._latest or now - self._window
        self._latest = max(known, min(latest or known, now))
        floor = max(self.floor(now), self._latest - self._window)
        if len(self._known) > MOST:
            floor = max(floor, sorted(each.at for each in self._known.values())[-MOST])
        if floor != self._floor:
            self._floor = floor
            self._known = {key: each for key, each in self._known.items() if each.at >= floor}
