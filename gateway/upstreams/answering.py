"""What an upstream's answer says, while that is on its way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn, TypeVar

from gateway.upstreams.reading import Shape
from gateway.wire.call import Answer, Call
from gateway.wire.trail import Source
from resolvers.errors import Failure
from resolvers.gathering import Upcoming
from resolvers.staleness import Stale, note

T = TypeVar("T")

_STALE: Final = Source.STALE
_OK: Final = 200
_JSON: Final = frozenset({b"{", b"["})
"""How a body begins that is one: an OK with such a body is a success by any judge."""


class Answered(Upcoming[T]):
    """What a successful answer says.

    Attributes:
        call: That it answers.
        shape: What its body is read as.
        native_id: The organization concerned; empty where it is about several.
        judge: What the answer means.
        known: Where it is put, by `native_id`.
    """

    call: Call
    shape: Shape[T]
    native_id: str
    judge: Callable[..., Failure | None]
    known: dict[str, T] | None = None

    def made(self, note: Callable[[Stale], object]) -> T:
        """Read from the answer that came.

        Raises:
            Failure: Whatever keeps it from being a success.
        """
        answer: Answer = self.future.result()
        try:
            if answer.status != _OK or answer.body[:1] not in _JSON:
                self._refuse(answer)
            if self.call.trail.source is _STALE:
                note(Stale(self.call.upstream, self.call.trail.age))
            said = self.shape.said(answer, self.native_id)
            if self.known is not None:
                self.known[self.native_id] = said
            return said
        finally:
            del answer  # a failure holds this frame, and may outlive the call

    def _refuse(self, answer: Answer) -> None:
        """Raises what went wrong, where the answer is no success."""
        failure = self.judge(self.call.upstream, answer.status, answer.headers, answer.body)
        try:
            if failure:
                raise failure
        finally:
            del answer, failure  # as above


async def sent(sending: Awaitable[Answer], answered: Callable[[asyncio.Future[Answer]], Answered[T]]) -> T:
    """The same of a call that is not sent before this is awaited."""
    came: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    came.set_result(await sending)
    return answered(came).made(note)


async def raising(error: Exception) -> NoReturn:
    """Raises it when it is awaited."""
    try:
        raise error
    finally:
        del error  # what is raised holds this frame
