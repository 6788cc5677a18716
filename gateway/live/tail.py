"""The end of one log, polled as long as somebody listens."""

import asyncio
import datetime as dt
import random
from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Final

import structlog

from gateway.live.listener import Happening, Listener, missed
from gateway.live.log import Log
from gateway.live.memory import Found, Memory
from resolvers.activities import Activity
from resolvers.errors import Failure
from resolvers.merging import Part

LONGEST_PAUSE: Final = 30.0
"""Seconds between two polls of an upstream that fails."""

_log = structlog.get_logger(__name__)


class Tail:
    """Polls one log, and tells its listeners.

    It is remembered for a window after the last one has left: who comes back with `after` is told exactly what it has
    not seen.

    Args:
        log: The log.
        window: How late an activity may arrive.
        pause: Seconds from one poll to the next, where all goes well.
        numbers: Of polls; the same for all logs.
        told: Called after each poll: whether it went well.

    Attributes:
        log: As given.
        memory: What is known of the log.
        left_at: When the last listener left, by the loop's clock.
    """

    def __init__(
        self,
        log: Log,
        window: dt.timedelta,
        pause: Callable[[], float],
        numbers: Iterator[int],
        told: Callable[[Log, bool], None],
    ) -> None:
        self.log = log
        self._pause = pause
        self._numbers = numbers
        self._told = told
        self.memory = Memory(log.source, window)
        self._listeners: dict[Listener, None] = {}
        self._joining: dict[Listener, int] = {}
        self._number = self._began = 0
        self._task: asyncio.Task[None] | None = None
        self._next = 0.0
        self._failures = 0
        self._warned: Failure | None = None
        self.left_at = 0.0

    @property
    def polls(self) -> bool:
        """Whether anybody listens."""
        return self._task is not None

    @property
    def pause(self) -> float:
        """Seconds from one poll to the next, where all goes well."""
        return self._pause()

    def join(self, listener: Listener) -> None:
        """Tells one more, from the next poll on."""
        self._joining[listener] = self._number
        if self._warned:
            listener.warn(self._warned)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    def leave(self, listener: Listener) -> None:
        """Tells one less; nothing is polled for nobody."""
        self._joining.pop(listener, None)
        self._listeners.pop(listener, None)
        if not self._joining and not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None
            self.left_at = asyncio.get_running_loop().time()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        first = True
        while True:
            await asyncio.sleep(max(0.0, self._next - loop.time()))
            began = loop.time()
            self._next = began + self._pause()
            try:
                await self._poll(first=first)
            except Failure as failure:
                self._failed(failure)
            except Exception:  # noqa: BLE001  whatever it is, those who listen are told again once it is over
                _log.exception("a poll failed", upstream=self.log.link.upstream.word)
                self._failed(None)
            else:
                first = False
                self._failures, self._warned = 0, None
                self._told(self.log, True)  # noqa: FBT003  a callback takes no names

    async def _poll(self, *, first: bool) -> None:
        now = dt.datetime.now(dt.UTC)
        floor = self.memory.floor(now)
        joining = [*self._joining]
        since = min([floor, *(each.after.at for each in joining if each.after and each.after.at)])
        try:
            part = await self.log.read(since)
        except Failure as failure:
            for each in joining:  # the others need less of the log, and may have it
                if each.after and each.after.at and each.after.at < floor:
                    each.end(failure)
            raise
        self._tell(part, [each for each in joining if each in self._joining], floor, now, first=first)

    def _tell(
        self, part: Part[Activity], joining: list[Listener], floor: dt.datetime, now: dt.datetime, *, first: bool
    ) -> None:
        number = self._number = next(self._numbers)
        if first:
            self._began = number
        latest, oldest = self.memory.latest, min((each.occurred_at for each in part.items), default=None)
        reach = oldest if part.truncated else None
        begins = min((each.joined for each in joining), default=now)
        activities = sorted(part.items, key=lambda each: (each.occurred_at, each.native_id))
        found = [(self.memory.find(each, number, floor, begins), each) for each in activities]
        self.memory.advance(found[-1][0].at if found else None, now)
        if reach is not None and latest is not None and reach > latest:
            for listener in [*self._listeners]:
                listener.end(missed("More happened at once than the log gives"))
        new = [each for each in found if each[0].number == number and not each[0].dated]
        for listener in [*self._listeners] if new else ():
            listener.hear(new)
        for listener in joining:
            known = self._joining.pop(listener)
            self._listeners[listener] = None
            if listener.after is None:
                listener.catch_up(self, [each for each in found if self._is_new(each[0], listener, known)])
            else:
                self._resume(listener, found, reach)

    def _is_new(self, found: Found, listener: Listener, known: int) -> bool:
        """Whether something was found since one listens, and, where nobody has listened before, happened since."""
        since = found.number != self._began or found.at >= listener.joined
        return found.number > known and since and not found.dated

    def _resume(self, listener: Listener, found: list[Happening], reach: dt.datetime | None) -> None:
        """Tells one what it has not seen, or that this cannot be known any more."""
        after = listener.after
        if after is None or after.at is None:
            return
        own = (after.link, after.source) == (self.log.link, self.log.source)
        if (reach is not None and reach > after.at) or (
            own and not any(each[0].native_id == after.native_id for each in found)
        ):
            listener.end(missed("The log does not hold all that happened since `after` any more"))
            return
        seen = listener.seen
        listener.catch_up(
            self,
            [
                each
                for each in found
                if (each[0].at >= after.at if seen is None else each[0].follows(seen))
                and not (own and each[0].native_id == after.native_id)
            ],
        )

    def _failed(self, failure: Failure | None) -> None:
        """Waits longer, and longer each time; who resumes need not wait for this log."""
        self._failures += 1
        pause = min(LONGEST_PAUSE, max(1.0, self._pause()) * 2 ** min(self._failures, 8))
        if failure is not None and failure.retry_after_seconds:
            pause = min(LONGEST_PAUSE, max(pause, failure.retry_after_seconds))
        self._next = asyncio.get_running_loop().time() + pause * random.uniform(0.5, 1.0)  # noqa: S311  no secret
        self._told(self.log, False)  # noqa: FBT003  a callback takes no names
        for listener in [*self._joining]:
            listener.catch_up(self, [])
        if failure is not None and not failure.retryable and self._warned is None:
            self._warned = failure
            for listener in [*self._joining, *self._listeners]:
                listener.warn(failure)
