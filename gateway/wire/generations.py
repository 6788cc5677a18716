"""How often what a read tells has been written to: an answer of an older generation is no longer good."""

from collections.abc import Iterable
from typing import Final, Protocol

from gateway.wire.call import Call
from resolvers.identity import Upstream

STRIPES: Final = 4096


class Told(Protocol):
    """A call, as far as generations go by it; see `gateway.wire.call.Call`."""

    @property
    def upstream(self) -> Upstream:
        """Which one."""

    @property
    def organizations(self) -> tuple[str, ...]:
        """What it reads or changes."""


class Generations(Protocol):
    """The generations of organizations, and of each upstream's lists of them.

    A write counts twice: before it is sent and after it has ended. A read that began before its end is of an older
    generation than one that begins afterwards.
    """

    async def of(self, call: Call) -> int:
        """The generation of what a read tells. It never comes back once it has changed."""

    async def bump(self, call: Call) -> None:
        """Counts a write: for the organizations that it changes, and for the lists of its upstream."""


class MemoryGenerations:
    """In this process.

    Organizations share a fixed number of counters, so that none is ever forgotten: two that meet in one counter have
    each other's answers read anew, and that is all.

    Attributes:
        writes: How many writes have begun or ended, of whatever.
    """

    def __init__(self) -> None:
        self.writes = 0
        self._organizations = [0] * STRIPES
        self._lists = dict.fromkeys(Upstream, 0)

    async def of(self, call: Call) -> int:
        """As `now`."""
        return self.now(call)

    def now(self, call: Told) -> int:
        """Where it tells of several organizations, their sum: it grows with each."""
        organizations = call.organizations
        if len(organizations) == 1:
            return self._organizations[hash(organizations[0]) % STRIPES]
        if not organizations:
            return self._lists[call.upstream]
        return sum(self._organizations[hash(each) % STRIPES] for each in organizations)

    def of_all(self, calls: Iterable[Told]) -> int:
        """The sum of theirs: it grows with each."""
        return sum(map(self.now, calls))

    async def bump(self, call: Call) -> None:
        """As `bump_now`."""
        self.bump_now(call)

    def bump_now(self, call: Call) -> None:
        """At once."""
        self.writes += 1
        self._lists[call.upstream] += 1
        for organization in call.organizations:
            self._organizations[hash(organization) % STRIPES] += 1
