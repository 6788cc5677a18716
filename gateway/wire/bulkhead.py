"""So many requests at once, so many waiting, and no more: one upstream that hangs must not hold everything up."""

import time
from collections.abc import Callable
from typing import Final

from gateway.wire.call import Answer, Call, Step
from gateway.wire.refusal import Refused, refused
from gateway.wire.turns import Turns

MARGIN: Final = 0.02
"""Seconds before its deadline at which a call gives up waiting, so that it is known never to have left."""


class Bulkhead:
    """The room of one upstream.

    Args:
        below: The next step.
        concurrency: Requests that may be under way at once.
        queue: Calls that may wait for one of them to end.
        clock: Seconds.

    Attributes:
        running: How many are under way.
        turns: Of those who wait.
        concurrency: As given.
    """

    def __init__(
        self, below: Step, *, concurrency: int, queue: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._below = below
        self.concurrency = concurrency
        self._queue = queue
        self._clock = clock
        self.turns = Turns(self.give_back)
        self.running = 0

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        return len(self.turns)

    async def send(self, call: Call) -> Answer:
        """Hands the call on when there is room for it.

        Raises:
            Refused: Too many wait already, or its deadline came before its turn.
        """
        if not self.take():
            await self._wait(call)
        try:
            return await self._below.send(call)
        finally:
            self.give_back()

    def take(self) -> bool:
        """Takes a place where one is free."""
        if self.running >= self.concurrency:
            return False
        self.running += 1
        return True

    def give_back(self) -> None:
        """Leaves a place, to the one who waits longest if anybody does."""
        if not self.turns.waiting or not self.turns.grant():
            self.running -= 1

    async def _wait(self, call: Call) -> None:
        if len(self.turns) >= self._queue:
            raise self._full(call)
        began = self._clock()
        try:
            if not await self.turns.wait(call.trail.until - began - MARGIN):
                raise self._full(call)
        finally:
            call.trail.waited += self._clock() - began

    @staticmethod
    def _full(call: Call) -> Refused:
        return refused(call, "has more requests waiting than the gateway holds")
