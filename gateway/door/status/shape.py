"""What `/status.json` says. A part that the gateway does not have is null; times are in the unit that the name ends in.

`Status` is what the composition root tells; the answer has four members beside it, which `RecentOperations` tells:
`calls` (by source, since the start), `operations` (the last ones, newest first), `slowest` (slowest first), and `at`
(when this was, in seconds since 1970).
"""

from typing import TypedDict


class GatewayStatus(TypedDict):
    """The process.

    `started` is in seconds since 1970.
    """

    version: str
    profile: str
    started: float
    uptimeSeconds: float
    operationsInFlight: int
    draining: bool


class BreakerStatus(TypedDict):
    """The breaker of one upstream: `CLOSED`, `OPEN` or `PROBING`; `calls` and `failures` are those of its window."""

    state: str
    secondsLeft: float
    calls: int
    failures: int


class RateStatus(TypedDict):
    """The gateway's own limit: at most `most` calls in `seconds`; `used` of them, by the credential that used most."""

    used: int | None
    most: int
    seconds: float


class UpstreamStatus(TypedDict):
    """One upstream, as far as the gateway's own calls tell: `UP`, `DEGRADED`, `DOWN` or `NOT_CONFIGURED`."""

    upstream: str
    state: str
    reason: str | None
    breaker: BreakerStatus | None
    throttledCredentials: int | None
    inFlight: int | None
    waiting: int | None
    rate: RateStatus | None


class CacheStatus(TypedDict):
    """What is kept of answers."""

    entries: int
    bytes: int
    mostEntries: int
    mostBytes: int


class Status(TypedDict):
    """The gateway and its parts; `upstreams` in the order in which they are shown."""

    gateway: GatewayStatus
    upstreams: list[UpstreamStatus]
    cache: CacheStatus | None


class RecentOperation(TypedDict):
    """One operation that has ended.

    `id` leads to its trace; `at` is when it ended, in seconds since 1970; `name` is null where it has none; `calls` is
    how many upstream calls it made.
    """

    id: str
    at: float
    requestId: str
    kind: str
    name: str | None
    caller: str
    verdict: str
    codes: dict[str, int]
    durationMs: float
    estimatedCost: float
    actualCost: float
    calls: int
