"""What the page for operators shows, read from the parts of the gateway."""

import time
from collections.abc import Callable, Mapping
from typing import Any, cast

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
from gateway.wire.trail import Source
from resolvers.identity import Upstream
from resolvers.upstreams import UpstreamState

_NAMES = {source: source.name for source in Source}


class Overview:
    """Observes operations, and tells how the gateway does.

    Args:
        settings: The gateway's.
        chains: Of each upstream, in the order in which they are shown.
        entries: What is kept of answers.
        running: How many operations are in flight.

    Attributes:
        recent: The last operations.
        draining: The gateway ends, and takes no more requests.
    """

    def __init__(
        self,
        settings: Settings,
        chains: Mapping[Upstream, Chain],
        entries: MemoryEntries,
        running: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._chains = chains
        self._entries = entries
        self._running = running
        self._started, self._began = time.time(), time.monotonic()
        self.recent = RecentOperations[OperationRecord](_trace)
        self.draining = False

    def observe(self, record: OperationRecord) -> None:
        """Takes note of an operation that has ended."""
        calls = record.calls
        if not calls:
            self.recent.note(record)
            return
        sources = [_NAMES[each.trail.source] for each in calls]
        if len(calls) > MOST_CALLS:
            record = msgspec.structs.replace(record, calls=calls[:MOST_CALLS])
        self.recent.note(record, sources)

    def status(self) -> Status:
        """How everything does now."""
        kept = self._settings.cache
        return Status(
            gateway=GatewayStatus(
                version=__version__,
                profile=self._settings.profile,
                started=self._started,
                uptimeSeconds=round(time.monotonic() - self._began, 1),
                operationsInFlight=self._running(),
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
