"""All who listen, and all logs that are polled for them."""

import asyncio
import datetime as dt
import itertools
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from gateway.live.listener import Listener
from gateway.live.log import Key, Log, Purse
from gateway.live.memory import Found
from gateway.live.tail import Tail
from gateway.settings.live import Live
from resolvers.activities import ActivityFilter, ActivitySource
from resolvers.errors import StreamEnded, TooManyStreams, Unauthenticated
from resolvers.identity import Link
from resolvers.live import Seen

MOST_REMEMBERED: Final = 1_000
"""Logs that nobody listens to any more, and that are remembered for who comes back."""

_SOURCES: Final = list(ActivitySource)


class Hub:
    """Lets clients listen to logs; each log is polled once, however many do.

    Args:
        settings: How often is polled, how late activities may arrive, how many may listen.
        page: So many activities are told at most to one who resumes.

    Attributes:
        polls: How many polls went well and how many did not, by upstream.
    """

    def __init__(self, settings: Live, page: int) -> None:
        self._settings = settings
        self._page = page
        self._window = dt.timedelta(seconds=settings.window_seconds)
        self._tails: OrderedDict[Key, Tail] = OrderedDict()
        self._listeners: dict[Listener, list[Tail]] = {}
        self._polled: Counter[Purse] = Counter()
        self._numbers = itertools.count(1)
        self._closed = False
        self._told = 0
        self.polls: Counter[tuple[str, str]] = Counter()

    def __len__(self) -> int:
        """How many listen."""
        return len(self._listeners)

    @property
    def told(self) -> int:
        """How many events were taken, each once for each who was told."""
        return self._told + sum(each.told for each in self._listeners)

    @property
    def polled(self) -> list[Tail]:
        """The logs that somebody listens to."""
        return [tail for tail in self._tails.values() if tail.polls]

    @property
    def tails(self) -> int:
        """How many logs are polled, or remembered."""
        return len(self._tails)

    def check(self) -> None:
        """Refuses early what would be refused later.

        Raises:
            TooManyStreams: No more may listen now.
            StreamEnded: The gateway ends.
        """
        if self._closed:
            raise _ended()
        if len(self._listeners) >= self._settings.streams:
            raise TooManyStreams(
                "The gateway is busy: as many subscriptions run as it takes at once. Try again shortly.",
                retry_after_seconds=1,
            )

    def found(self, logs: Sequence[Log], link: Link, native_id: str) -> Found | None:
        """Where an activity stands, if one of the logs still knows it."""
        for log in logs:
            tail = self._tails.get(log.key)
            if tail and log.link == link and (found := tail.memory.get(native_id)):
                return found
        return None

    def listen(self, logs: Sequence[Log], wanted: ActivityFilter, after: Seen | None, until: float | None) -> Listener:
        """Tells one what happens.

        Args:
            logs: Where it is looked for.
            wanted: Which of the activities.
            after: The last one that was seen, with its time; None where only what happens from now on is wanted.
            until: When the caller's credential expires, in seconds since 1970.

        Raises:
            TooManyStreams: No more may listen now.
            StreamEnded: The gateway ends.
        """
        self.check()
        self._forget()
        found = self.found(logs, after.link, after.native_id) if after else None
        if after and found:
            after = replace(after, at=found.at, source=_SOURCES[found.log])
        joined = dt.datetime.now(dt.UTC).replace(microsecond=0)
        timers: list[asyncio.TimerHandle] = []

        def left(listener: Listener) -> None:
            for timer in timers:
                timer.cancel()
            self._leave(listener)

        listener = Listener(wanted, after, joined, most=self._page, left=left)
        listener.seen = found
        if until is not None:
            expired = Unauthenticated("The credential has expired. Subscribe again with a new one, and `after`.")
            end = lambda: listener.end(expired, at_once=True)  # noqa: E731  a timer's
            timers.append(asyncio.get_running_loop().call_later(max(0.0, until - time.time()), end))
        tails = self._listeners[listener] = [self._tail(log) for log in logs]
        listener.expect(tails)
        for log, tail in zip(logs, tails, strict=True):
            if not tail.polls:
                self._polled[log.purse] += 1
            tail.join(listener)
        return listener

    def close(self) -> None:
        """Ends all of them."""
        self._closed = True
        for listener in [*self._listeners]:
            listener.end(_ended(), at_once=True)

    def _tail(self, log: Log) -> Tail:
        tail = self._tails.get(log.key)
        if tail is None:
            tail = self._tails[log.key] = Tail(log, self._window, self._pause(log), self._numbers, self._note)
        self._tails.move_to_end(log.key)
        return tail

    def _pause(self, log: Log) -> Callable[[], float]:
        """Logs that are read with one credential have one part of its rate together."""
        return lambda: max(self._settings.poll_seconds, log.seconds * self._polled[log.purse])

    def _note(self, log: Log, went_well: bool) -> None:
        self.polls[log.link.upstream.word, "ok" if went_well else "failed"] += 1

    def _leave(self, listener: Listener) -> None:
        self._told += listener.told
        for tail in self._listeners.pop(listener, ()):
            polled = tail.polls
            tail.leave(listener)
            if polled and not tail.polls:
                self._polled[tail.log.purse] -= 1
                self._polled += Counter()  # forgets what is 0

    def _forget(self) -> None:
        """Forgets logs to which nobody has listened for a window."""
        now = asyncio.get_running_loop().time()
        idle = [key for key, tail in self._tails.items() if not tail.polls]
        for number, key in enumerate(reversed(idle)):
            if number >= MOST_REMEMBERED or now - self._tails[key].left_at > self._settings.window_seconds:
                del self._tails[key]


def _ended() -> StreamEnded:
    return StreamEnded("The gateway is being stopped. Subscribe again with `after`: the last one seen.")
