"""The surroundings of one operation: adapters with their loaders, links, and who is asking."""

import datetime as dt
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from gateway.adapters import BY_UPSTREAM, Adapters
from gateway.callers.asker import Asker
from gateway.callers.budgets import Budgets
from gateway.ledger.journal import Journal, Ledger
from gateway.links import Links
from gateway.live.feed import Caller, Feed
from gateway.reach import Reach
from gateway.wire.errand import Errands
from resolvers.activities import Activity, ActivityFilter
from resolvers.capabilities import Serves, capabilities
from resolvers.context import Context, Info, P
from resolvers.errors import BadUserInput, Failure, Forbidden, NotFound, Unsupported
from resolvers.gathering import gathered
from resolvers.identity import Link, OrganizationRef, Upstream, decode, is_key
from resolvers.links import told
from resolvers.live import Seen
from resolvers.profiles import ReadsOrganizations
from resolvers.upstreams import UpstreamService, UpstreamState
from resolvers.viewer import Viewer
from resolvers.writing import Input

NO_ORGANIZATION: Final = "No organization has this id."


class Minutes:
    """Tells the time to the minute; the same object for all of a minute."""

    def __init__(self) -> None:
        self._from = self._until = 0.0
        self._now = dt.datetime.fromtimestamp(0, dt.UTC)

    def now(self) -> dt.datetime:
        """It."""
        seconds = time.time()
        if not self._from <= seconds < self._until:
            self._from = seconds // 60 * 60
            self._until = self._from + 60
            self._now = dt.datetime.fromtimestamp(self._from, dt.UTC)
        return self._now


class Able(dict[type[Serves], frozenset[Upstream]]):
    """Of capabilities the upstreams that have them, by the adapters' classes."""

    def __missing__(self, kind: type[Serves]) -> frozenset[Upstream]:
        able = self[kind] = frozenset(each for each, adapter in BY_UPSTREAM.items() if issubclass(adapter, kind))
        return able


@dataclass(frozen=True, slots=True)
class Parts:
    """What the surroundings of all operations have in common.

    Attributes:
        page_limit: The longest list that one page may hold.
        links: Made from the settings.
        reach: To every upstream.
        ledger: Of writes.
        budgets: Of all callers.
        minutes: Tells the time.
        feed: Tells what happens; None where nobody can listen.
    """

    page_limit: int
    links: Links
    reach: Reach
    ledger: Ledger
    budgets: Budgets
    minutes: Minutes
    feed: Feed | None


