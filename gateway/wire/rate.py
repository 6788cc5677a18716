"""Limits that an upstream is known to have, kept on this side, so that it need not refuse."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from typing import Final

from gateway.wire.bulkhead import MARGIN
from gateway.wire.call import Answer, Call, Step
from gateway.wire.marks import Marks
from gateway.wire.refusal import HeldBack, Refused, held_back
from gateway.wire.turns import Turns

EDGE: Final = 0.001
"""Seconds by which a window is longer here than there, so that two that touch do not share a call."""

MOST_CREDENTIALS: Final = 10_000


class _Places:
    """The places of one credential: each is held by a call under way, and for a whole window after its end.

    Attributes:
        running: Places held by calls under way.
        free_at: When each of the others is free, in order.
        turns: Who waits; None where nobody does.
        timer: Set for the first of `free_at` as long as somebody waits.
    """

    __slots__ = ("free_at", "running", "timer", "turns")

    def __init__(self) -> None:
        self.running = 0
        self.free_at: deque[float] = deque()
        self.turns: Turns | None = None
        self.timer: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        return not (self.running or self.free_at or self.turns)


class Rate:
    """At most `calls` in any `seconds` per credential; who comes too early waits, first come first served.

    When a request arrives at the upstream is not known, only that it does so before its answer is here. So its place is
    free when `seconds` have passed since then: no delay on the way can push more calls into one window.

    Args:
        below: The next step.
        calls: Requests in a window.
        seconds: Its length.
        clock: Seconds.
    """

    def __init__(self, below: Step, *, calls: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._below = below
        self._calls = calls
        self._seconds = seconds
        self._held = seconds + EDGE
        self._clock = clock
        self._marks = Marks()
        self._known: OrderedDict[bytes, _Places] = OrderedDict()

    def __len__(self) -> int:
        """How many credentials are remembered."""
        return len(self._known)

    @property
    def used(self) -> int:
        """How many places the credential holds that holds the most."""
        return max((self._calls - self._free(places) for places in self._known.values()), default=0)

    async def send(self, call: Call) -> Answer:
        """Hands the call on when there is a place for it.

        Raises:
            HeldBack: There is none before the call's deadline.
        """
        places = self._places(call)
        if self._free(places) > 0 and not places.turns:
            places.running += 1
        else:
            await self._wait(call, places)
        counts = True
        try:
            return await self._below.send(call)
        except (Refused, HeldBack):
            counts = False
            raise
        finally:
            places.running -= 1
            if counts:
                places.free_at.append(self._clock() + self._held)
            self._serve(places)

    async def _wait(self, call: Call, places: _Places) -> None:
        began = self._clock()
        left = call.trail.until - began - MARGIN
        ahead = len(places.turns) if places.turns else 0
        due = self._due(places, ahead) - began
        if due > left:
            raise self._used_up(call, due)
        if places.turns is None:
            places.turns = Turns(partial(self._give_back, places))
        self._serve_later(places)
        try:
            if not await places.turns.wait(left):
                raise self._used_up(call, self._due(places, 0) - self._clock())
        finally:
            call.trail.waited += self._clock() - began

    def _due(self, places: _Places, ahead: int) -> float:
        """When a place is free for a call that has so many ahead; at the earliest, where some are still held."""
        rounds, place = divmod(ahead, self._calls)
        held = place >= len(places.free_at)
        return (self._clock() + self._held if held else places.free_at[place]) + rounds * self._held

    def _free(self, places: _Places) -> int:
        """How many places there are now."""
        now = self._clock()
        while places.free_at and places.free_at[0] <= now:
            places.free_at.popleft()
        return self._calls - places.running - len(places.free_at)

    def _serve(self, places: _Places) -> None:
        """Gives places that are free to those who wait."""
        if places.turns is None:
            return
        while self._free(places) > 0 and places.turns.grant():
            places.running += 1
        if not places.turns:
            places.turns = None
        self._serve_later(places)

    def _serve_later(self, places: _Places) -> None:
        if places.turns is None or places.timer is not None or not places.free_at:
            return
        seconds = max(places.free_at[0] - self._clock(), EDGE)
        places.timer = asyncio.get_running_loop().call_later(seconds, self._on_time, places)

    def _on_time(self, places: _Places) -> None:
        places.timer = None
        self._serve(places)

    def _give_back(self, places: _Places) -> None:
        places.running -= 1
        self._serve(places)

    def _places(self, call: Call) -> _Places:
        mark = self._marks.of(call.credential)
        places = self._known.get(mark)
        if places is not None:
            self._known.move_to_end(mark)
            return places
        self._forget_idle()
        places = self._known[mark] = _Places()
        return places

    def _forget_idle(self) -> None:
        """Forgets, of those that were used longest ago, all that say nothing any more, or that are too many."""
        while self._known:
            mark, oldest = next(iter(self._known.items()))
            self._free(oldest)
            if not oldest.idle and len(self._known) < MOST_CREDENTIALS:
                return
            del self._known[mark]

    def _used_up(self, call: Call, seconds: float) -> HeldBack:
        words = f"takes {self._calls} requests in {self._seconds:g} s, and the gateway has sent them"
        return held_back(call, words, max(seconds, 0.0))
