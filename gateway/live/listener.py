"""One who listens."""

import asyncio
import copy
import datetime as dt
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, TypeAlias

from gateway.live.memory import Found
from resolvers.activities import Activity, ActivityFilter
from resolvers.errors import EventsMissed, Failure, StreamEnded
from resolvers.live import Seen

MOST_WAITING: Final = 256
"""Events that a client has not taken yet."""

Happening: TypeAlias = tuple[Found, Activity]


class Listener:
    """What one subscription is told; an asynchronous iterator.

    Who resumes is told in the order in which things were found: what each log has for it is held until all have said.

    Args:
        wanted: Which activities.
        after: The last one that was seen, its time known; None where only what happens from now on is wanted.
        joined: When it began to listen.
        most: So many activities that happened meanwhile are told to one who resumes.
        left: Called once, when it listens no more.

    Attributes:
        after: As given.
        seen: Where that one stands, if it is still known.
        joined: As given.
        told: How many it has taken.
    """

    def __init__(
        self,
        wanted: ActivityFilter,
        after: Seen | None,
        joined: dt.datetime,
        *,
        most: int,
        left: Callable[["Listener"], None],
    ) -> None:
        self.after = after
        self.seen: Found | None = None
        self.joined = joined
        self.told = 0
        self._wanted = wanted
        self._most = most
        self._left = left
        self._waiting: deque[Activity | Failure] = deque()
        self._held: list[Happening] | None = [] if after else None
        self._expected: set[Hashable] = set()
        self._caught_up = 0
        self._end: Failure | None = None
        self._over = False
        self._woken = asyncio.Event()

    def expect(self, logs: Iterable[Hashable]) -> None:
        """Waits for what each of these logs has for one who resumes."""
        self._expected.update(logs)

    def catch_up(self, log: Hashable, found: Sequence[Happening]) -> None:
        """What happened since it has last seen something, or none where the log does not say now."""
        chosen = [each for each in found if self._wanted.matches(each[1])]
        if self.after is not None:
            self._caught_up += len(chosen)
            if self._caught_up > self._most:
                self.end(missed(f"More than {self._most} activities happened since `after`"))
                return
        if self._held is None:
            self._give(chosen)
            return
        self._held += chosen
        self._expected.discard(log)
        if not self._expected:
            held, self._held = self._held, None
            self._give(sorted(held, key=lambda each: each[0].order))

    def hear(self, found: Iterable[Happening]) -> None:
        """What was just found."""
        chosen = [each for each in found if self._wanted.matches(each[1])]
        if self._held is not None:
            self._held += chosen
        elif len(self._waiting) + len(chosen) > MOST_WAITING:
            self.end(
                StreamEnded("Too many activities wait to be read. Subscribe again with `after`: the last one seen.")
            )
        else:
            self._give(chosen)

    def warn(self, failure: Failure) -> None:
        """A log cannot be read for now."""
        if not self._end and len(self._waiting) < MOST_WAITING:
            self._waiting.append(failure)
            self._woken.set()

    def end(self, failure: Failure, *, at_once: bool = False) -> None:
        """Ends it with a failure, after what waits to be told, or in its place."""
        if self._end is None:
            self._end = failure
            self._held = None
        if at_once:
            self._waiting.clear()
        self._woken.set()
        self._leave()

    def _give(self, found: Iterable[Happening]) -> None:
        if self._end is None:
            self._waiting.extend(activity for _, activity in found)
            if self._waiting:
                self._woken.set()

    def _leave(self) -> None:
        left, self._left = self._left, _nothing
        left(self)

    def __aiter__(self) -> "Listener":
        """Itself."""
        return self

    async def __anext__(self) -> Activity | Failure:
        """The next one.

        Raises:
            Failure: It was ended.
            StopAsyncIteration: It has been told so, or listens no more.
        """
        while not self._waiting:
            if self._over:
                raise StopAsyncIteration
            if self._end:
                self._over = True
                raise copy.copy(self._end)
            self._woken.clear()
            await self._woken.wait()
        self.told += 1
        return self._waiting.popleft()

    async def aclose(self) -> None:
        """Listens no more."""
        self._over = True
        self._waiting.clear()
        self._woken.set()
        self._leave()


def missed(what: str) -> EventsMissed:
    """The failure of one who cannot be told everything."""
    return EventsMissed(f"{what}: more than can be told here. Read `activities`, and subscribe without `after`.")


def _nothing(_: Listener) -> None:
    """It has left before."""
