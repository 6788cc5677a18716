"""Coroutines of one execution, carried forward in one task: as asyncio's tasks would be, in the same order.

A field that must be awaited costs a strand, not a task: it is some five times cheaper to make, to run and to join. What
is ready runs first in, first out, as on asyncio's loop, so that errors come up in the same order. Only when all that is
left waits for something outside (an upstream's answer) does the execution wait on the loop.

    Root ── Join ─┬─ Branch of a field ── waits for a future of asyncio
                  └─ Branch of a field ── Join ─┬─ …

What a `Promise` waits for (see `promises`) is a strand that nobody has to join; most are that.

Strands share the task of their operation: a resolver that sets itself a time limit (`asyncio.timeout`) has to do so in
a task of its own. Each strand has its own context variables, as a task would.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from contextvars import copy_context
from typing import Any, Protocol

from gateway.execution.plans.branches import Branch, Join

_resting: set[asyncio.Task[None]] = set()
"""What carries strands on that nobody waits for."""


class Ready(Protocol):
    """What can go on."""

    def step(self) -> None:
        """Carries it on until it waits, or ends."""


class Strands:
    """The strands of one execution.

    Attributes:
        ready: What goes on next, and ends of strands that somebody waits for.
        live: How many have not ended that may be waited for.
        owed: How many promises are open, those that are yet to begin among them; and an answer that may fail.
        outside: Is waited for as long as nothing can go on; done when something is there that a strand waited for.
        broken: What a promise came to that was cancelled; None as long as there is none.
    """

    __slots__ = ("broken", "live", "outside", "owed", "ready")

    def __init__(self) -> None:
        self.ready: deque[Ready | tuple[Join, Branch]] = deque()
        self.live = 0
        self.owed = 0
        self.broken: BaseException | None = None
        self.outside: asyncio.Future[None] | None = None

    def begin(self, coroutines: Sequence[Coroutine[Any, Any, Any]]) -> list[Branch]:
        """A strand for each, which goes on when its turn comes; whether somebody waits for it or not."""
        strands = [Branch(self, each, copy_context()) for each in coroutines]
        self.live += len(strands)
        self.ready.extend(strands)
        return strands

    async def together(self, coroutines: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
        """The values of all; to be awaited within a strand.

        Raises:
            Exception: The first that one of them raised; the others are cancelled, and ended.
        """
        strands = self.begin(coroutines)
        try:
            return await Join(strands)
        except Exception:
            for strand in strands:
                strand.cancel()
            join = Join(strands, patient=True)
            self.ready.extend((join, strand) for strand in strands if strand.done)
            await join
            raise

    def go_on(self) -> "asyncio.Future[None] | None":
        """Carries all on until nothing is owed, or nothing can go on but what waits for something outside.

        Returns:
            What is done when such a thing is there; None where nothing is owed, or something owed will never come.
        """
        ready = self.ready
        while ready and self.owed:
            entry = ready.popleft()
            if entry.__class__ is not tuple:
                entry.step()  # type: ignore[union-attr]  # the class was asked
            else:
                join, strand = entry
                join.finished(strand)
        if not self.owed or self.broken is not None:
            return None
        self.outside = asyncio.get_running_loop().create_future()
        return self.outside

    def rest(self) -> None:
        """Lets a task of its own carry on what nobody waits for."""
        if self.live or self.owed:
            task = asyncio.ensure_future(self._carry_on())
            _resting.add(task)
            task.add_done_callback(_resting.discard)

    async def _carry_on(self) -> None:
        self.owed += 1  # so that all goes on to its end
        while self.live or self.owed > 1:
            self.broken = None  # nobody is left to be told
            outside = self.go_on()
            if outside is not None and (self.live or self.owed > 1):
                await outside

    def rouse(self) -> None:
        """Something is there that was waited for outside."""
        outside, self.outside = self.outside, None
        if outside is not None and not outside.done():
            outside.set_result(None)
