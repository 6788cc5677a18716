"""Blocks that end early: when the client goes away, when it takes too long."""

import asyncio
from types import TracebackType
from typing import Protocol, Self

from starlette.types import Receive

from gateway.door.patience import Patience


class Task(Protocol):
    """What serves a request: a task of asyncio, or what does the same."""

    def cancel(self) -> bool:
        """Have it raise CancelledError where it waits."""

    def cancelling(self) -> int:
        """How many want its end."""

    def uncancel(self) -> int:
        """One does no more; how many are left."""

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Where it runs."""


class Interruption:
    """While the block runs, its task may be cancelled from within the event loop; the block then ends without an error.

    Args:
        task: Runs the block.

    Attributes:
        happened: True when the block was interrupted.
    """

    __slots__ = ("_cancelling", "_ended", "_task", "happened")

    def __init__(self, task: Task) -> None:
        self._task = task
        self._cancelling = task.cancelling()
        self._ended = False
        self.happened = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._ended = True
        if not self.happened:
            return False
        by_others_too = self._task.uncancel() > self._cancelling
        return isinstance(error, asyncio.CancelledError) and not by_others_too

    def overdue(self) -> None:
        """Interrupt the block, unless it has ended."""
        if not (self._ended or self.happened):
            self.happened = True
            self._task.cancel()


class Deadline(Interruption):
    """Interrupts the block when the patience is over."""

    __slots__ = ("_patience",)

    def __init__(self, patience: Patience) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("Only a task can be interrupted.")
        super().__init__(task)
        self._patience = patience

    def __enter__(self) -> Self:
        self._patience.begin(self, self._task.get_loop())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._patience.end(self)
        return super().__exit__(kind, error, trace)


class CancelOnDisconnect(Deadline):
    """Interrupts the block when the client goes away. Most blocks end before the patience does, and are not watched."""

    __slots__ = ("_receive", "_watch")

    def __init__(self, receive: Receive, patience: Patience) -> None:
        super().__init__(patience)
        self._receive = receive
        self._watch: asyncio.Task[None] | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        watch, self._watch = self._watch, None  # or it would hold the block, and all that was read in it, in a cycle
        if watch is not None:
            watch.cancel()
        return super().__exit__(kind, error, trace)

    def overdue(self) -> None:
        """Begin to watch the client."""
        self._watch = self._task.get_loop().create_task(self._watched())

    async def _watched(self) -> None:
        # A GET may bring a body that nobody reads; it is dropped here.
        while (await self._receive())["type"] != "http.disconnect":
            pass
        super().overdue()
