"""Several coroutines at the same time, without a task for each."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextvars import Context, copy_context
from functools import partial
from types import CoroutineType
from typing import Any, Generic, TypeAlias, TypeVar, cast, overload

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


class Upcoming(msgspec.Struct, Generic[T], eq=False):
    """What is made of what a future brings. Nothing of it runs before that is there. It may be awaited, once.

    Attributes:
        future: Brings it, or a failure.
    """

    future: asyncio.Future[Any]

    @abstractmethod
    def made(self, note: Callable[[Stale], object]) -> T:
        """Made, once the future is done; raises what that raises.

        Args:
            note: Is told where it is made of a kept answer.
        """

    def __await__(self) -> Generator[Any, None, T]:
        if not self.future.done():
            yield from self.future
        return self.made(note)


Given: TypeAlias = Coroutine[Any, Any, T] | Upcoming[T]


class Begun(Generic[T]):
    """A coroutine that has begun, and is carried on by callbacks: as by a task, at a part of what one costs.

    It has no task of its own: what sets itself a time limit (`asyncio.timeout`) must not be given.

    Args:
        given: A coroutine runs at once, within whatever makes this object, up to where it has to wait. Or what is
            upcoming: of that, nothing but its end takes a step.

    Attributes:
        done: It has ended.
        value: What it returned.
        error: What it raised.
        note: What is upcoming tells it of kept answers.
    """

    __slots__ = ("_cancelled", "_context", "_given", "_waits", "done", "error", "value")

    note: Callable[[Stale], object] = staticmethod(note)

    def __init__(self, given: Given[T]) -> None:
        self._given: Any = given
        self._context: Context | None = None
        self._waits: asyncio.Future[Any] | None = None
        self._cancelled = False
        self.done = False
        self.value: T
        self.error: BaseException | None = None
        if given.__class__ is CoroutineType:
            self._step()
            return
        self._waits = future = cast("Upcoming[T]", given).future
        if future.done():
            self._came()
        else:
            future.add_done_callback(self._came)

    def _came(self, _future: object = None) -> None:
        """What was upcoming is there."""
        try:
            self.value = self._given.made(self.note)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  whoever is told decides
            self.error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)  # without this frame
        self.done = True
        self._given = self._waits = None  # which hold more than what is kept of it
        self._end()

    def _step(self, _came: object = None) -> None:
        try:
            if self._cancelled:
                self._cancelled = False
                waits = self._given.throw(asyncio.CancelledError())
            else:
                waits = self._given.send(None)
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
        self._given = self._waits = self._context = None  # the same
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

    def tell(self, one: "_Member[Any]") -> None:
        """One has ended."""
        self.left -= 1
        if one.error is not None:
            if isinstance(one.error, self.kept):
                one.value = one.error.with_traceback(None)
            elif self.failed is None:
                self.failed = one.error
        if (not self.left or self.failed is not None) and self.woken is not None:
            self.woken.wake()


class _Member(Begun[T]):
    """One of several."""

    __slots__ = ("_gathering",)

    def __init__(self, given: Given[T], gathering: _Gathering) -> None:
        self._gathering = gathering
        Begun.__init__(self, given)

    def _end(self) -> None:
        self._gathering.tell(self)


@overload
async def gathered(coroutines: Iterable[Given[T]]) -> list[T]: ...
@overload
async def gathered(coroutines: Iterable[Given[T]], kept: type[E]) -> list[T | E]: ...
async def gathered(coroutines: Iterable[Given[T]], kept: type[Exception] | tuple[()] = ()) -> list[Any]:
    """What each returns, in order.

    Each begins at once: what several of them load is asked for together, with whatever else the operation loads now.
    See `Begun` for what must not be given.

    Args:
        coroutines: As many as there are, or what is upcoming in their place.
        kept: An error of this class stands where what is returned would.

    Raises:
        Exception: The first other that one raised; the others are cancelled.
    """
    each = [*coroutines]
    if len(each) == 1 and not kept:
        return [await each[0]]
    gathering = _Gathering(len(each), kept)
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
