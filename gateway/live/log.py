"""One log of an upstream, as one credential sees it."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from gateway.settings.upstreams import Rate
from gateway.wire.call import Answer, Call, Step
from gateway.wire.errand import Errand, Errands
from resolvers.activities import Activity, ActivityQuestion, ActivitySource, ReadsActivities
from resolvers.identity import Link, Upstream
from resolvers.merging import Part

PART: Final = 3
"""Of the calls that an upstream takes, polls take one in so many at most."""

Key: TypeAlias = tuple[Link, ActivitySource, bytes]
Purse: TypeAlias = tuple[Upstream, bytes]


@dataclass(frozen=True, slots=True)
class Log:
    """A log, and how it is read.

    Attributes:
        link: The organization's part whose log it is.
        source: Which one.
        mark: Of the credential that is shown.
        seconds: Between two calls with this credential, where its rate is known; 0 where it is not.
        read: What it holds since an instant, asked of the upstream itself.
    """

    link: Link
    source: ActivitySource
    mark: bytes
    seconds: float
    read: Callable[[dt.datetime], Awaitable[Part[Activity]]]

    @property
    def key(self) -> Key:
        """Logs with the same one hold the same."""
        return self.link, self.source, self.mark

    @property
    def purse(self) -> Purse:
        """Logs with the same one take of the same rate."""
        return self.link.upstream, self.mark


class Anew:
    """A step above the caches: every read goes to the upstream. No answer is kept, as no two windows are alike.

    Args:
        below: The next step.
    """

    __slots__ = ("_below",)

    def __init__(self, below: Step) -> None:
        self._below = below

    async def send(self, call: Call) -> Answer:
        """As the next step."""
        call.fresh = True
        call.fits = None
        return await self._below.send(call)


class Reading:
    """Reads one log.

    Args:
        native_id: The organization's.
        source: The log.
        adapter: Makes the upstream's adapter, above a step that is made for each read.
        step: To the upstream.
        marks: Makes the headers that a call carries.
        called: Is told of the calls.
    """

    def __init__(  # noqa: PLR0913, PLR0917  the parts of a reading
        self,
        native_id: str,
        source: ActivitySource,
        adapter: Callable[[Step], ReadsActivities],
        step: Step,
        marks: Callable[[], Mapping[str, str]],
        called: Callable[[list[Errand]], None],
    ) -> None:
        self._native_id = native_id
        self._source = source
        self._adapter = adapter
        self._step = Anew(step)
        self._marks = marks
        self._called = called

    async def __call__(self, since: dt.datetime) -> Part[Activity]:
        """What the log holds since an instant, inclusive.

        Raises:
            Failure: As the adapter.
        """
        errands = Errands(own_marks=self._marks)
        question = ActivityQuestion(since, None, frozenset({self._source}), None, None)
        try:
            return await self._adapter(errands.over(self._step)).activities(self._native_id, question)
        finally:
            self._called(errands.all)


def share(rate: Rate | None) -> float:
    """Seconds between two polls that leave the rest of a known rate to others."""
    return PART * rate.seconds / rate.calls if rate else 0.0
