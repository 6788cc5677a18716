"""What became of a call on its way: every step of the chain notes its part, for traces, metrics and logs."""

import asyncio
from enum import StrEnum
from math import inf
from typing import Any

import msgspec
from msgspec.structs import replace


class Source(StrEnum):
    """Where an answer came from."""

    UPSTREAM = "upstream"
    CACHE = "cache"
    COLLAPSED = "collapsed"
    STALE = "stale"
    REFUSED = "refused"


class Attempt(msgspec.Struct, gc=False):
    """One request that was sent to an upstream, or tried to be.

    Attributes:
        began: Seconds, by the loop's clock.
        seconds: How long it took.
        outcome: The status, or the code of the failure, such as `UPSTREAM_TIMEOUT`.
    """

    began: float
    seconds: float
    outcome: str


class Trail(msgspec.Struct):
    """The way of one call.

    Attributes:
        source: Where the answer came from; `REFUSED` where the gateway itself let nothing out: its breaker was open,
            its rate used up, its queue full.
        attempts: What was sent, in order; empty where another call's answer, or a kept one, served.
        waited: Seconds in queues and between attempts.
        age: Seconds since a kept answer was fetched.
        fresh: Seconds for which the answer may be used again.
        breaker: The breaker's state when the call passed it: `closed`, `open` or `probing`.
        received: Bytes of the answer's body, unpacked.
        until: When nobody waits for it any longer, by the loop's clock; no step begins to wait beyond that.
        waits: What the one who sent it waits for, while something else carries it out.
        ended: When the one who sent it had its end, by the loop's clock; None until then.
        failed: No answer came.
    """

    source: Source = Source.UPSTREAM
    attempts: list[Attempt] = []
    waited: float = 0.0
    age: float = 0.0
    fresh: float = 0.0
    breaker: str = "closed"
    received: int = 0
    until: float = inf
    waits: "asyncio.Future[Any] | None" = None
    ended: float | None = None
    failed: bool = False

    def handed_over(self) -> "Trail":
        """All of it, for the call that goes on without the one who asked first; theirs begins anew."""
        other = replace(self, waits=None)
        self.source, self.attempts, self.breaker, self.until = Source.UPSTREAM, [], "closed", inf
        self.waited = self.age = self.fresh = 0.0
        self.received = 0
        return other
