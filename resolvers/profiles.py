"""Profiles: what each upstream says of an organization itself."""

import datetime as dt
from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import ClassVar, Literal

import msgspec

from resolvers.capabilities import Capability, Serves
from resolvers.errors import Failure
from resolvers.gathering import gathered

Fact = Literal["name", "slug", "description", "logo_url", "created_at", "updated_at"]


class Profile(msgspec.Struct, kw_only=True):
    """One upstream's facts about an organization. None: it has none; a `Failure`: it gave one that does not fit."""

    native_id: str
    name: str | Failure | None = None
    slug: str | Failure | None = None
    description: str | Failure | None = None
    logo_url: str | Failure | None = None
    created_at: dt.datetime | Failure | None = None
    updated_at: dt.datetime | Failure | None = None


class ReadsOrganizations(Serves):
    """An upstream that knows organizations.

    Attributes:
        facts: Which facts it can have; it is asked for no other.
        profiles: By native id: what the operation was told, which is not stale.
    """

    grants = (Capability.READ_ORGANIZATION,)
    facts: ClassVar[frozenset[Fact]]

    @property
    @abstractmethod
    def profiles(self) -> dict[str, Profile]:
        """As described above."""

    @abstractmethod
    async def profile(self, native_id: str) -> Profile:
        """What the upstream says of the organization.

        Raises:
            NotFound: It has no such organization, or none that the credential sees.
        """

    async def profiles_of(self, native_ids: Sequence[str]) -> list[Profile | Failure]:
        """What it says of each, or why it says nothing. Override where it can be asked for several in one go."""
        return await gathered(map(self._profile_or_failure, native_ids))

    async def _profile_or_failure(self, native_id: str) -> Profile | Failure:
        try:
            return await self.profile(native_id)
        except Failure as failure:
            return failure.with_traceback(None)


class ListsOrganizations(Serves):
    """An upstream that lists the organizations that the credential sees."""

    grants = (Capability.LIST_ORGANIZATIONS,)

    @abstractmethod
    def listing(self) -> AsyncIterator[list[Profile]]:
        """All of them, part by part, in ascending order of `place`.

        Profiles that were listed are not asked for again in the same operation.
        """

    @staticmethod
    @abstractmethod
    def place(native_id: str) -> tuple[int, str]:
        """Where an organization stands in the list."""
