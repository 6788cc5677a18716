"""One socket, from its first message to its end."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import structlog
from starlette.types import Receive, Send

from gateway.door.admission import Admission
from gateway.door.answer import answer_of, error_of
from gateway.door.parts import entries_of
from gateway.door.refusal import Refusal
from gateway.door.websocket import closing, messages
from gateway.door.websocket.closing import Closing
from gateway.door.websocket.credentials import headers_with
from gateway.execution.operation import Exchange, Execute, Operation, Outcome

LetsIn: TypeAlias = Callable[[Exchange], Awaitable[bool]]

_TURNED_AWAY: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one socket may take.

    Attributes:
        init_seconds: Until `connection_init`.
        operations: At once.
        leave_seconds: For those that run when the server ends.
    """

    init_seconds: float = 3.0
    operations: int = 50
    leave_seconds: float = 8.0


class _Gone(Exception):  # noqa: N818  there is nobody left to tell
    """The client is gone, or told that this is the end."""


class Session:
    """Talks with one client.

    Args:
        execute: Carries operations out.
        lets_in: Whether a caller may ask at all.
        admission: Of the operations of the whole process.
        bounds: Of this socket.
        headers: Of the handshake, by lower-case name.
    """

    def __init__(  # noqa: PLR0913, PLR0917  the parts of a session
        self,
        execute: Execute,
        lets_in: LetsIn,
        admission: Admission,
        bounds: Bounds,
        headers: Mapping[str, str],
        receive: Receive,
        send: Send,
    ) -> None:
        self._execute = execute
        self._lets_in = lets_in
        self._admission = admission
        self._bounds = bounds
        self._headers = headers
        self._receive = receive
        self._send = send
        self._running: dict[str, asyncio.Task[None]] = {}
        self._streams: set[asyncio.Task[Any] | None] = set()
        self._over = False

    async def run(self) -> None:
        """Answer until the socket ends."""
        try:
            await self._greet()
            while True:
                await self._take(await self._message())
        except Closing as end:
            await self._close(end)
        except _Gone:
            pass
        except Exception:  # noqa: BLE001  whatever it is, the client is told, and the log has the trace
            _log.exception("socket failed")
            await self._close(Closing(closing.INTERNAL_ERROR, "Internal server error"))
        finally:
            self._over = True
            await self._cancel()

    async def _greet(self) -> None:
        """Wait for `connection_init`, and acknowledge it."""
        try:
            async with asyncio.timeout(self._bounds.init_seconds):
                while not isinstance(message := await self._message(), messages.Init):
                    if isinstance(message, messages.Subscribe):
                        raise Closing(closing.UNAUTHORIZED, "Unauthorized")
                    await self._take(message)
        except TimeoutError:
            raise Closing(closing.INIT_TIMEOUT, "Connection initialisation timeout") from None
        self._headers = headers_with(self._headers, message.payload)
        if not await self._lets_in(self._exchange()):
            raise Closing(closing.FORBIDDEN, "Forbidden")
        await self._write(messages.ACK)

    async def _message(self) -> messages.Message:
        event = await self._receive()
        if event["type"] == closing.LEAVING["type"]:
            await self._leave()
        if event["type"] != "websocket.receive" or self._over:
            raise _Gone
        text = event.get("text")
        if text is None:
            raise Closing(closing.BAD_REQUEST, "A message must be text, not binary.")
        return messages.message_of(text)

    async def _take(self, message: messages.Message) -> None:
        match message:
            case messages.Init():
                raise Closing(closing.TOO_MANY_INITS, "Too many initialisation requests")
            case messages.Ping():
                await self._write(messages.PONG)
            case messages.Subscribe():
                await self._subscribe(message.id, message.operation)
            case messages.Complete():
                running = self._running.pop(message.id, None)
                if running is not None:
                    running.cancel()

    async def _subscribe(self, operation_id: str, operation: Operation) -> None:
        if operation_id in self._running:
            raise Closing(closing.SUBSCRIBER_EXISTS, f"Subscriber for {operation_id} already exists")
        if len(self._running) >= self._bounds.operations:
            # Closing would cost the client the others.
            most = self._bounds.operations
            message = f"Too many operations run on this socket: at most {most} at once. Wait for one to complete."
            refusal = Refusal(503, message, code="RATE_LIMITED", retryable=True)
            await self._write(messages.error(operation_id, [error_of(refusal, self._exchange().request_id)]))
            return
        task = asyncio.get_running_loop().create_task(self._operate(operation_id, operation))
        self._running[operation_id] = task

    async def _operate(self, operation_id: str, operation: Operation) -> None:
        exchange = self._exchange()
        try:
            async with aclosing(self._answers(operation_id, operation, exchange)) as answers:
                async for message in answers:
                    await self._write(message)
        except Closing as end:
            await self._close(end)
        except _Gone:
            pass
        finally:
            task = asyncio.current_task()
            self._streams.discard(task)
            if self._running.get(operation_id) is task:
                del self._running[operation_id]

    async def _answers(self, operation_id: str, operation: Operation, exchange: Exchange) -> AsyncGenerator[str, None]:
        """Execute; what is to be sent."""
        try:
            with self._admission:
                outcome = await self._execute(operation, exchange)
                if outcome.stream is not None and outcome.finite:
                    async with aclosing(outcome.stream) as parts:
                        async for part in parts:
                            yield messages.next_(operation_id, entries_of(part, exchange.request_id))
                    yield messages.complete(operation_id)
                    return
            if outcome.stream is None:
                for message in self._told(operation_id, outcome, exchange):
                    yield message
                return
            self._streams.add(asyncio.current_task())
            async with aclosing(outcome.stream) as stream:
                async for each in stream:
                    answer = answer_of(each, exchange.request_id)
                    if not each.executed:
                        yield messages.error(operation_id, answer["errors"])
                        return
                    yield messages.next_(operation_id, answer)
            yield messages.complete(operation_id)
        except Refusal as refusal:
            yield messages.error(operation_id, [error_of(refusal, exchange.request_id)])
        except (Closing, _Gone):
            raise
        except Exception:  # noqa: BLE001  whatever it is, the client gets an answer and the log the trace
            _log.exception("operation failed", request_id=exchange.request_id)
            defect = Refusal(500, "The gateway failed on this operation. Quote its request id.", code="INTERNAL")
            yield messages.error(operation_id, [error_of(defect, exchange.request_id)])

    def _told(self, operation_id: str, outcome: Outcome, exchange: Exchange) -> list[str]:
        if outcome.status in _TURNED_AWAY:
            # The caller was let in once: the credential is not good any more. Clients come back with a new one.
            raise Closing(closing.FORBIDDEN, "Forbidden")
        answer = answer_of(outcome, exchange.request_id)
        if not outcome.executed:
            return [messages.error(operation_id, answer["errors"])]
        return [messages.next_(operation_id, answer), messages.complete(operation_id)]

    def _exchange(self) -> Exchange:
        return Exchange(os.urandom(8).hex(), self._headers, "POST", streams=True, parts=True)

    async def _write(self, text: str) -> None:
        if self._over:
            raise _Gone
        try:
            await self._send({"type": "websocket.send", "text": text})
        except OSError:
            raise _Gone from None

    async def _leave(self) -> None:
        """Let what runs end, for a moment; then close. Subscriptions have no end: clients subscribe again elsewhere."""
        ending = {*self._running.values()} - self._streams
        if ending:
            await asyncio.wait(ending, timeout=self._bounds.leave_seconds)
        raise Closing(closing.GOING_AWAY, "The gateway is being stopped. Connect again.")

    async def _close(self, end: Closing) -> None:
        if self._over:
            return
        self._over = True
        event: dict[str, Any] = {"type": "websocket.close", "code": end.code, "reason": end.reason}
        try:
            await self._send(event)
        except OSError:
            return

    async def _cancel(self) -> None:
        running = [*self._running.values()]
        self._running.clear()
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
