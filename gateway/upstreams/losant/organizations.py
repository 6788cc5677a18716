"""Losant's organizations: members, limits and counts come with them."""

from collections.abc import AsyncIterator, Awaitable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Final

from gateway.upstreams.batching import BatchLoader
from gateway.upstreams.loading import at_once
from gateway.upstreams.losant.asking import PER_PAGE, LosantCalls
from gateway.upstreams.losant.shapes import COUNTS, ORGANIZATION, PAGE, WITH_MEMBERS, OrganizationShape
from gateway.upstreams.once import once
from gateway.upstreams.reading import part
from resolvers.errors import Failure
from resolvers.gathering import Given
from resolvers.identity import Link, Upstream
from resolvers.members import Member, ReadsMembers
from resolvers.merging import Part
from resolvers.plans import Plan, ReadsPlan
from resolvers.profiles import ListsOrganizations, Profile, ReadsOrganizations
from resolvers.resource_counts import CountsResources

MOST_PAGES: Final = 1000
"""Of the list of organizations; whatever the upstream says its length is."""

_Wanted = tuple[str, str | None]
"""An organization's id, and a member of its summary or None."""


class LosantOrganizations(
    LosantCalls, ReadsOrganizations, ListsOrganizations, ReadsMembers, ReadsPlan, CountsResources
):
    """Organizations and what comes with them."""

    facts = frozenset({"name", "description", "created_at", "updated_at"})
    _wants_members = False

    async def greet(self) -> str:
        """The size of the list, which also tells when the list is the cheaper way to several organizations."""
        page = await self.get(PAGE, "orgs.get", ("orgs",), (("page", "0"), ("perPage", "1")), fresh=True)
        self._line.sizes.see(self.credential(), page.total_count)
        return f"The token sees {page.total_count} organizations."

    async def profile(self, native_id: str) -> Profile:
        """From the organization."""
        return (await self._organizations.load((native_id, None))).profile()

    async def profiles_of(self, native_ids: Sequence[str]) -> list[Profile | Failure]:
        """From the organizations."""
        shapes = await self._organizations.load_all([(each, None) for each in native_ids])
        return [shape if isinstance(shape, Failure) else shape.profile() for shape in shapes]

    def members(self, native_id: str) -> Coroutine[Any, Any, Part[Member]]:
        """They come with the organization."""
        self._wants_members = True
        return self._members(native_id, self._organizations.load((native_id, None)))

    async def _members(self, native_id: str, loading: Awaitable[OrganizationShape]) -> Part[Member]:
        shape = await loading
        return shape.member_list(Link(Upstream.LOSANT, native_id))  # type: ignore[return-value]  # registered as such

    async def plan(self, native_id: str) -> Plan:
        """It comes with the organization."""
        return (await self._organizations.load((native_id, None))).plan()

    async def resource_count(self, native_id: str, name: str) -> int | None:
        """From the summary, of which only what is wanted is asked for."""
        member, _ = COUNTS[name]
        return (await self._organizations.load((native_id, member))).count(name)

    @once
    def _organizations(self) -> BatchLoader[_Wanted, OrganizationShape]:
        return BatchLoader(self._read_organizations, self._read_alone)

    @once
    def _known(self) -> dict[str, OrganizationShape]:
        return {}

    async def _read_organizations(self, keys: list[_Wanted]) -> Mapping[_Wanted, OrganizationShape | Exception]:
        """One call per organization, or the list where that is fewer calls and at most twice the organizations."""
        counts: dict[str, set[str]] = {}
        for native_id, member in keys:
            wanted = counts.setdefault(native_id, set())
            if member:
                wanted.add(member)
        known = self._known
        missing = [each for each in counts if each not in known or not self._has(each, counts[each])]
        found: dict[str, OrganizationShape | Exception] = {}
        total = self._line.sizes.seen(self.credential())
        if total is not None and total <= 2 * len(missing) and -(-total // PER_PAGE) < len(missing):
            async for page in self._pages(set().union(*counts.values()), len(missing)):
                found.update({shape.id: shape for shape in page.items})
            missing = [native_id for native_id in missing if native_id not in found]

        def read(native_id: str) -> Given[OrganizationShape]:
            return self._read_organization(native_id, counts[native_id])

        alone = await at_once(read, missing)
        found.update(alone)
        known.update({each: shape for each, shape in found.items() if not isinstance(shape, Exception)})
        return {key: found.get(key[0]) or known[key[0]] for key in keys}

    def _read_alone(self, key: _Wanted) -> Given[OrganizationShape]:
        """One call, unless the organization is known."""
        native_id, member = key
        if native_id in self._known:
            return self._read_again(key)
        return self._read_organization(native_id, (member,) if member else ())

    async def _read_again(self, key: _Wanted) -> OrganizationShape:
        shape = (await self._read_organizations([key]))[key]
        if isinstance(shape, Exception):
            raise shape
        return shape

    def _read_organization(self, native_id: str, members: Collection[str]) -> Given[OrganizationShape]:
        shape = WITH_MEMBERS if self._wants_members else ORGANIZATION
        return self.get(
            shape, "org.get", ("orgs", native_id), _summary(members), native_id=native_id, known=self._known
        )

    def _has(self, native_id: str, members: set[str]) -> bool:
        if not members:
            return True
        summary = self._known[native_id].told_summary()
        return isinstance(summary, dict) and members <= summary.keys()

    @staticmethod
    def place(native_id: str) -> tuple[int, str]:
        """By id, as the list is sorted."""
        return 0, native_id

    async def listing(self) -> AsyncIterator[list[Profile]]:
        """Page by page."""
        failures: list[Failure] = []
        async for page in self._pages(()):
            for shape in page.items:
                self._known.setdefault(shape.id, shape)
                self._organizations.prime((shape.id, None), shape)
            yield [shape.profile() for shape in page.items]
            failures += page.failures
        if failures:
            raise failures[0]

    async def _pages(self, members: Collection[str], batch: int = 1) -> AsyncIterator[Part[OrganizationShape]]:
        number = 0
        while number < MOST_PAGES:
            query = (
                ("sortField", "id"),
                ("sortDirection", "asc"),
                ("page", str(number)),
                ("perPage", str(PER_PAGE)),
                *_summary(members),
            )
            page = await self.get(PAGE, "orgs.get", ("orgs",), query, batch=batch)
            self._line.sizes.see(self.credential(), page.total_count)
            yield part(page.items, self.listed)
            number += 1
            if not page.items or number * PER_PAGE >= page.total_count:
                return


def _summary(members: Collection[str]) -> tuple[tuple[str, str], ...]:
    return (("summaryInclude", ",".join(sorted(members))),) if members else ()
