"""The ways to organizations: one, many by id, and the list of all that the caller may see."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import strawberry

from resolvers.connections import After, Before, Connection, First, Last, Paging, Place, cut, paging
from resolvers.context import Context, Info
from resolvers.costs import ONE_CALL, ONE_PER_ID, PAGED, calls
from resolvers.errors import Failure, ListTooLong, NotConfigured
from resolvers.identity import Link, Upstream
from resolvers.links import fact
from resolvers.organization import Organization, Upstreams
from resolvers.profiles import ListsOrganizations, Profile

OrganizationId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="A global id, a key (`acme`), or an upstream and its native id (`losant:575ed6e87ae143cd83dc4aa8`)."
    ),
]


@strawberry.type(
    description="A page of organizations: the linked ones in the configured order, then those that an upstream lists "
    "and no link names.",
    name="OrganizationConnection",
)
class OrganizationConnection(Connection[Organization]):
    """The list may hold more than was read; it is read to its end for `totalCount` only."""

    directory: strawberry.Private["Directory"]

    @strawberry.field(
        description="How many organizations the whole list has; null where a part of it is missing. Reads every list "
        "to its end.",
        directives=[calls(4)],
    )
    async def total_count(self) -> int | None:
        """None where an upstream failed."""
        await self.directory.read(None)
        return None if self.directory.failures else len(self.directory.organizations())


class Listed:
    """What one upstream lists, read as far as it is needed."""

    def __init__(self, context: Context, upstream: Upstream, adapter: ListsOrganizations) -> None:
        self._context = context
        self._upstream = upstream
        self._adapter = adapter
        self._parts: AsyncIterator[list[Profile]] = adapter.listing()
        self._reading = asyncio.Lock()
        self._ended = False
        self.found: list[tuple[Place, Organization, str]] = []
        self.failure: Failure | None = None

    async def read(self, after: Place | None, enough: int | None) -> None:
        """Reads on until `enough` organizations are known behind `after`, or to the end where it is None."""
        async with self._reading:
            while not self._ended:
                if enough is not None and sum(after is None or each[0] > after for each in self.found) >= enough:
                    return
                try:
                    self._add(await anext(self._parts))
                except StopAsyncIteration:
                    self._ended = True
                except NotConfigured:
                    self._ended = True
                except Failure as failure:
                    self.failure = failure
                    self._ended = True

    def _add(self, profiles: Sequence[Profile]) -> None:
        group = 1 + self._context.order(self._upstream)
        for profile in profiles:
            ref = self._context.whole(Link(self._upstream, profile.native_id))
            if not ref.linked and self._context.sees(ref):
                place = (group, *self._adapter.place(profile.native_id))
                name = profile.name if isinstance(profile.name, str) else ""
                self.found.append((place, Organization(ref=ref), name))


class Directory:
    """All organizations that the caller may see, in order."""

    def __init__(self, info: Info, upstreams: Sequence[Upstream] | None, name_contains: str | None) -> None:
        context = info.context
        self._info = info
        self._wanted = name_contains.casefold() if name_contains else None
        self._linked = [
            ((0, index, ref.key), Organization(ref=ref))
            for index, ref in enumerate(context.linked())
            if upstreams is None or any(link.upstream in upstreams for link in ref.links)
        ]
        self._lists = [
            Listed(context, upstream, adapter)
            for upstream in sorted(Upstream, key=context.order)
            if upstreams is None or upstream in upstreams
            if context.sees_unlinked(upstream)
            if isinstance(adapter := context.adapters[upstream], ListsOrganizations)
        ]
        self._unnamed: list[Failure] = []

    async def read(self, asked: Paging | None) -> None:
        """Reads what the page needs; everything where `asked` is None, backward, or filtered by name."""
        if self._wanted is not None and not self._unnamed:
            await self._keep_named()
        if asked is None or asked.backward or self._wanted is not None:
            await asyncio.gather(*(each.read(None, None) for each in self._lists))
            return
        after = asked.after
        missing = asked.size + 1 - sum(after is None or place > after for place, _ in self._linked)
        if missing > 0:
            await asyncio.gather(*(each.read(after, missing) for each in self._lists))

    async def _keep_named(self) -> None:
        names = await asyncio.gather(
            *(fact(self._info, organization.ref, "name") for _, organization in self._linked), return_exceptions=True
        )
        for name in names:
            if isinstance(name, Failure):
                self._unnamed.append(name)
            elif isinstance(name, BaseException):
                raise name
        self._linked = [
            each for each, name in zip(self._linked, names, strict=True) if isinstance(name, str) and self._named(name)
        ]

    def _named(self, name: str) -> bool:
        return self._wanted is None or self._wanted in name.casefold()

    def organizations(self) -> list[tuple[Place, Organization]]:
        """What was read, in order."""
        listed = [(place, each) for source in self._lists for place, each, name in source.found if self._named(name)]
        return self._linked + listed

    @property
    def failures(self) -> list[Failure]:
        """Why parts are missing."""
        return self._unnamed + [each.failure for each in self._lists if each.failure]


@strawberry.type
class OrganizationQueries:
    """The root fields that lead to organizations."""

    @strawberry.field(
        description="One organization; null and `NOT_FOUND` where there is none, or none that the caller may see.",
        directives=[ONE_CALL],
    )
    async def organization(self, info: Info, id: OrganizationId) -> Organization | None:
        """No upstream call where a link names it; one where none does."""
        return Organization(ref=await info.context.find(str(id)))

    @strawberry.field(
        description="Every organization that the caller may see: the linked ones, then those that an upstream lists "
        "and no link names.",
        directives=[calls(4), PAGED],
    )
    async def organizations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        upstreams: Upstreams = None,
        name_contains: Annotated[
            str | None, strawberry.argument(description="Only organizations whose name holds this text, in any case.")
        ] = None,
    ) -> OrganizationConnection | None:
        """One call per upstream and part of its list, as far as the page needs."""
        asked = paging(info.context, first, after, last, before)
        directory = Directory(info, upstreams, name_contains)
        await directory.read(asked)
        failures = directory.failures
        for failure in failures:
            info.context.report(info, failure)
        found = directory.organizations()
        places = {id(organization): place for place, organization in found}
        page = cut([organization for _, organization in found], lambda each: places[id(each)], asked)
        return OrganizationConnection(page=page, failures=failures, total=None, directory=directory)

    @strawberry.field(
        description="The organizations of the same length and in the same order as `ids`; null and an error at the "
        "index of each one that is missing. For joining this graph to others.",
        directives=[ONE_PER_ID],
    )
    async def organizations_by_ids(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(
                description="Global ids, keys, or upstreams and native ids, in any mixture.", directives=[ONE_CALL]
            ),
        ],
    ) -> list[Organization | None]:
        """Ids of one upstream are asked for together."""
        return await find_all(info.context, [str(each) for each in ids])


async def find_all(context: Context, ids: Sequence[str]) -> list[Organization | None]:
    """An organization, or the failure to find it, for each id."""
    if len(ids) > context.page_limit:
        raise ListTooLong(f"`ids` may hold at most {context.page_limit} ids, not {len(ids)}.")
    found = await context.find_all(ids)
    # an exception as an item is the error at its index
    return [each if isinstance(each, Failure) else Organization(ref=each) for each in found]  # type: ignore[misc]  # GraphQL takes an exception for an item
