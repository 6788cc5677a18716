"""Kept answers in two levels: this process's memory, and below it the shared server."""

import hashlib
import time
from collections.abc import Callable, Hashable
from http import HTTPStatus
from math import inf
from typing import Final, cast

import msgspec

from gateway.shared.connection import Connection
from gateway.shared.pipe import AwayError
from gateway.wire.cache import NOT_FOUND_SECONDS
from gateway.wire.call import Answer
from gateway.wire.entries import Entries, Entry, Question

LARGEST_BYTES: Final = 262_144
"""Of a body that is shared; larger ones stay in memory: they would hold up everything else on the connection."""
TOLERANCE_SECONDS: Final = 0.25
"""By how much two replicas may differ about the server's clock; what seems to be from further ahead is not served."""

_Packed = tuple[float, int, int, dict[str, str], bytes]
_DECODER: Final = msgspec.msgpack.Decoder(_Packed)


class SharedEntries:
    """Looks into memory first, and into the shared server for what memory has not, or not young enough.

    Both levels hold the generation of what an answer tells, and the same generation is asked of both: see
    `gateway.shared.generations` for what makes it safe to serve. Ages are counted by the server's clock, so that
    replicas whose clocks differ agree about them.

    What is kept there are customers' data, under names from which no credential can be told. The server must be as
    private as the upstreams' own answers.

    Args:
        connection: To the server.
        memory: The first level.
        keep_seconds: How long an answer is of any use.
        clock: Seconds, as the cache counts them.
    """

    def __init__(
        self,
        connection: Connection,
        memory: Entries,
        *,
        keep_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._memory = memory
        self._keep_seconds = keep_seconds
        self._clock = clock

    def key(self, question: Question) -> bytes:
        """A digest: what is asked stands nowhere in the server."""
        return hashlib.blake2b(msgspec.msgpack.encode(question), digest_size=24).digest()

    async def get(self, key: Hashable, generation: int | None = None, since: float = -inf) -> Entry | None:
        """From memory where it has one; else in one round trip."""
        entry = await self._memory.get(key, generation, since)
        if entry is None and (entry := await self._there(key, generation, since)):
            await self._memory.put(key, entry)
        return entry

    async def peek(self, key: Hashable, generation: int | None = None, since: float = -inf) -> Entry | None:
        """The same, and memory stays as it is."""
        return await self._memory.peek(key, generation, since) or await self._there(key, generation, since)

    async def _there(self, key: Hashable, generation: int | None, since: float) -> Entry | None:
        try:
            packed = await self._connection.ask("GET", self._name(key))
        except AwayError:
            return None
        entry = self._unpacked(packed) if packed else None
        if entry is None or generation not in {None, entry.generation} or entry.kept_at < since:
            return None
        return entry

    async def put(self, key: Hashable, entry: Entry) -> None:
        """Into both; the server is not waited for."""
        await self._memory.put(key, entry)
        seconds = NOT_FOUND_SECONDS if entry.answer.status == HTTPStatus.NOT_FOUND else self._keep_seconds
        left = seconds - (self._clock() - entry.kept_at)
        if left > 0 and len(entry.answer.body) <= LARGEST_BYTES:
            self._connection.tell("SET", self._name(key), self._packed(entry), "PX", max(int(left * 1000), 1))

    async def drop(self, key: Hashable) -> None:
        """From both; the server is not waited for."""
        await self._memory.drop(key)
        self._connection.tell("DEL", self._name(key))

    def _name(self, key: Hashable) -> str:
        return self._connection.key("answer", cast("bytes", key).hex())

    def _packed(self, entry: Entry) -> bytes:
        answer = entry.answer
        kept_at = self._connection.now() - (self._clock() - entry.kept_at)
        packed: _Packed = (kept_at, entry.generation, answer.status, dict(answer.headers), answer.body)
        return msgspec.msgpack.encode(packed)

    def _unpacked(self, packed: bytes) -> Entry | None:
        try:
            kept_at, generation, status, headers, body = _DECODER.decode(packed)
        except msgspec.DecodeError:
            return None
        age = self._connection.now() - kept_at
        if age < -TOLERANCE_SECONDS:
            return None
        return Entry(Answer(status, headers, body), self._clock() - max(age, 0.0), generation)
