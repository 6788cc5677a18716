"""One connection: a request, its answer, and the next."""

import asyncio
import select
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Final, Protocol, cast

import httpx

from gateway.wire.body import Misfit
from gateway.wire.call import Answer
from gateway.wire.large import LargeBodies
from gateway.wire.lean.answers import AnswerReader
from gateway.wire.lean.heads import Heads
from gateway.wire.lean.idle import IDLE_SECONDS, MOMENT, kept_seconds

_CLOSING_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the connections of one pool have in common.

    Attributes:
        maximum_bytes: Of an unpacked body.
        pace: Seconds after which an idle connection looks at the clock; no patience is shorter, and no whole time.
        heads: Of their answers.
        large: How many long bodies go on at once.
        lost: Is told of each connection that is open no more.
    """

    maximum_bytes: int
    pace: float
    heads: Heads
    large: LargeBodies
    lost: "Callable[[Connection], None]"


class Asker(Protocol):
    """Is told what came of a request."""

    def came(self, came: Answer | Exception) -> None:
        """The answer, or what went wrong; TimeoutError where the request took longer than it may in all."""


class Connection(asyncio.Protocol):
    """A connection that is asked one thing at a time.

    One timer per connection goes off now and then, for silence, for idleness and for what takes too long, so that a
    request sets none.

    Attributes:
        open: Whether it can be asked; False at once when it ends in any way.
        idle_since: When its last answer had come, by the clock.
        trusted_until: Until then it may be asked without being found `usable`: it has answered, and was usable once it
            had answered before. Some servers end each connection after one answer and do not say so.
    """

    __slots__ = (
        "_asker",
        "_ended",
        "_heads",
        "_heard",
        "_is_large",
        "_keeps",
        "_loop",
        "_patience",
        "_poll",
        "_reader",
        "_surroundings",
        "_timer",
        "_transport",
        "_trust",
        "_unsent",
        "_until",
        "idle_since",
        "open",
        "trusted_until",
    )

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._loop = asyncio.get_running_loop()
        self._heads = surroundings.heads
        self._reader = AnswerReader(surroundings.maximum_bytes)
        self._poll = select.poll()
        self._asker: Asker | None = None
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._transport: asyncio.Transport
        self._timer: asyncio.TimerHandle
        self.open = self._is_large = False
        self._keeps = IDLE_SECONDS
        self._heard = self._patience = self._trust = self.trusted_until = 0.0
        self._until, self._unsent = inf, 0
        self.idle_since = monotonic()

    async def ask(self, request: bytes, patience: float) -> Answer:
        """Sends the request and waits for the answer. Whatever goes wrong closes the connection.

        Args:
            request: Head and body.
            patience: Seconds between two signs of life.

        Raises:
            httpx.TransportError: The connection or the answer breaks off, or is silent.
            Misfit: The body is none that is taken.
        """
        if not self.open:
            raise httpx.ConnectError("")
        waiter: asyncio.Future[Answer] = self._loop.create_future()
        self.begin(request, patience, _Waiting(waiter), monotonic())
        try:
            return await waiter
        except BaseException:
            self.forget()
            raise

    def begin(self, request: bytes, patience: float, asker: Asker, now: float, seconds: float = inf) -> None:
        """As `ask`, of a connection that is open.

        Args:
            request: Head and body.
            patience: Seconds between two signs of life.
            asker: Is told what came; not before this has returned.
            now: By the clock.
            seconds: In all; not fewer than the pace.
        """
        self._patience = patience
        self._asker = asker
        self._transport.write(request)
        self._unsent = self._transport.get_write_buffer_size()
        self._heard = now
        self._until = now + seconds

    def forget(self) -> None:
        """Nobody waits for the answer any more: what would come is not for the next one who asks."""
        self._asker = None
        self.abort()

    def usable(self, seconds: float = IDLE_SECONDS) -> bool:
        """Whether it has been idle for less than so many seconds, and nothing has come meanwhile, not even an end."""
        idle = monotonic() - self.idle_since
        is_usable = self.open and idle < seconds and idle < self._keeps and not self._poll.poll(0)
        self._trust = min(MOMENT, self._keeps) if is_usable else 0.0
        return is_usable

    def abort(self) -> None:
        """Closes it at once; who waits for an answer gets none."""
        if self.open:
            self._finish(httpx.ReadError(""))

    async def close(self) -> None:
        """Closes it, and waits until it is gone."""
        self.abort()
        await asyncio.wait({self._ended}, timeout=_CLOSING_SECONDS)

    def resume(self) -> None:
        """Goes on reading a long body, now that it may."""
        if self.open:
            self._heard = monotonic()
            self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        self._timer = self._loop.call_later(self._surroundings.pace, self._look_at_the_clock)
        self.open = True

    def data_received(self, data: bytes) -> None:
        """Bytes arrived; they end the connection where none were asked for."""
        asker = self._asker
        if asker is None:
            self.abort()
            return
        now, reader, reusable = monotonic(), self._reader, True
        try:
            answer = None if reader.received else self._heads.answer(data)
            if answer is None:
                answer = reader.feed(data)
                if answer is None:
                    self._heard = now
                    self._await_the_rest()
                    return
                reusable = reader.reusable
                self._leave_large()
        except (httpx.RemoteProtocolError, Misfit) as error:
            self._finish(error)
            return
        self._asker = None
        self.idle_since = now
        self.trusted_until = now + self._trust
        if not reusable or self._transport.get_write_buffer_size():  # the latter: an answer to half a request
            self.abort()
        elif "keep-alive" in answer.headers:
            self._keeps = kept_seconds(answer.headers["keep-alive"])
            self.trusted_until = now + min(self._trust, self._keeps)
        asker.came(answer)

    def eof_received(self) -> None:
        """The other side says no more."""
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self.open:
            if exc is None:
                self._end()
            else:
                self.abort()
        if not self._ended.done():
            self._ended.set_result(None)

    def _await_the_rest(self) -> None:
        """A part of an answer has come; a long one may have to wait before the rest is read."""
        if not self._is_large and self._surroundings.large.is_large(self._reader.length):
            self._is_large = True
            if not self._surroundings.large.enter(self):
                self._transport.pause_reading()

    def _end(self) -> None:
        """The connection ends, and the answer with it, where one is under way."""
        asker = self._asker
        if asker is None:
            self.abort()
            return
        try:
            answer = self._reader.end()
        except (httpx.RemoteProtocolError, Misfit) as error:
            self._finish(error)
            return
        self._asker = None
        self.abort()
        asker.came(answer)

    def _finish(self, error: Exception) -> None:
        """Closes the connection; who waits gets the error, without the frames that hold what has come."""
        self.open = False
        self._timer.cancel()
        self._leave_large()
        self._reader.clear()
        self._transport.abort()
        self._surroundings.lost(self)
        asker, self._asker = self._asker, None
        if asker is not None:
            asker.came(error.with_traceback(None))

    def _leave_large(self) -> None:
        if self._is_large:
            self._is_large = False
            self._surroundings.large.leave(self)

    def _look_at_the_clock(self) -> None:
        now = monotonic()
        if self._asker is None:
            left = min(self.idle_since + self._keeps - now, self._surroundings.pace)
            error: Exception = httpx.ReadError("")
        else:
            unsent = self._transport.get_write_buffer_size()
            if unsent < self._unsent or self._surroundings.large.waits(self):
                self._heard = now
            self._unsent = unsent
            left = min(self._heard + self._patience, self._until) - now
            if now >= self._until:
                error = TimeoutError()
            else:
                error = httpx.WriteTimeout("") if unsent else httpx.ReadTimeout("")
        if left <= 0:
            self._finish(error)
        else:
            self._timer = self._loop.call_later(left, self._look_at_the_clock)


class _Waiting:
    """One who awaits what comes."""

    __slots__ = ("_waiter",)

    def __init__(self, waiter: asyncio.Future[Answer]) -> None:
        self._waiter = waiter

    def came(self, came: Answer | Exception) -> None:
        if self._waiter.done():
            return
        if isinstance(came, Answer):
            self._waiter.set_result(came)
        else:
            self._waiter.set_exception(came)
