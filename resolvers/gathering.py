"""Several coroutines at the same time, without a task for each."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Waiter(asyncio.Future[None]):
    """One who waits for what others may wait for, too: to cancel it leaves them alone.

    What goes on without a task is told at once; a task in the loop's next turn, as asyncio has it.

    Attributes:
        then: What goes on without a task.
    """

    then: Callable[[], None] | None = None

    def wake(self) -> None:
        """What it waits for is there."""
        if not self.done():
            self.set_result(None)
            if self.then is not None:
                self.then()

    def cancel(self, msg: object = None) -> bool:
        """Has it raise CancelledError, in the loop's next turn."""
        if not super().cancel(msg):
            return False
        if self.then is not None:
            self.get_loop().call_soon(self.then)
        return True


class Begun(Generic[T]):
    """A coroutine that has begun, and is carried on by callbacks: as by a task, at a part of what one costs.

    It has no task of its own: what sets itself a time limit (`asyncio.timeout`) must not be given.

    Args:
        coroutine: Runs at once, within whatever makes this object, up to where it has to wait.

    Attributes:
        done: It has ended.
        value: What it returned.
        error: What it raised.
    """

    __slots__ = ("_cancelled", "_context", "_coroutine", "_waits", "done", "error", "value")

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._context: Context | None = None
        self._waits: asyncio.Future[Any] | None = None
        self._cancelled = False
        self.done = False
        self.value: T
        self.error: BaseException | None = None
        self._step()

    def _step(self, _came: object = None) -> None:
        try:
            if self._cancelled:
                self._cancelled = False
                waits = self._coroutine.throw(asyncio.CancelledError())
            else:
                waits = self._coroutine.send(None)
        except StopIteration as end:
            self.value = end.value
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  whoever is told decides
            self.error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)  # without this frame
        else:
            self._waits = waits
            if self._context is None:
                self._context = copy_context()
            if waits is None:  # the next turn will do
                asyncio.get_running_loop().call_soon(self._step, context=self._context)
                return
            waits._asyncio_future_blocking = False  # noqa: SLF001  asyncio's protocol of futures
            if waits.__class__ is Waiter:
                waits.then = partial(self._context.run, self._step)
            else:
                waits.add_done_callback(self._step, context=self._context)
            return
        self.done = True
        self._waits = self._context = None  # which hold more than what is kept of it
        self._end()

    def _end(self) -> None:
        """It has ended."""

    def cancel(self) -> None:
        """Has it raise CancelledError where it waits."""
        if not self.done and (self._waits is None or not self._waits.cancel()):
            self._cancelled = True


class _Gathering:
    """Waits for the end of several, or for the first that raises.

    Attributes:
        left: How many have not ended.
        failed: What the first raised that did.
        woken: Is waited for.
    """

    __slots__ = ("failed", "left", "woken")

    def __init__(self, left: int) -> None:
        self.left = left
        self.failed: BaseException | None = None
        self.woken: Waiter | None = None

    def tell(self, error: BaseException | None) -> None:
        """One has ended."""
        self.left -= 1
        if self.failed is None:
            self.failed = error
        if (not self.left or self.failed is not None) and self.woken is not None:
            self.woken.wake()


class _Member(Begun[T]):
    """One of several."""

    __slots__ = ("_gathering",)

    def __init__(self, coroutine: Coroutine[Any, Any, T], gathering: _Gathering) -> None:
        self._gathering = gathering
        Begun.__init__(self, coroutine)

    def _end(self) -> None:
        self._gathering.tell(self.error)


async def gathered(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What each returns, in order.

    Each begins at once: what several of them load is asked for together, with whatever else the operation loads now.
    See `Begun` for what must not be given.

    Raises:
        Exception: The first that one raised; the others are cancelled.
    """
    each = [*coroutines]
    if len(each) == 1:
        return [await each[0]]
    gathering = _Gathering(len(each))
    begun = [_Member(one, gathering) for one in each]
    try:
        if gathering.left and gathering.failed is None:
            gathering.woken = Waiter()
            await gathering.woken
        if gathering.failed is not None:
            raise gathering.failed
        return [one.value for one in begun]
    finally:
        gathering.failed = None  # what is raised holds this frame
        if gathering.left:
            for one in begun:
                one.cancel()
