"""Limits of upstreams that replicas keep together: each place is taken in the shared server, too."""

import asyncio
import random
import uuid
from typing import Final

from gateway.shared.connection import Connection
from gateway.shared.pipe import AwayError
from gateway.wire.bulkhead import MARGIN
from gateway.wire.call import Answer, Call, Step
from gateway.wire.marks import Marks
from gateway.wire.rate import EDGE
from gateway.wire.refusal import HeldBack, Refused, held_back

POLLS: Final = 10
"""How often in a window it is asked whether a call under way elsewhere has ended."""

_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 0
end
return math.max(redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] - now, 1)
"""

_HOLD: Final = """
local time = redis.call('TIME')
return redis.call('ZADD', KEYS[1], 'XX', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1], ARGV[2])
"""


class SharedRate:
    """At most `calls` in any `seconds` per credential, by all replicas together; who comes too early waits.

    It stands below the wire's own `Rate`, which keeps those who wait at this replica in order. Among replicas there is
    no order. A place is held by a call under way and for a window after its end, as there; that of a replica which
    died is free when its call could not be under way any more.

    While the server is away, every replica keeps the whole rate for itself: how many there are is not known, and the
    upstream's own refusals, which close the throttle, are the second line.

    Args:
        below: The next step.
        connection: To the server.
        marks: Of credentials; the same on all replicas.
        calls: Requests in a window.
        seconds: Its length.
        longest: Seconds that a call can take.
    """

    def __init__(  # noqa: PLR0913  the parts of a shared rate
        self, below: Step, connection: Connection, marks: Marks, *, calls: int, seconds: float, longest: float
    ) -> None:
        self._below = below
        self._connection = connection
        self._marks = marks
        self._calls = calls
        self._seconds = seconds
        self._held = int((seconds + EDGE) * 1000)
        self._lease = int((longest + seconds) * 1000)

    async def send(self, call: Call) -> Answer:
        """Hands the call on when there is a place for it.

        Raises:
            HeldBack: There is none before the call's deadline.
        """
        key = self._connection.key("rate", call.upstream.word, self._marks.of(call.credential).hex())
        place = uuid.uuid4().bytes
        try:
            await self._take(call, key, place)
        except AwayError:
            return await self._below.send(call)
        except asyncio.CancelledError:
            self._connection.tell("ZREM", key, place)
            raise
        counts = True
        try:
            return await self._below.send(call)
        except (Refused, HeldBack):
            counts = False
            raise
        finally:
            if counts:
                self._connection.tell("EVAL", _HOLD, 1, key, self._held, place)
            else:
                self._connection.tell("ZREM", key, place)

    async def _take(self, call: Call, key: str, place: bytes) -> None:
        loop = asyncio.get_running_loop()
        while milliseconds := int(await self._connection.ask("EVAL", _TAKE, 1, key, self._calls, self._lease, place)):
            wait = milliseconds / 1000
            if wait > self._seconds + EDGE:
                wait = self._seconds / POLLS
            if loop.time() + wait > call.trail.until - MARGIN:
                words = f"takes {self._calls} requests in {self._seconds:g} s, and all gateways together have sent them"
                raise held_back(call, words, wait)
            wait += random.uniform(0, self._seconds / POLLS / 10)  # noqa: S311  it only spreads replicas
            await asyncio.sleep(wait)
            call.trail.waited += wait
