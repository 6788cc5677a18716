"""Coroutines of one execution, carried forward in one task: as asyncio's tasks would be, in the same order.

A field that must be awaited costs a strand, not a task: it is some five times cheaper to make, to run and to join. What
is ready runs first in, first out, as on asyncio's loop, so that errors come up in the same order. Only when all that is
left waits for something outside (an upstream's answer) does the execution wait on the loop.

    Strands.drive ── root ── Join ─┬─ Branch of a field ── waits for a future of asyncio
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


class Goal(Protocol):
    """What the execution is carried on for."""

    @property
    def done(self) -> bool:
        """It is reached."""

    def cancel(self) -> object:
        """It is wanted no more."""


class Ready(Protocol):
    """What can go on."""

    def step(self) -> None:
        """Carries it on until it waits, or ends."""


class Strands:
    """The strands of one execution.

    Attributes:
        ready: What goes on next, and ends of strands that somebody waits for.
        live: How many have not ended that may be waited for.
        owed: How many promises are open, those that are yet to begin among them.
        broken: What a promise came to that was cancelled; None as long as there is none.
    """

    __slots__ = ("_roused", "broken", "live", "owed", "ready")

    def __init__(self) -> None:
        self.ready: deque[Ready | tuple[Join, Branch]] = deque()
        self.live = 0
        self.owed = 0
        self.broken: BaseException | None = None
        self._roused: asyncio.Future[None] | None = None

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

    async def drive(self, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  whatever it returns
        """Carries a coroutine to its end, and with it all strands.

        Raises:
            CancelledError: The task was cancelled, and so were the strands that the coroutine waited for.
        """
        self.live += 1
        root = Branch(self, coroutine, None)
        root.step()
        await self.reach(root)
        if root.error is not None:
            try:
                raise root.error
            finally:
                del root  # an error holds this frame
        return root.value

    async def reach(self, goal: Goal) -> None:
        """Carries all strands on until the goal is reached; where the task is cancelled, so is the goal."""
        while not goal.done and not self._go_on(goal):
            self._roused = asyncio.get_running_loop().create_future()
            try:
                await self._roused
            except asyncio.CancelledError:
                goal.cancel()

    def rest(self) -> None:
        """Lets a task of its own carry on what nobody waits for."""
        if self.live or self.owed:
            task = asyncio.ensure_future(self._carry_on())
            _resting.add(task)
            task.add_done_callback(_resting.discard)

    async def _carry_on(self) -> None:
        while not self._go_on(None):
            self._roused = asyncio.get_running_loop().create_future()
            await self._roused

    def _go_on(self, goal: Goal | None) -> bool:
        """Until the goal is reached, or nothing can go on but what waits for something outside.

        Returns:
            Whether the goal is reached; where there is none, whether all is over.
        """
        ready = self.ready
        while ready:
            entry = ready.popleft()
            if entry.__class__ is not tuple:
                entry.step()  # type: ignore[union-attr]  # the class was asked
                if not self.owed and goal is not None and goal.done:
                    return True
            else:
                join, strand = entry
                join.finished(strand)
        return goal.done if goal is not None else not (self.live or self.owed)

    def rouse(self) -> None:
        """Something that a strand waited for outside is there."""
        if self._roused is not None and not self._roused.done():
            self._roused.set_result(None)
