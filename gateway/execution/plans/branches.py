"""One coroutine on its way, and how some wait for others: the parts of `strands`."""

import asyncio
from abc import abstractmethod
from collections.abc import Coroutine, Generator, Sequence
from contextvars import Context
from typing import TYPE_CHECKING, Any

from resolvers.gathering import Waiter

if TYPE_CHECKING:
    from gateway.execution.plans.strands import Strands


class Strand:
    """One coroutine on its way. What is made of it has the attributes, and says what its end means.

    Attributes:
        strands: The execution's.
        coroutine: Itself.
        context: In which it runs; None for the task's own.
        waits: What it waits for.
        thrown: What it is to raise where it goes on.
    """

    if not TYPE_CHECKING:
        __slots__ = ()  # whatever is made of it has them

    strands: "Strands"
    coroutine: Coroutine[Any, Any, Any]
    context: Context | None
    waits: "asyncio.Future[Any] | Join | None"
    thrown: BaseException | None

    def step(self) -> None:
        """Carries it on until it waits, or ends."""
        if self.context is None:
            self.go()
        else:
            self.context.run(self.go)

    def go(self) -> None:
        """The same, within its context."""
        try:
            if self.thrown is None:
                yielded = self.coroutine.send(None)
            else:
                thrown, self.thrown = self.thrown, None
                yielded = self.coroutine.throw(thrown)
        except StopIteration as end:
            value = end.value
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  whoever waits for it is told
            self.raised(error)
            return
        else:
            self.wait(yielded)
            return
        self.returned(value)

    @abstractmethod
    def returned(self, value: Any) -> None:  # noqa: ANN401  whatever it returns
        """It came to its end."""

    @abstractmethod
    def raised(self, error: BaseException) -> None:
        """It came to a bad end."""

    def wait(self, yielded: Any) -> None:  # noqa: ANN401  a coroutine yields anything
        """It goes on when this is there, which it yielded."""
        kind = yielded.__class__
        if kind is Waiter:
            yielded._asyncio_future_blocking = False  # noqa: SLF001  asyncio's protocol of futures
            yielded.then = self._came
        elif kind is Join:
            yielded.owner = self
        elif getattr(yielded, "_asyncio_future_blocking", False):
            yielded._asyncio_future_blocking = False  # noqa: SLF001  the same
            yielded.add_done_callback(self._came, context=self.context)
        else:
            if yielded is not None:  # else the next turn will do
                self.thrown = RuntimeError(f"A resolver awaits what asyncio does not know: {yielded!r}")
            self.strands.ready.append(self)
            return
        self.waits = yielded

    def _came(self, _future: object = None) -> None:
        strands = self.strands
        self.waits = None
        strands.ready.append(self)
        if strands.outside is not None:
            strands.rouse()

    def wake(self) -> None:
        """Those that it waited for have ended."""
        self.waits = None
        self.strands.ready.append(self)

    def cancel(self) -> bool:
        """Has it raise CancelledError where it waits; False where it has ended."""
        if self.waits is None or not self.waits.cancel():
            self.thrown = asyncio.CancelledError()
        return True


class Branch(Strand):
    """A strand that somebody may wait for.

    Attributes:
        done: It came to its end.
        value: What it returned.
        error: What it raised.
        join: Who waits for it.
    """

    __slots__ = ("context", "coroutine", "done", "error", "join", "strands", "thrown", "value", "waits")

    def __init__(self, strands: "Strands", coroutine: Coroutine[Any, Any, Any], context: Context | None) -> None:
        self.strands = strands
        self.coroutine = coroutine
        self.context = context
        self.waits = None
        self.thrown = None
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.join: Join | None = None

    def returned(self, value: Any) -> None:  # noqa: ANN401  the same
        """The same."""
        self.value = value
        self._end()

    def raised(self, error: BaseException) -> None:
        """The same."""
        self.error = error
        self._end()

    def _end(self) -> None:
        self.done = True
        self.strands.live -= 1
        if self.join is not None:
            self.strands.ready.append((self.join, self))
            self.join = None  # which has it, too

    def cancel(self) -> bool:
        """The same."""
        return not self.done and super().cancel()


class Join:
    """Waits for several strands: for their values, or the first error."""

    __slots__ = ("_asked_to_end", "_left", "_settled", "_strands", "error", "owner", "patient")

    def __init__(self, strands: Sequence[Branch], *, patient: bool = False) -> None:
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

    def finished(self, strand: Branch) -> None:
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
