"""What callers have been charged, counted for all replicas together."""

import time
from collections.abc import Callable
from typing import Final

from limits.aio.storage import Storage

from gateway.shared.connection import Connection
from gateway.shared.pipe import AwayError

_COUNT: Final = """
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return count
"""


class SharedCounters(Storage):
    """One number for each key and window in the shared server, and beside it what this process has counted itself.

    While the server is away, the latter counts alone: a caller keeps what it was charged here, and may spend at each
    replica what it spent at the others. What is counted meanwhile is not added later.

    Args:
        connection: To the server.
        own: This process's counts.
        clock: Seconds since 1970, as `own` has it.
    """

    STORAGE_SCHEME = None

    def __init__(self, connection: Connection, own: Storage, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._connection = connection
        self._own = own
        self._clock = clock

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None leaves this class."""
        return ()

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Adds to the key's count, and says what it is then."""
        own = await self._own.incr(key, int(expiry), amount)
        try:
            return int(await self._connection.ask("EVAL", _COUNT, 1, self._name(key), amount, int(expiry * 1000)))
        except AwayError:
            return own

    async def get(self, key: str) -> int:
        """The key's count."""
        try:
            return int(await self._connection.ask("GET", self._name(key)) or 0)
        except AwayError:
            return await self._own.get(key)

    async def get_expiry(self, key: str) -> float:
        """When the key's window ends, in seconds since 1970 by this machine's clock; now where it has none."""
        try:
            left = await self._connection.ask("PTTL", self._name(key))
        except AwayError:
            return await self._own.get_expiry(key)
        return self._clock() + max(int(left), 0) / 1000

    async def check(self) -> bool:
        """Whether the server is there."""
        return self._connection.available

    async def reset(self) -> int | None:
        """Forgets what this process has counted; the others' counts stay."""
        return await self._own.reset()

    async def clear(self, key: str) -> None:
        """Forgets one key."""
        await self._own.clear(key)
        self._connection.tell("DEL", self._name(key))

    def _name(self, key: str) -> str:
        return self._connection.key("budget", key)
