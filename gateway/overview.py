"""What the page for operators shows, read from the parts of the gateway."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Protocol, cast

import msgspec

from gateway import __version__
from gateway.door.status import RecentOperations
from gateway.door.status.recent import MOST_CALLS
from gateway.door.status.shape import BreakerStatus, CacheStatus, GatewayStatus, RateStatus, Status, UpstreamStatus
from gateway.settings import Settings, UpstreamName
from gateway.telemetry.record import OperationRecord
from gateway.wire.chain import Chain
from gateway.wire.entries import MemoryEntries
from gateway.wire.trace import traced
from resolvers.identity import Upstream
from resolvers.upstreams import UpstreamState

_calls_of = attrgetter("calls")
_source_of = attrgetter("trail.source")


class Running(Protocol):
    """The operations that run."""

    @property
    def running(self) -> int:
        """How many."""

    def settle(self) -> None:
        """Has `Overview.reckon` told of all that have ended."""


class Overview:
    """Observes operations, and tells how the gateway does.

    Args:
        settings: The gateway's.
        chains: Of each upstream, in the order in which they are shown.
        entries: What is kept of answers.
        telemetry: Knows of all operations; asked for when it is there.

    Attributes:
        recent: The last operations.
        draining: The gateway ends, and takes no more requests.
    """

    def __init__(
        self,
        settings: Settings,
        chains: Mapping[Upstream, Chain],
        entries: MemoryEntries,
        telemetry: Callable[[], Running],
    ) -> None:
        self._settings = settings
        self._chains = chains
        self._entries = entries
        self._telemetry = telemetry
        self._started, self._began = time.time(), time.monotonic()
        self.recent = RecentOperations[OperationRecord](_trace, lambda: telemetry().settle())
        self.draining = False

    def reckon(self, records: Sequence[OperationRecord]) -> None:
        """Takes note of operations that have ended."""
        calls = [*map(_calls_of, records)]
        sources = Counter(map(_source_of, chain.from_iterable(calls)))
        numbers = [*map(len, calls)]
        if max(numbers) > MOST_CALLS:
            records = [msgspec.structs.replace(each, calls=each.calls[:MOST_CALLS]) for each in records]
        self.recent.note(records, numbers, {source.name: count for source, count in sources.items()})

    def status(self) -> Status:
        """How everything does now."""
        kept = self._settings.cache
        return Status(
            gateway=GatewayStatus(
                version=__version__,
                profile=self._settings.profile,
                started=self._started,
                uptimeSeconds=round(time.monotonic() - self._began, 1),
                operationsInFlight=self._telemetry().running,
                draining=self.draining,
            ),
            upstreams=[self._upstream(upstream, chain) for upstream, chain in self._chains.items()],
            cache=CacheStatus(
                entries=len(self._entries),
                bytes=self._entries.bytes,
                mostEntries=kept.max_entries,
                mostBytes=kept.max_bytes,
            ),
        )

    def _upstream(self, upstream: Upstream, chain: Chain) -> UpstreamStatus:
        settings = self._settings.upstreams.named(cast("UpstreamName", upstream.word))
        state = chain.pulse.state if settings.configured else UpstreamState.NOT_CONFIGURED
        calls, failures = chain.breaker.counts
        limit, kept = settings.rate_limit, chain.rate
        return UpstreamStatus(
            upstream=upstream.title,
            state=state.name,
            reason=chain.pulse.reason if settings.configured else "The gateway has no credential for it.",
            breaker=BreakerStatus(
                state=chain.breaker.state.name,
                secondsLeft=round(chain.breaker.seconds_left, 1),
                calls=calls,
                failures=failures,
            ),
            throttledCredentials=chain.throttle.held,
            inFlight=chain.bulkhead.running,
            waiting=chain.bulkhead.waiting,
            rate=RateStatus(used=kept.used, most=limit.calls, seconds=limit.seconds) if limit and kept else None,
        )


def _trace(record: OperationRecord) -> dict[str, Any]:
    return traced(record.calls, record.began, record.began + record.seconds)
