"""What the caches of all upstreams have in common."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from gateway.wire.cache import Cache
from gateway.wire.call import Step
from gateway.wire.collapsing import Collapsing
from gateway.wire.entries import Entries, MemoryEntries
from gateway.wire.generations import Generations, MemoryGenerations
from gateway.wire.marks import Marks
from gateway.wire.peek import PeekedEntries, PeekedGenerations
from resolvers.identity import Upstream


class Sharing:
    """Makes the caches; what they keep, and the bounds of it, is theirs together.

    Args:
        fresh_seconds: How long an answer serves without a call; 0 keeps nothing, and shares only what is in flight.
        operations: The same for single operations, by upstream and name: `losant.org.get`.
        stale_seconds: How old an answer may be that serves while its upstream fails.
        most: Answers that are kept.
        most_bytes: Of all that are kept.
        clock: Seconds.
        marks: Of credentials.
        over_memory: Puts another level below what this process keeps.
        generations: In the place of this process's own.

    Attributes:
        entries: What this process keeps.
        generations: What was written to.
        collapsing: What is in flight.
    """

    def __init__(  # noqa: PLR0913  each figure is a setting
        self,
        *,
        fresh_seconds: float,
        operations: Mapping[str, float] = MappingProxyType({}),
        stale_seconds: float,
        most: int,
        most_bytes: int,
        clock: Callable[[], float] = time.monotonic,
        marks: Marks | None = None,
        over_memory: Callable[[MemoryEntries], Entries] | None = None,
        generations: Generations | None = None,
    ) -> None:
        self._fresh_seconds = fresh_seconds
        self._operations = operations
        self._stale_seconds = stale_seconds
        self._clock = clock
        self._most, self._most_bytes = most, most_bytes
        self._marks = marks or Marks()
        self.entries = MemoryEntries(most=most, most_bytes=most_bytes)
        self._levels: Entries = over_memory(self.entries) if over_memory else self.entries
        self.generations = generations or MemoryGenerations()
        self.collapsing = Collapsing()

    def over(self, below: Step, upstream: Upstream) -> Cache:
        """The cache of one upstream, above its other steps."""
        named = ((name.partition("."), seconds) for name, seconds in self._operations.items())
        return Cache(
            below,
            upstream,
            mark=self._marks.of,
            entries=self._levels,
            generations=self.generations,
            collapsing=self.collapsing,
            fresh_seconds=self._fresh_seconds,
            operations={operation: seconds for (word, _, operation), seconds in named if word == upstream.word},
            stale_seconds=self._stale_seconds,
            clock=self._clock,
        )

    def peeked(self) -> "Sharing":
        """The same as it is now; what is kept, written or in flight there changes nothing here."""
        return Sharing(
            fresh_seconds=self._fresh_seconds,
            operations=self._operations,
            stale_seconds=self._stale_seconds,
            most=self._most,
            most_bytes=self._most_bytes,
            clock=self._clock,
            marks=self._marks,
            over_memory=lambda memory: PeekedEntries(memory, self._levels),
            generations=PeekedGenerations(self.generations),
        )

    async def close(self) -> None:
        """Ends what is in flight."""
        await self.collapsing.close()
