"""What an upstream's answer says, while that is on its way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn, TypeVar

from gateway.upstreams.reading import Shape
from gateway.wire.call import Answer, Call
from gateway.wire.trail import Source
from resolvers.errors import Failure
from resolvers.gathering import Upcoming
from resolvers.staleness import Stale

T = TypeVar("T")

_STALE: Final = Source.STALE
_OK: Final = 200
_JSON: Final = frozenset({b"{", b"["})
"""How a body begins that is one: an OK with such a body is a success by any judge."""


class Answered(Upcoming[T]):
    """What a successful answer says; the error is whatever keeps it from being a success.

    Attributes:
        call: That it answers.
        shape: What its body is read as.
        native_id: The organization concerned; empty where it is about several.
        judge: What the answer means.
        known: Where the value is put, by `native_id`.
    """

    call: Call
    shape: Shape[T]
    native_id: str
    judge: Callable[..., Failure | None]
    known: dict[str, T] | None

    def came(self, future: asyncio.Future[Answer]) -> None:
        """The answer is there: it is read."""
        self.future = None  # which holds more than what is kept of it
        try:
            answer = future.result()
            if answer.status != _OK or answer.body[:1] not in _JSON:
                self._refuse(answer)
            if self.call.trail.source is _STALE:
                self.stale = (Stale(self.call.upstream, self.call.trail.age),)
            shape, native_id = self.shape, self.native_id
            value = shape.of(answer.body, native_id) if answer.read is None else shape.said(answer, native_id)
            self.value = value
            if self.known is not None:
                self.known[native_id] = value
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  whoever waits is told
            self.error = error.with_traceback(None) if isinstance(error, Failure) else error
        self.done = True
        for listener in self.listeners:
            listener.wake(self)
        self.listeners.clear()

    def _refuse(self, answer: Answer) -> None:
        """Raises what went wrong, where the answer is no success."""
        failure = self.judge(self.call.upstream, answer.status, answer.headers, answer.body)
        if failure:
            raise failure


async def sent(sending: Awaitable[Answer], answered: Answered[T]) -> T:
    """What the answer to a call says that is not sent before this is awaited."""
    came: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    came.set_result(await sending)
    answered.came(came)
    return await answered


async def raising(error: Exception) -> NoReturn:
    """Raises it when it is awaited."""
    try:
        raise error
    finally:
        del error  # what is raised holds this frame
