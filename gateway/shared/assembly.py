"""Everything that replicas share, put together."""

import hashlib
from collections.abc import Callable, Iterable
from functools import partial

from limits.aio.storage import Storage

from gateway.documents.automatic import AutomaticStore
from gateway.ledger.store import LedgerStore
from gateway.settings import CacheAddress, Rate, UpstreamFigures
from gateway.shared.breakers import BreakerHints
from gateway.shared.budgets import SharedCounters
from gateway.shared.connection import Connection
from gateway.shared.documents import SharedTexts
from gateway.shared.entries import SharedEntries
from gateway.shared.generations import SharedGenerations
from gateway.shared.ledger import Life, SharedPages
from gateway.shared.rates import SharedRate
from gateway.wire.breaker import Breaker
from gateway.wire.call import Step
from gateway.wire.entries import Entries, MemoryEntries
from gateway.wire.marks import Marks


class Shared:
    """Makes the shared parts of one gateway; each goes on by itself while the server is away.

    The marks of credentials, which name kept answers and rates, must be the same on all replicas. Their key is made of
    the server's password, which all replicas have and which does not stand in the server itself: what is kept there
    (or in a copy of it) can be used neither to tell a credential, nor to try guesses at one. Where the server has no
    password, whoever reaches it reads the answers anyway. The upstreams' addresses are part of the key, so that two
    installations that share a server by mistake do not share answers.

    Args:
        address: Of the server.
        upstreams: Their addresses.

    Attributes:
        connection: To the server.
        marks: Of credentials.
        generations: In the place of the process's own.
    """

    def __init__(self, address: CacheAddress, upstreams: Iterable[str]) -> None:
        self.connection = Connection(address)
        material = "\0".join([address.password or "", *sorted(upstreams)]).encode()
        self.marks = Marks(hashlib.blake2b(material, digest_size=32, person=b"gateway marks").digest())
        self.generations = SharedGenerations(self.connection)
        self._life = Life(self.connection)
        self._hints = BreakerHints(self.connection)

    def entries(self, keep_seconds: float) -> Callable[[MemoryEntries], Entries]:
        """Puts the server below a process's own entries."""
        return lambda memory: SharedEntries(self.connection, memory, keep_seconds=keep_seconds)

    def texts(self, memory: AutomaticStore) -> AutomaticStore:
        """Puts the server below a process's own automatic persisted queries."""
        return SharedTexts(self.connection, memory)

    def counters(self, own: Storage) -> Storage:
        """Puts the server in the place of a process's own counts."""
        return SharedCounters(self.connection, own)

    def pages(self, store: LedgerStore) -> SharedPages:
        """The ledger of all, beside a process's own."""
        return SharedPages(self.connection, store, self._life.name)

    def rate(self, rate: Rate, figures: UpstreamFigures) -> Callable[[Step], Step]:
        """The step that keeps an upstream's rate for all."""
        return partial(
            SharedRate,
            connection=self.connection,
            marks=self.marks,
            calls=rate.calls,
            seconds=rate.seconds,
            longest=max(figures.read_deadline_seconds, figures.write_deadline_seconds),
        )

    def hint(self, word: str, breaker: Breaker, seconds: float) -> None:
        """Lets an upstream's breaker hear of those elsewhere."""
        self._hints.add(word, breaker, seconds)

    async def start(self) -> None:
        """Looks for the server; returns soon in any case."""
        await self.connection.start()

    async def told(self) -> str:
        """Where the server is, and how it does, in a sentence for the operator."""
        await self.start()
        line = self.connection
        if line.available:
            return f"The shared cache at {line.address} is there."
        why = line.reason or "it does not answer"
        return f"The shared cache at {line.address} is away, and the gateway goes on without it: {why}"

    async def close(self) -> None:
        """Lets go of it."""
        await self.connection.close()
