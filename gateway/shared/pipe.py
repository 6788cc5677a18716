"""One connection to the shared server, on which whoever asks at the same time shares a round trip."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any, Final, TypeAlias

from redis.exceptions import RedisError, ResponseError

from gateway.settings import CacheAddress
from gateway.shared.address import connection_to

OPEN_SECONDS: Final = 5.0
"""For the connection with its handshake. Nobody waits for it; a busy loop needs a while for so many turns."""

PATIENCE_SECONDS: Final = 0.25
"""For the answers to one batch."""

GRACE_SECONDS: Final = 0.02
"""Once more, because the wait may have been this process's own: what has arrived meanwhile is read then."""

MOST_COMMANDS: Final = 256
MOST_BYTES: Final = 1_048_576
"""Of one batch."""

Part: TypeAlias = str | bytes | int | float
Command: TypeAlias = tuple[Part, ...]


class AwayError(Exception):
    """The shared server cannot be asked now. It never leaves this package."""


class Pipe:
    """Sends what is asked in batches, one after the other, in the order in which it was asked.

    While one batch is under way the next one gathers: the busier the gateway, the fewer round trips for each command.
    A failure of any kind is the end of the pipe: everybody who waits is told at once. Error answers of the server count
    as failures, too: it is out of memory, may not be written to, or wants another password.

    Args:
        address: Of the server.
        broken: Is told why the pipe ended; not where it was closed.
    """

    def __init__(self, address: CacheAddress, broken: Callable[[Exception], None]) -> None:
        self._connection = connection_to(address)
        self._broken = broken
        self._open = False
        self._waiting: deque[tuple[Command, asyncio.Future[Any] | None]] = deque()
        self._under_way: list[tuple[Command, asyncio.Future[Any] | None]] = []
        self._pump: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Connects.

        Raises:
            RedisError: It cannot, or the server does not let it in.
            TimeoutError: The server is silent.
        """
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await self._connection.connect()  # type: ignore[no-untyped-call]  # it has no annotations
        except BaseException:
            await self._connection.disconnect()
            raise
        self._open = True

    async def ask(self, *command: Part) -> Any:  # noqa: ANN401  as many kinds of answers as there are commands
        """The server's answer.

        Raises:
            AwayError: There is none.
        """
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._send(command, answer)
        return await answer

    def tell(self, *command: Part) -> None:
        """Sends a command whose answer nobody waits for.

        Raises:
            AwayError: It cannot be sent; where nothing is raised, it may yet have got lost.
        """
        self._send(command, None)

    def _send(self, command: Command, answer: asyncio.Future[Any] | None) -> None:
        if not self._open:
            raise AwayError
        self._waiting.append((command, answer))
        if self._pump is None:
            # a context of its own: what whoever asks first has bound there is not the others'
            self._pump = asyncio.get_running_loop().create_task(self._run(), context=Context())

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._carry_out_batch()
            self._pump = None
        except (RedisError, OSError) as error:
            self._end(error)

    async def _carry_out_batch(self) -> None:
        size = 0
        while self._waiting and len(self._under_way) < MOST_COMMANDS and size < MOST_BYTES:
            self._under_way.append(self._waiting.popleft())
            size += sum(len(part) for part in self._under_way[-1][0] if isinstance(part, str | bytes))
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._hesitate)
        try:
            packed = self._connection.pack_commands([command for command, _ in self._under_way])
            await self._connection.send_packed_command(packed, check_health=False)
            refusal: ResponseError | None = None
            for _, answer in self._under_way:
                try:
                    found = await self._connection.read_response()
                except ResponseError as error:
                    refusal = refusal or error
                    continue
                if answer is not None and not answer.done():
                    answer.set_result(found)
            if refusal:
                raise refusal
        finally:
            self._timer.cancel()
        self._under_way.clear()

    def _hesitate(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._give_up)

    def _give_up(self) -> None:
        self._end(TimeoutError("It did not answer in time."))

    def _end(self, error: Exception) -> None:
        if self._open:
            self._close()
            self._broken(error)

    def _close(self) -> None:
        self._open = False
        for _, answer in (*self._under_way, *self._waiting):
            if answer is not None and not answer.done():
                answer.set_exception(AwayError())
        self._under_way.clear()
        self._waiting.clear()

    async def close(self) -> None:
        """Ends it; whoever waits is told."""
        self._close()
        if self._pump is not None and self._pump is not asyncio.current_task():
            self._pump.cancel()
            await asyncio.wait([self._pump])
        await self._connection.disconnect()
