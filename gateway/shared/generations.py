"""Generations that replicas share: what one writes, the others do not serve from memory any more."""

import hashlib
import os
import zlib
from typing import Final

from gateway.shared.connection import Connection
from gateway.shared.pipe import AwayError, Pipe
from gateway.wire.call import Call
from gateway.wire.generations import MemoryGenerations

STRIPES: Final = 4096
"""Organizations share so many keys; two that meet in one have each other's answers read anew, and that is all."""


class SharedGenerations:
    """Random tokens in the shared server, one for each stripe of organizations and for each upstream's lists.

    A write deletes the tokens that it concerns, and whoever finds none makes a new one. So nothing depends on what the
    server keeps: a token that was evicted, flushed or lost is a new generation, never an old one again. One that comes
    back, from the snapshot of a server that was started again or from a replica that took over, belongs to another run
    of the server, and that is part of the generation.

    Every read asks for the tokens. So what was written by a replica that had reached the server is seen by each read
    that begins anywhere afterwards, however fresh its copy in memory.

    While the server is away, generations are this process's own, and of one era: nothing that was kept before it went
    counts, nor what was kept meanwhile once it is back. Writes of that time are told to the server before it is used
    again. Until then the others may serve what they have: for as long as an answer is fresh (2 s by default), and
    longer only in the place of an upstream's failure.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._own = MemoryGenerations()
        self._here = os.urandom(16).hex()
        self._untold: set[str] = set()
        connection.before_return.append(self._tell)
        connection.on_beat.append(self._tell)

    async def of(self, call: Call) -> int:
        """In one round trip; in two where a token is missing."""
        keys = self._keys(call)
        try:
            tokens = await self._connection.ask("MGET", *keys)
            if None in tokens:
                tokens = await self._made(keys)
        except AwayError:
            return _number(self._here, self._connection.era, await self._own.of(call))
        return _number(self._connection.server, *tokens)

    async def bump(self, call: Call) -> None:
        """For everybody before it returns; where the server is away, for this process now, for the others later."""
        await self._own.bump(call)
        keys = {self._lists(call), *self._keys(call)}
        try:
            await self._connection.ask("DEL", *keys)
        except AwayError:
            self._untold |= keys

    async def _made(self, keys: list[str]) -> list[bytes | None]:
        """The tokens again, with new ones where there were none."""
        for key in keys:
            self._connection.tell("SET", key, os.urandom(16), "NX")
        tokens: list[bytes | None] = await self._connection.ask("MGET", *keys)
        return [os.urandom(16) if token is None else token for token in tokens]

    async def _tell(self, pipe: Pipe) -> None:
        while self._untold:
            keys = set(self._untold)
            await pipe.ask("DEL", *keys)
            self._untold -= keys

    def _keys(self, call: Call) -> list[str]:
        if not call.organizations:
            return [self._lists(call)]
        stripes = {zlib.crc32(each.encode()) % STRIPES for each in call.organizations}
        return [self._connection.key("generation", str(stripe)) for stripe in sorted(stripes)]

    def _lists(self, call: Call) -> str:
        return self._connection.key("generation", call.upstream.word)


def _number(*parts: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()) >> 1
