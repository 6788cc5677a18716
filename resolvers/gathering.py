"""Several coroutines at the same time, without a task for each."""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, overload

import msgspec

from resolvers.staleness import Stale, note

T = TypeVar("T")
E = TypeVar("E", bound=Exception)


class Waiter(asyncio.Future[None]):
    """One who waits for what others may wait for, too: to cancel it leaves them alone.

    What goes on without a task is told at once; a task in the loop's next turn, as asyncio has it.

    Attributes:
        then: What goes on without a task.
    """

    then: Callable[[], None] | None = None

    def wake(self, _ended: object = None) -> None:
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


class Listener(Protocol):
    """Who is told of an end."""

    def wake(self, _ended: Any, /) -> None:  # noqa: ANN401  what has ended
        """It has ended."""


class Upcoming(msgspec.Struct, Generic[T], kw_only=True, eq=False):
    """What a future brings, or is made of that: no coroutine waits for it. Who makes one says what that is.

    Attributes:
        future: Has it told of its end; None where that was.
        done: It is there, or is known not to come.
        value: The value.
        error: What went wrong.
        stale: The kept answers that it was made of.
        listeners: Are told when it is done.
    """

    future: asyncio.Future[Any] | None = None
    done: bool = False
    value: Any = None
    error: BaseException | None = None
    stale: tuple[Stale, ...] = ()
    listeners: list[Listener] = []

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        if self.future is not None:
            self.future.cancel()

    def __await__(self) -> Generator[Any, None, T]:
        if self.future is not None:
            yield from self.future
        for stale in self.stale:
            note(stale)
        try:
            if self.error is not None:
                raise self.error
            return self.value  # type: ignore[no-any-return]  # the value is of that class
        finally:
            del self  # what is raised holds this frame


Given: TypeAlias = Coroutine[Any, Any, T] | Upcoming[T]


class _Gathering:
    """Waits for the end of several, or for the first that raises.

    Attributes:
        left: How many have not ended.
        kept: An error of this class is as good as a value.
        failed: What the first raised that did.
        woken: Is waited for.
    """

    __slots__ = ("failed", "kept", "left", "woken")

    def __init__(self, left: int, kept: type[Exception] | tuple[()]) -> None:
        self.left = left
        self.kept = kept
        self.failed: BaseException | None = None
        self.woken: Waiter | None = None

    def wake(self, ended: "_Member[Any] | Upcoming[Any]") -> None:
        """One has ended."""
        self.left -= 1
        if ended.error is not None:
            if isinstance(ended.error, self.kept):
                ended.value = ended.error.with_traceback(None)
            elif self.failed is None:
                self.failed = ended.error
        if (not self.left or self.failed is not None) and self.woken is not None:
            self.woken.wake()


class _Member(Begun[T]):
    """One of several."""

    __slots__ = ("_gathering",)

    stale: tuple[Stale, ...] = ()  # it notes its own

    def __init__(self, coroutine: Coroutine[Any, Any, T], gathering: _Gathering) -> None:
        self._gathering = gathering
        Begun.__init__(self, coroutine)

    def _end(self) -> None:
        self._gathering.wake(self)


@overload
async def gathered(given: Iterable[Given[T]]) -> list[T]: ...
@overload
async def gathered(given: Iterable[Given[T]], kept: type[E]) -> list[T | E]: ...
async def gathered(given: Iterable[Given[T]], kept: type[Exception] | tuple[()] = ()) -> list[Any]:
    """What each returns, in order.

    Each begins at once: what several of them load is asked for together, with whatever else the operation loads now.
    See `Begun` for what must not be given.

    Args:
        given: Coroutines, or what is upcoming.
        kept: An error of this class stands in the place of what is returned.

    Raises:
        Exception: The first other that one raised; the others are cancelled.
    """
    each = [*given]
    if len(each) == 1 and not kept:
        return [await each[0]]
    gathering = _Gathering(len(each), kept)
    begun = [_begun(one, gathering) for one in each]
    try:
        if gathering.left and gathering.failed is None:
            gathering.woken = Waiter()
            await gathering.woken
        if gathering.failed is not None:
            raise gathering.failed
        for one in begun:
            for stale in one.stale:
                note(stale)
        return [one.value for one in begun]
    finally:
        gathering.failed = None  # what is raised holds this frame
        if gathering.left:
            for one in begun:
                one.cancel()


def _begun(given: Given[T], gathering: _Gathering) -> _Member[T] | Upcoming[T]:
    if not isinstance(given, Upcoming):
        return _Member(given, gathering)
    if given.done:
        gathering.wake(given)
    else:
        given.listeners.append(gathering)
    return given
