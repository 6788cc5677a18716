"""What the gateway has in common with other replicas of itself, and what it keeps for itself, by its settings."""

from typing import TYPE_CHECKING, Final

from gateway.execution.responses import Responses
from gateway.settings import Settings
from gateway.wire.generations import MemoryGenerations
from gateway.wire.sharing import Sharing

if TYPE_CHECKING:  # most gateways are alone, and do without
    from limits.aio.storage import Storage

    from gateway.shared.assembly import Shared


RESPONSES_SHARE: Final = 8
"""Whole responses take at most this part of what the answers of upstreams may take; beside them."""


def shared_by(settings: Settings) -> "Shared | None":
    """What `cache.url` leads to; None where it is not set."""
    address = settings.cache.address
    if address is None:
        return None
    from gateway.shared.assembly import Shared  # noqa: PLC0415  as above

    return Shared(address, [settings.upstreams.named(name).url for name in settings.configured_upstreams])


def sharing_of(settings: Settings, shared: "Shared | None") -> Sharing:
    """The caches of answers."""
    figures = settings.cache
    keep_seconds = max(figures.fresh_seconds, figures.stale_if_error_seconds, *figures.operations.values(), 0.0)
    return Sharing(
        fresh_seconds=figures.fresh_seconds,
        operations=figures.operations,
        stale_seconds=figures.stale_if_error_seconds,
        most=figures.max_entries,
        most_bytes=figures.max_bytes,
        marks=shared.marks if shared else None,
        over_memory=shared.entries(keep_seconds) if shared else None,
        generations=shared.generations if shared else None,
    )


def responses_of(settings: Settings, sharing: Sharing) -> Responses:
    """Whole responses that serve again; none where other replicas may write what they tell of."""
    figures = settings.cache
    keeps = figures.fresh_seconds > 0 or any(figures.operations.values())
    return Responses(
        sharing.generations if isinstance(sharing.generations, MemoryGenerations) else None,
        most_bytes=figures.max_bytes // RESPONSES_SHARE if keeps else 0,
    )


def counters_of(shared: "Shared | None") -> "Storage | None":
    """The counts of what callers were charged; None where each process counts for itself."""
    if shared is None:
        return None
    from gateway.callers.counters import Counters  # noqa: PLC0415  as above

    return shared.counters(Counters())
