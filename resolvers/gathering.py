"""Several coroutines at the same time, without a task for each."""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextvars import Context, copy_context
from functools import partial
from inspect import CORO_CREATED, CORO_SUSPENDED, getcoroutinestate
from types import coroutine
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


async def gathered(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What each returns, in order.

    Each begins at once: what several of them load is asked for together, with whatever else the operation loads now.
    They go on in order, and step by step: none takes a further step before all have taken theirs, so none may wait for
    what another does. See `Begun` for what must not be given.

    Raises:
        Exception: The first, in this order, that one raised; the others are cancelled.
    """
    each = [*coroutines]
    return [await each[0]] if len(each) == 1 else await _together(each)


@coroutine
def _together(coroutines: list[Coroutine[Any, Any, T]]) -> Generator[Any, None, list[T]]:
    """Within whatever awaits it, which is given to wait for what each waits for, unless that is there by then."""
    values: list[Any] = [None] * len(coroutines)
    waiting: dict[int, asyncio.Future[Any] | None] = {}
    going: Iterable[int] = range(len(coroutines))
    begun = False
    try:
        while going:
            for place in going:
                if begun and ((waits := waiting[place]) is None or not waits.done()):
                    yield from _until(waits)
                try:
                    waits = waiting[place] = coroutines[place].send(None)
                except StopIteration as end:
                    values[place] = end.value
                    waiting.pop(place, None)
                else:
                    if waits is not None:
                        waits._asyncio_future_blocking = False  # noqa: SLF001  asyncio's protocol: it is taken
            going, begun = [*waiting], True
    except BaseException:
        for place, one in enumerate(coroutines):
            _give_up(one, waiting.get(place))
        raise
    return values


def _give_up(one: Coroutine[Any, Any, Any], waits: asyncio.Future[Any] | None) -> None:
    state = getcoroutinestate(one)
    if state == CORO_SUSPENDED:
        Begun(_resumed(one, waits)).cancel()
    elif state == CORO_CREATED:
        one.close()


@coroutine
def _resumed(begun: Coroutine[Any, Any, T], waits: asyncio.Future[Any] | None) -> Generator[Any, Any, T]:
    yield from _until(waits)
    value: T = yield from begun
    return value


def _until(waits: asyncio.Future[Any] | None) -> Generator[Any, Any, None]:
    """Hands on what something waits for that is carried on by hand; None: the next turn will do."""
    if waits is None:
        yield
    elif not waits.done():
        waits._asyncio_future_blocking = True  # noqa: SLF001  asyncio's protocol: it is to be taken
        yield waits
