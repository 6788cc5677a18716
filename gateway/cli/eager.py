"""A coroutine that begins at once, and goes on as a task would, at a part of what a task costs.

It is what `asyncio.Task` with `eager_start` is from Python 3.12 on. Most requests wait once or not at all: to make a
task for each, to have the loop begin it in its next turn, and to keep it in the set of all tasks, would cost more than
to read the request.
"""

import asyncio
from asyncio.tasks import _enter_task, _leave_task  # documented for other implementations of tasks
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextvars import Context, copy_context
from typing import Any, Final

_OVER: Final = object()
"""In the place of what it waits for."""


class Eager:
    """Carries a coroutine on; within it, this object is the current task.

    It has what asks for the current task may need: time limits and task groups, of asyncio and of anyio.

    Attributes:
        context: The coroutine's own; None at the end.
    """

    context: Context | None = None
    _coroutine: Coroutine[Any, Any, None] | None = None
    _steps: Iterator[Any]
    _loop: asyncio.AbstractEventLoop
    _fut_waiter: asyncio.Future[Any] | None = None  # the names that anyio asks tasks for
    _must_cancel: bool
    _message: object = None
    _cancelling = 0
    _called: Sequence[Callable[[Any], object]] = ()

    def carry_out(self, coroutine: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> bool:
        """Carry it out up to where it waits, as nothing else may be running; whether it waits.

        Args:
            coroutine: It.
            loop: Runs.
        """
        self._coroutine = coroutine
        self._steps = coroutine.__await__()
        self._loop = loop
        self._must_cancel = False
        self.context = context = copy_context()
        context.run(self._step)
        return self._coroutine is not None

    def _step(self, _came: object = None) -> None:
        coroutine = self._coroutine
        if coroutine is None:
            return
        self._fut_waiter = error = None
        _enter_task(self._loop, self)  # type: ignore[arg-type]  # it is one to whoever asks
        try:
            if self._must_cancel:
                self._must_cancel = False
                waits = coroutine.throw(asyncio.CancelledError(*([] if self._message is None else [self._message])))
            else:
                waits = next(self._steps, _OVER)  # to send would have it raise its end
        except BaseException as raised:  # noqa: BLE001  whoever is told decides
            waits, error = _OVER, None if isinstance(raised, StopIteration) else raised
        finally:
            _leave_task(self._loop, self)  # type: ignore[arg-type]  # as above
        if waits is not _OVER:
            self._wait(waits)
            return
        self._coroutine = self.context = None  # which hold whatever it was working on
        del self._steps
        self._at_end(error)
        error = None  # which holds this frame
        for call in self._called:
            self._loop.call_soon(call, self)

    def _wait(self, waits: Any) -> None:  # noqa: ANN401  whatever is yielded
        if getattr(waits, "_asyncio_future_blocking", None) is None:  # None: the next turn will do
            if waits is not None:
                self._must_cancel, self._message = True, f"{waits!r} is no future of asyncio."
            self._loop.call_soon(self._step, context=self.context)
            return
        waits._asyncio_future_blocking = False  # noqa: SLF001  asyncio's protocol of futures
        waits.add_done_callback(self._step, context=self.context)
        self._fut_waiter = waits
        if self._must_cancel and waits.cancel(msg=self._message):
            self._must_cancel = False

    def _at_end(self, error: BaseException | None) -> None:
        """It has ended; with an error, or well."""

    def cancel(self, msg: object = None) -> bool:
        """Have it raise CancelledError where it waits, or is to wait next; False where it has ended."""
        if self._coroutine is None:
            return False
        self._cancelling += 1
        if self._fut_waiter is None or not self._fut_waiter.cancel(msg=msg):
            self._must_cancel, self._message = True, msg
        return True

    def cancelling(self) -> int:
        """How many have asked it to end, and have not taken that back."""
        return self._cancelling

    def uncancel(self) -> int:
        """Take one request to end back; how many are left."""
        self._cancelling = max(0, self._cancelling - 1)
        return self._cancelling

    def done(self) -> bool:
        """Whether it has ended."""
        return self._coroutine is None

    def add_done_callback(self, call: Callable[[Any], object]) -> None:
        """Have somebody called when it has ended."""
        self._called = [*self._called, call]

    def get_coro(self) -> Coroutine[Any, Any, None] | None:
        """It; None when it has ended."""
        return self._coroutine

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Where it runs."""
        return self._loop

    def get_name(self) -> str:
        """What it is."""
        return type(self).__name__
