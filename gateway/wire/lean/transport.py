"""The bottom of the chain on connections of the gateway's own, at a small part of what a call costs by httpx."""

from collections.abc import Callable, Sequence
from math import inf
from time import monotonic
from typing import cast

import httpx

from gateway.wire.body import Misfit
from gateway.wire.call import Answer, Call
from gateway.wire.lean.connection import Asker, Connection
from gateway.wire.lean.origin import Origin
from gateway.wire.lean.pool import Pool
from gateway.wire.lean.requests import Requests, Unsayable
from gateway.wire.refusal import Refused
from gateway.wire.transport import MEANINGS, failure, meaning, trust
from resolvers.errors import Failure, UpstreamInvalidResponse

_SCHEMES = ("http", "https")


class LeanTransport:
    """Sends calls by HTTP/1.1. Follows no redirect, keeps no cookie, and speaks to no proxy.

    Means the same as `HttpxTransport` in all that can be seen from above; both trust the same authorities.

    Args:
        base_url: The upstream's, without a trailing slash.
        connect_seconds: For one connection.
        attempt_seconds: Between two signs of life, and for a connection that is free.
        write_seconds: The first of these for a write, which has one attempt; `attempt_seconds` where it is None.
        connections: At most so many at once.
        maximum_bytes: Of an unpacked body.

    Attributes:
        give_back: Takes the connection of a call that was begun on it and has ended.
    """

    def __init__(  # noqa: PLR0913  each figure is a setting
        self,
        base_url: str,
        *,
        connect_seconds: float,
        attempt_seconds: float,
        write_seconds: float | None = None,
        connections: int,
        maximum_bytes: int,
    ) -> None:
        self._for_reads = attempt_seconds
        self._for_writes = write_seconds or attempt_seconds
        self._seconds_of_reads = self._seconds_of_writes = inf
        self._closed = False
        self._fault: type[httpx.TransportError] | None = None
        self._idle: Sequence[Connection] = ()
        try:
            url = httpx.URL(base_url)
            self._requests = Requests(base_url)
        except httpx.InvalidURL:
            self._fault = httpx.LocalProtocolError
            return
        if url.scheme not in _SCHEMES or not url.raw_host:
            self._fault = httpx.UnsupportedProtocol
            return
        self._pool = Pool(
            Origin(url, trust, connect_seconds),
            connections=connections,
            maximum_bytes=maximum_bytes,
            wait_seconds=attempt_seconds,
            pace=min(self._for_reads, self._for_writes),
        )
        self._idle = self._pool.idle
        self.give_back: Callable[[Connection], None] = self._pool.give_back

    async def send(self, call: Call) -> Answer:
        """One request, one answer.

        Raises:
            Failure: See `gateway.wire.transport.MEANINGS`; for a write that may have left, `OutcomeUnknown`.
        """
        if self._closed:
            raise Refused("The gateway is being closed.", upstream=call.upstream)
        if self._fault is not None:
            raise _unsaid(call, self._fault)
        try:
            request = self._requests.written(call)
        except Unsayable:
            raise _unsaid(call, httpx.LocalProtocolError) from None
        pool, reads = self._pool, call.reads
        try:
            connection = await pool.take(fresh=not reads)
            try:
                return await connection.ask(request, self._for_reads if reads else self._for_writes)
            finally:
                pool.give_back(connection)
        except httpx.HTTPError as error:
            raise meaning(call, error) from None
        except Misfit as misfit:
            raise failure(call, UpstreamInvalidResponse, str(misfit)) from None

    def limit(self, *, reads: float, writes: float) -> None:
        """Calls that are begun may take so long in all."""
        self._seconds_of_reads, self._seconds_of_writes = reads, writes
        if self._fault is None:
            self._pool.limit(min(reads, writes))

    def begin(self, call: Call, asker: Asker) -> Connection | None:
        """Sends a call at once.

        Args:
            call: A read or a write.
            asker: Is told what came; then it has to `give_back` the connection, and `meaning` says what it means. It is
                told nothing before this has returned.

        Returns:
            Where it was sent; None where no connection is at hand, or anything is wrong: `send` has to be asked.
        """
        if not self._idle:  # nor is any once it is closed
            return None
        try:
            request = self._requests.written(call)
        except Unsayable:
            return None
        pool, now = self._pool, monotonic()
        if call.method == "GET":
            connection = pool.trusted(now) or pool.at_hand(fresh=False)
            if connection is not None:
                connection.begin(request, self._for_reads, asker, now, self._seconds_of_reads)
        else:
            connection = pool.at_hand(fresh=True)
            if connection is not None:
                connection.begin(request, self._for_writes, asker, now, self._seconds_of_writes)
        return connection

    @staticmethod
    def meaning(call: Call, went_wrong: Exception) -> Failure:
        """What `send` would raise of a call that was begun, by what its asker was told in place of an answer."""
        if isinstance(went_wrong, Misfit):
            return failure(call, UpstreamInvalidResponse, str(went_wrong))
        return meaning(call, cast("httpx.HTTPError", went_wrong))

    def forget(self, connection: Connection) -> None:
        """Ends a call that was begun, of which nobody is told any more."""
        connection.forget()
        self._pool.give_back(connection)

    async def close(self) -> None:
        """Closes all connections."""
        self._closed = True
        if self._fault is None:
            await self._pool.close()


def _unsaid(call: Call, fault: type[httpx.TransportError]) -> Failure:
    kind, words = MEANINGS[fault]
    return kind(f"{call.upstream.title} {words}.", upstream=call.upstream)
