"""Coroutines of one execution, carried forward in one task: as asyncio's tasks would be, in the same order.

A field that must be awaited costs a strand, not a task: it is some five times cheaper to make, to run and to join. What
is ready runs first in, first out, as on asyncio's loop, so that errors come up in the same order. Only when all that is
left waits for something outside (an upstream's answer) does the execution wait on the loop.

    Strands.drive ── root strand ── Join ─┬─ strand of a field ── waits for a future of asyncio
                                          └─ strand of a field ── Join ─┬─ …

Strands share the task of their operation: a resolver that sets itself a time limit (`asyncio.timeout`) has to do so in
a task of its own. Each strand has its own context variables, as a task would.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Generator, Sequence
from contextvars import Context, copy_context
from typing import Any

_resting: set[asyncio.Task[None]] = set()
"""What carries strands on that nobody waits for."""


class Strand:
    """One coroutine on its way.

    Attributes:
        done: It came to its end.
        value: What it returned.
        error: What it raised.
        join: Who waits for it.
    """

    __slots__ = ("_context", "_coroutine", "_strands", "_thrown", "_waits", "done", "error", "join", "value")

    def __init__(self, strands: "Strands", coroutine: Coroutine[Any, Any, Any], context: Context | None) -> None:
        self._strands = strands
        self._coroutine = coroutine
        self._context = context
        self._waits: asyncio.Future[Any] | Join | None = None
        self._thrown: BaseException | None = None
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.join: Join | None = None

    def step(self) -> None:
        """Carries it on until it waits, or ends."""
        act, given = self._coroutine.send, None
        if self._thrown is not None:
            act, given, self._thrown = self._coroutine.throw, self._thrown, None
        try:
            yielded = act(given) if self._context is None else self._context.run(act, given)
        except StopIteration as end:
            self.value = end.value
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  whoever joins it is told
            self.error = error
        else:
            self._wait(yielded)
            return
        self.done = True
        self._strands.live -= 1
        if self.join is not None:
            self._strands.ready.append((self.join, self))
            self.join = None  # which has it, too

    def _wait(self, yielded: Any) -> None:  # noqa: ANN401  a coroutine yields anything
        if yielded.__class__ is Join:
            self._waits = yielded
            yielded.owner = self
        elif yielded is None:  # the next turn will do
            self._strands.ready.append(self)
        elif getattr(yielded, "_asyncio_future_blocking", False):
            yielded._asyncio_future_blocking = False  # noqa: SLF001  asyncio's protocol of futures
            self._waits = yielded
            yielded.add_done_callback(self._came, context=self._context)
        else:
            self._thrown = RuntimeError(f"A resolver awaits what asyncio does not know: {yielded!r}")
            self._strands.ready.append(self)

    def _came(self, _future: object) -> None:
        self.wake()
        self._strands.rouse()

    def wake(self) -> None:
        """What it waited for is there."""
        self._waits = None
        self._strands.ready.append(self)

    def cancel(self) -> bool:
        """Has it raise CancelledError where it waits; False where it has ended."""
        if self.done:
            return False
        if self._waits is None or not self._waits.cancel():
            self._thrown = asyncio.CancelledError()
        return True


class Join:
    """Waits for several strands: for their values, or the first error."""

    __slots__ = ("_asked_to_end", "_left", "_settled", "_strands", "error", "owner", "patient")

    def __init__(self, strands: Sequence[Strand], *, patient: bool = False) -> None:
        self._strands = strands
        self._left = len(strands)
        self._settled = False
        self._asked_to_end = False
        self.error: BaseException | None = None
        self.owner: Strand | None = None
        self.patient = patient
        for strand in strands:
            if not strand.done:
                strand.join = self

    def __await__(self) -> Generator["Join", None, list[Any]]:
        yield self
        if self.error is not None:
            raise self.error
        return [strand.value for strand in self._strands]

    def finished(self, strand: Strand) -> None:
        """One of them came to its end."""
        self._left -= 1
        if self._settled:
            return
        if strand.error is not None and not self.patient:
            self._settle(strand.error)
        elif not self._left:
            self._settle(asyncio.CancelledError() if self._asked_to_end else None)

    def _settle(self, error: BaseException | None) -> None:
        self._settled = True
        self.error = error
        if self.owner is not None:
            self.owner.wake()

    def cancel(self) -> bool:
        """Cancels those that run."""
        if self._settled:
            return False
        ended = [strand.cancel() for strand in self._strands]
        self._asked_to_end = any(ended)
        return self._asked_to_end


class Strands:
    """The strands of one execution.

    Attributes:
        ready: What goes on next: strands, and ends of strands that somebody waits for.
        live: How many have not ended.
    """

    __slots__ = ("_roused", "live", "ready")

    def __init__(self) -> None:
        self.ready: deque[Strand | tuple[Join, Strand]] = deque()
        self.live = 0
        self._roused: asyncio.Future[None] | None = None

    def begin(self, coroutines: Sequence[Coroutine[Any, Any, Any]]) -> list[Strand]:
        """A strand for each, which goes on when its turn comes; whether somebody waits for it or not."""
        strands = [Strand(self, each, copy_context()) for each in coroutines]
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
        root = Strand(self, coroutine, None)
        root.step()
        while not root.done:
            await self._go_on(root)
        if root.error is not None:
            try:
                raise root.error
            finally:
                del root  # an error holds this frame
        return root.value

    def rest(self) -> None:
        """Lets a task of its own carry on what nobody waits for."""
        if self.live:
            task = asyncio.ensure_future(self._carry_on())
            _resting.add(task)
            task.add_done_callback(_resting.discard)

    async def _carry_on(self) -> None:
        while self.live:
            await self._go_on(None)

    async def _go_on(self, root: Strand | None) -> None:
        """Until the root has ended, or else until something is there that was waited for outside."""
        ready = self.ready
        while ready:
            entry = ready.popleft()
            if entry.__class__ is not tuple:
                entry.step()  # type: ignore[union-attr]  # the class was asked
                if root is not None and root.done:
                    return
            else:
                join, strand = entry
                join.finished(strand)
        if not self.live:
            return
        self._roused = asyncio.get_running_loop().create_future()
        try:
            await self._roused
        except asyncio.CancelledError:
            if root is None:
                raise
            root.cancel()

    def rouse(self) -> None:
        """Something that a strand waited for outside is there."""
        if self._roused is not None and not self._roused.done():
            self._roused.set_result(None)