class Surroundings(Context):
    """What the resolvers of one operation may ask.

    Args:
        parts: The gateway's.
        asker: Who is asking.
        errands: The operation's calls.
    """

    adapters: Adapters
    able = Able()

    def __init__(self, parts: Parts, asker: Asker, errands: Errands) -> None:
        self._parts = parts
        self._principal = principal = asker.principal
        self._errands = errands
        self._journal = journal = Journal(parts.ledger, asker.id, asker.key)
        self.adapters = Adapters(parts.reach, errands, journal, asker.credentials)
        self.page_limit = parts.page_limit
        self.last_event = asker.last_event
        self.now = now = parts.minutes.now()
        if parts.feed is not None and errands.until is None:  # else it is planned only, or has a time of its own
            self.alike = asker.id, principal.organizations, principal.scopes, now
        self.reported: list[tuple[list[str | int], Failure]] = []
        self.stale: dict[tuple[tuple[str | int, ...], Upstream], float] = {}

    @property
    def upstream_calls(self) -> int:
        """By its errands."""
        return self._errands.upstream_calls()

    def abandon(self) -> None:
        """By its errands."""
        self._errands.abandon()

    async def find(self, text: str) -> OrganizationRef:
        """Looked up where no link names it."""
        ref = self.named(text)
        if not ref.linked:
            for link, adapter in self.serving(ref, ReadsOrganizations):  # type: ignore[type-abstract]  # none is made
                await told(self, adapter, link.native_id)
        return ref

    async def find_all(self, texts: Sequence[str]) -> list[OrganizationRef | Failure]:
        """Those that no link names are looked up; such as stand together in one upstream in one go."""
        found = [self._named_or_failure(text) for text in texts]
        asked = [ref for ref in found if not isinstance(ref, Failure) and not ref.linked]
        runs = groupby([link for ref in asked for link in ref.links], attrgetter("upstream"))
        able = self.able[ReadsOrganizations]
        told = await gathered([self._told([*run]) for upstream, run in runs if upstream in able])
        missing = {link: failure for each in told for link, failure in each}
        if not missing:
            return found
        return [ref if isinstance(ref, Failure) else missing.get(ref.links[0], ref) for ref in found]

    async def _told(self, links: Sequence[Link]) -> list[tuple[Link, Failure]]:
        """Has the profiles told of what is linked to one upstream; those of which it tells none, and why."""
        adapter: Any = self.adapters[links[0].upstream]
        profiles = await adapter.profiles_of([link.native_id for link in links])
        if not self.stale:
            adapter.profiles.update({each.native_id: each for each in profiles if not isinstance(each, Failure)})
        told = zip(links, profiles, strict=True)
        return [(link, profile) for link, profile in told if isinstance(profile, Failure)]

    def _named_or_failure(self, text: str) -> OrganizationRef | Failure:
        try:
            return self.named(text)
        except Failure as failure:
            return failure.with_traceback(None)

    def once(self, info: Info, given: Input, payload: type[P], act: Callable[[], Awaitable[P]]) -> Awaitable[P]:
        """By the ledger."""
        path = ".".join(map(str, info.path.as_list())) if self._journal.header else ""
        return self._journal.once(info.field_name, path, given, payload, act)

    def named(self, text: str) -> OrganizationRef:
        """By key, by `upstream:nativeId`, by global id."""
        ref = self._parts.links.named(text)
        if ref is None:
            raise self._unknown(text)
        if not self._principal.sees(ref.key):
            raise NotFound(NO_ORGANIZATION)
        return ref

    def sees(self, ref: OrganizationRef) -> bool:
        """By the principal's organizations."""
        return self._principal.sees(ref.key)

    def sees_unlinked(self, upstream: Upstream) -> bool:
        """By the same: their keys begin with the upstream's word."""
        known = self._principal.organizations
        return known is None or any(key.startswith(f"{upstream.word}:") for key in known)

    def allow(self, scope: str, *, everywhere: bool = False) -> None:
        """By the principal's scopes."""
        if scope not in self._principal.scopes:
            raise Forbidden(f"The credential lacks the scope {scope}.")
        if everywhere and self._principal.organizations is not None:
            raise Forbidden("The credential is granted for certain organizations only.")

    def charge(self, cost: float) -> Awaitable[None] | None:
        """By the principal's budget."""
        return self._charged(cost) if self._parts.budgets.kept else None

    async def _charged(self, cost: float) -> None:
        self.rate_limit = await self._parts.budgets.charge(self._principal, cost)

    @staticmethod
    def _unknown(text: str) -> Failure:
        if is_key(text) or decode(text):
            return NotFound(NO_ORGANIZATION)
        return BadUserInput(
            "An organization is named by its global id, its key, or an upstream and a native id such as losant:575ed6…."
        )

    def whole(self, link: Link) -> OrganizationRef:
        """The organization that the part belongs to; the native id in its canonical form."""
        return self._parts.links.whole(link)

    def linked(self) -> Sequence[OrganizationRef]:
        """All that the settings name and the caller may see."""
        return [ref for ref in self._parts.links.organizations if self.sees(ref)]

    def order(self, upstream: Upstream) -> int:
        """By the settings."""
        return self._parts.links.order(upstream)

    def upstreams(self) -> list[UpstreamService]:
        """All four, in the order of identity."""
        self.alike = None
        return [self._service(upstream) for upstream in sorted(Upstream, key=self.order)]

    def _service(self, upstream: Upstream) -> UpstreamService:
        pulse = self._parts.reach.chains[upstream].pulse
        configured = self._parts.reach.lines[upstream].settings.configured
        return UpstreamService(
            upstream=upstream,
            configured=configured,
            state=pulse.state if configured else UpstreamState.NOT_CONFIGURED,
            capabilities=capabilities(BY_UPSTREAM[upstream]),
            reason=pulse.reason if configured else "The gateway has no credential for it.",
        )

    async def listen(
        self, ref: OrganizationRef, wanted: ActivityFilter, after: Seen | None
    ) -> AsyncIterator[Activity | Failure]:
        """By the feed of the whole process."""
        if self._parts.feed is None:
            raise Unsupported("A subscription is not planned: nothing is listened to.")
        caller = Caller(self, self._parts.reach.lines.__getitem__, self.adapters.over, self._principal.until)
        return await self._parts.feed.listen(caller, ref, wanted, after)

    def viewer(self) -> Viewer:
        """The principal."""
        self.alike = None
        return self._principal.viewer(self.rate_limit)
