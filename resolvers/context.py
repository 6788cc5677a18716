"""What a resolver may ask of its surroundings."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import strawberry

from resolvers.capabilities import Serves
from resolvers.errors import Failure
from resolvers.identity import Link, OrganizationRef, Upstream

if TYPE_CHECKING:
    from resolvers.activities import Activity, ActivityFilter
    from resolvers.live import Seen
    from resolvers.rate_limits import RateLimit
    from resolvers.upstreams import UpstreamService
    from resolvers.viewer import Viewer
    from resolvers.writing import Input, Payload

C = TypeVar("C", bound=Serves)
P = TypeVar("P", bound="Payload")


class Context(ABC):
    """The surroundings of one operation; made anew for each.

    Attributes:
        adapters: Of every upstream the adapter, with this operation's loaders.
        able: Of every capability the upstreams that have it.
        page_limit: The longest list that one page may hold.
        now: The instant at which the operation began, to the minute; windows that end now end here.
        reported: Failures of parts of an answer, with the path where they belong.
        stale: Kept answers that stand in for an upstream's own: their age in seconds, by path and upstream.
        upstream_calls: How many calls the operation has made so far.
        last_event: Of a stream that was cut off, the id of the last event that its client has seen.
        alike: Equal for operations that the same answer serves if they ask the same; None where it is for this one
            alone.
        rate_limit: What stands of the caller's budget since the operation was charged; None where there is no budget.
    """

    adapters: Mapping[Upstream, Serves]
    able: Mapping[type[Serves], frozenset[Upstream]]
    page_limit: int
    now: dt.datetime
    reported: list[tuple[list[str | int], Failure]]
    stale: dict[tuple[tuple[str | int, ...], Upstream], float]
    alike: Hashable | None = None
    rate_limit: "RateLimit | None" = None
    last_event: str | None = None
    _served: tuple[OrganizationRef | None, type[Serves] | None, Sequence[tuple[Link, Any]]] = None, None, ()

    @property
    @abstractmethod
    def upstream_calls(self) -> int:
        """Attempts of one call, and answers that were at hand, are not counted."""

    @abstractmethod
    def abandon(self) -> None:
        """Ends what is being read: nobody waits for the answer any more."""

    @abstractmethod
    def sees(self, ref: OrganizationRef) -> bool:
        """Whether the caller may know of the organization."""

    @abstractmethod
    def sees_unlinked(self, upstream: Upstream) -> bool:
        """Whether the caller may know of any organization that no link names and that this upstream has."""

    @abstractmethod
    def allow(self, scope: str, *, everywhere: bool = False) -> None:
        """Lets the operation go on.

        Args:
            scope: What the caller must be granted, such as `members:write`.
            everywhere: For every organization, those that are yet to be made among them.

        Raises:
            Forbidden: The caller is not.
        """

    @abstractmethod
    def charge(self, cost: float) -> Awaitable[None] | None:
        """Takes the operation's cost from the caller's budget; once, before it is carried out.

        Returns:
            What is to be awaited; None where no budget is kept.

        Raises:
            RateLimited: Not enough is left. Nothing is taken.
        """

    @abstractmethod
    async def find(self, text: str) -> OrganizationRef:
        """The organization that a global id, a key or `upstream:nativeId` names, known to exist.

        Raises:
            BadUserInput: The native id has not the form that the upstream gives its ids.
            NotFound: There is none, or none that the caller may see.
            UpstreamFailure: No link names it, and its upstream failed to say whether it exists.
        """

    @abstractmethod
    async def find_all(self, texts: Sequence[str]) -> list[OrganizationRef | Failure]:
        """The same of several, in order; in the place of one that is not found, why. They are asked for together."""

    @abstractmethod
    def named(self, text: str) -> OrganizationRef:
        """The organization that `text` names in any of the three ways; whether it exists is not asked.

        Raises:
            BadUserInput: The native id has not the form that the upstream gives its ids.
            NotFound: There is none of this key, or none that the caller may see.
        """

    @abstractmethod
    def once(self, info: "Info", given: "Input", payload: type[P], act: Callable[[], Awaitable[P]]) -> Awaitable[P]:
        """Carries a write out, at most once per caller and idempotency key.

        A repetition is answered as the first call was; with other input, or while the first call still runs, with a
        `CONFLICT`. The write is not abandoned when its caller goes away.

        Args:
            info: The mutation's field.
            given: Its input.
            payload: The type of its payload.
            act: The write; its expected failures become user errors.
        """

    @abstractmethod
    def whole(self, link: Link) -> OrganizationRef:
        """The organization that `link` is a part of.

        Raises:
            BadUserInput: The native id has not the form that the upstream gives its ids.
        """

    @abstractmethod
    def linked(self) -> Sequence[OrganizationRef]:
        """The organizations that the settings name and the caller may see, in the settings' order."""

    @abstractmethod
    def order(self, upstream: Upstream) -> int:
        """The place of the upstream in the order of identity, from 0."""

    @abstractmethod
    def upstreams(self) -> "list[UpstreamService]":
        """Every upstream as the gateway sees it now."""

    @abstractmethod
    async def listen(
        self, ref: OrganizationRef, wanted: "ActivityFilter", after: "Seen | None"
    ) -> "AsyncIterator[Activity | Failure]":
        """What happens in the organization, as soon as its upstreams' logs tell; each activity once.

        A failure among them says that one of the logs cannot be read for now. One that is raised is the end.

        Args:
            ref: The organization; the caller may see it.
            wanted: Which activities.
            after: Begins with what happened since this one; None: with what happens from now on.

        Raises:
            Failure: None of the logs can be listened to.
        """

    @abstractmethod
    def viewer(self) -> "Viewer":
        """Whom the gateway takes the caller for."""

    def serving(
        self, ref: OrganizationRef, kind: type[C], upstreams: Sequence[Upstream] | None = None
    ) -> Sequence[tuple[Link, C]]:
        """The organization's links whose upstream has the capability `kind`, in the order of identity."""
        of, able_to, served = self._served  # the fields of one organization ask one after the other
        if of is not ref or able_to is not kind:
            able, adapters = self.able[kind], self.adapters
            found: list[tuple[Link, Any]] = []
            for link in ref.links:
                upstream = link.upstream
                if upstream in able:
                    found.append((link, adapters[upstream]))
            served = found
            self._served = ref, kind, served
        return served if upstreams is None else [each for each in served if each[0].upstream in upstreams]

    def report(self, info: "Info", failure: Failure) -> None:
        """Adds an error at the field that `info` speaks of, without making the field null."""
        self.reported.append((info.path.as_list(), failure))


Info = strawberry.Info[Context, Any]
