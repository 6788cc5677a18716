"""NetApp Kubernetes Service, formerly StackPoint: a Django REST API, without a version.

Lists are bare; ids are whole numbers called `pk`; a member's `pk` is the membership's, not the user's; a slug changes
with the name, and may be empty.

Source: the vendor's API documentation and Go SDK.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx
import msgspec

from gateway.settings.native_ids import nks_id
from gateway.upstreams.batching import BatchLoader
from gateway.upstreams.bearer import BearerAdapter
from gateway.upstreams.loading import at_once, attempt, loaded
from gateway.upstreams.nks_shapes import INVITES, MEMBER, MEMBERS, ORGANIZATION, ORGANIZATIONS, ROLES, OrganizationShape
from gateway.upstreams.once import once
from gateway.upstreams.reading import Shape, part, safe
from resolvers.errors import BadUserInput, Failure, NotFound, UpstreamInvalidResponse
from resolvers.gathering import Given
from resolvers.identity import Upstream
from resolvers.invitations import Invitation, InvitesMembers
from resolvers.lifetimes import CreatesOrganizations
from resolvers.members import Member, ReadsMembers, RemovesMembers
from resolvers.merging import Part
from resolvers.organization_changes import UpdatesLogos, UpdatesOrganizations
from resolvers.profiles import ListsOrganizations, Profile, ReadsOrganizations
from resolvers.roles import Grant
from resolvers.uploads import UploadedFile

_REFUSAL: Shape[Any] = Shape(Upstream.NKS, dict[str, Any] | list[dict[str, Any]])  # type: ignore[arg-type]  # a union is no type


class Nks(
    BearerAdapter,
    ReadsOrganizations,
    ListsOrganizations,
    CreatesOrganizations,
    UpdatesOrganizations,
    UpdatesLogos,
    ReadsMembers,
    RemovesMembers,
    InvitesMembers,
):
    """NKS's part of an organization."""

    upstream = Upstream.NKS
    facts = frozenset({"name", "slug", "logo_url", "created_at", "updated_at"})
    id_form = staticmethod(nks_id)
    id_words = "a whole number, 1 or more"
    describes = False
    writable = frozenset({"name"})
    credential_setting = "upstreams.nks.token"

    async def greet(self) -> str:
        """The list."""
        return f"The token sees {len((await self._list(fresh=True)).items)} organizations."

    async def profile(self, native_id: str) -> Profile:
        """From the organization."""
        return (await self._organizations.load(native_id)).profile()

    async def profiles_of(self, native_ids: Sequence[str]) -> list[Profile | Failure]:
        """From the organizations."""
        shapes = await self._organizations.load_all(native_ids)
        return [shape if isinstance(shape, Failure) else shape.profile() for shape in shapes]

    @once
    def _organizations(self) -> BatchLoader[str, OrganizationShape]:
        return BatchLoader(self._read_organizations, self._read_organization)

    async def _read_organizations(self, keys: list[str]) -> Mapping[str, OrganizationShape | Exception]:
        """One call for one; one for all where more are wanted, and one for each that it leaves out."""
        found: dict[str, OrganizationShape | Exception] = {}
        if len(keys) > 1:
            listed = await attempt(lambda _: self._list(batch=len(keys)), "")
            if isinstance(listed, Exception):
                found = dict.fromkeys(keys, listed)
            else:
                found = {str(shape.id): shape for shape in listed.items}
        missing = [key for key in keys if key not in found]
        return found | await at_once(self._read_organization, missing)

    def _read_organization(self, native_id: str) -> Given[OrganizationShape]:
        return self.get(ORGANIZATION, "orgs.get", ("orgs", native_id), native_id=native_id)

    async def _list(self, *, fresh: bool = False, batch: int = 1) -> Part[OrganizationShape]:
        shapes = await self.get(ORGANIZATIONS, "orgs.list", ("orgs",), fresh=fresh, batch=batch)
        return part(shapes, self.listed)

    @staticmethod
    def place(native_id: str) -> tuple[int, str]:
        """By number."""
        return int(native_id), ""

    async def listing(self) -> AsyncIterator[list[Profile]]:
        """All in one part."""
        found = await self._list()
        for shape in found.items:
            self._organizations.prime(str(shape.id), shape)
        yield [shape.profile() for shape in sorted(found.items, key=lambda each: each.id)]
        if found.failures:
            raise found.failures[0]

    @loaded
    def members(self, native_id: str) -> Given[Part[Member]]:
        """One call."""
        parts = ("orgs", native_id, "members")
        return self.get(MEMBERS, "members.list", parts, native_id=native_id)

    async def member(self, native_id: str, member_id: str) -> Member | None:
        """One call."""
        try:
            return await self._member(native_id, str(nks_id(member_id)))
        except ValueError:
            return None

    @loaded
    async def _member(self, native_id: str, member_id: str) -> Member:
        parts = ("orgs", native_id, "members", member_id)
        return MEMBERS.one(native_id, await self.get(MEMBER, "members.get", parts, native_id=native_id))

    async def create_organization(self, name: str, description: str | None) -> Profile:  # noqa: ARG002  it keeps none
        """`POST /orgs`, which answers with all organizations. Assumed: the new one has the greatest number."""
        body = await self.change("orgs.create", "POST", ("orgs",), body=msgspec.json.encode({"name": name}))
        listed = self.written(ORGANIZATIONS, body)
        shapes = part(listed, self.listed).items
        same = [shape for shape in shapes if shape.name == name]
        if not same:
            raise self.unreadable()
        new = max(same, key=lambda shape: shape.id)
        self._organizations.prime(str(new.id), new)
        return new.profile()

    async def update_organization(self, native_id: str, name: str | None, description: str | None) -> None:  # noqa: ARG002  it keeps none
        """`PATCH /orgs/{pk}` with JSON. The slug follows the name."""
        body = msgspec.json.encode({"name": name})
        self._keep(await self.change("orgs.update", "PATCH", ("orgs", native_id), body=body, native_id=native_id))

    async def update_logo(self, native_id: str, file: UploadedFile, media_type: str) -> None:
        """`PATCH /orgs/{pk}` with a multipart form."""
        form = httpx.Request("PATCH", "http://form/", files={"logo": (file.name, file.content, media_type)})
        body, content_type, parts = form.read(), form.headers["content-type"], ("orgs", native_id)
        self._keep(
            await self.change("orgs.update", "PATCH", parts, body=body, content_type=content_type, native_id=native_id)
        )

    def _keep(self, body: bytes) -> None:
        """The answer is the organization as it is now: nobody needs to read it."""
        shape = self.written(ORGANIZATION, body)
        self._organizations.prime(str(shape.id), shape)

    async def remove_member(self, native_id: str, member_id: str) -> None:
        """`DELETE /orgs/{pk}/members/{pk}`, which answers 204."""
        try:
            number = str(nks_id(member_id))
        except ValueError:
            raise NotFound("No member has this id.", field=("memberId",), upstream=self.upstream) from None
        parts = ("orgs", native_id, "members", number)
        self.acknowledged(await self.change("members.delete", "DELETE", parts, native_id=native_id))

    async def invite_member(self, native_id: str, email: str, grant: Grant) -> Invitation:
        """`POST /orgs/{pk}/invites` with a list of one, which answers with a list."""
        if grant.role_ids is not None or grant.resource_roles is not None:
            field = "roleIds" if grant.role_ids is not None else "resourceRoles"
            raise BadUserInput(
                "NKS knows one role per member; give `role` alone.", field=(field,), upstream=self.upstream
            )
        words = [word for word, role in ROLES.items() if role is grant.role]
        if not words:
            known = ", ".join(role.name for role in ROLES.values())
            raise BadUserInput(f"NKS needs a role of its own: {known}.", field=("role",), upstream=self.upstream)
        given = [{"name": email.partition("@")[0], "email": email, "role": words[0], "teams": []}]
        parts = ("orgs", native_id, "invites")
        body = msgspec.json.encode(given)
        answer = await self.change("invites.create", "POST", parts, body=body, native_id=native_id)
        shapes = self.written(INVITES, answer)
        for shape in part(shapes, lambda each: each).items:
            if shape.email.casefold() == email.casefold():
                return shape.invitation(self.link(native_id))
        raise self.unreadable()

    def reason(self, body: bytes) -> str | None:
        """The member `detail`, or the first sentence about a field; where a list was sent, one object per item."""
        try:
            told = _REFUSAL.read(body)
        except UpstreamInvalidResponse:
            return None
        for item in told if isinstance(told, list) else [told]:
            for value in (item.get("detail"), *item.values()) if isinstance(item, dict) else ():
                sentence = value[0] if isinstance(value, list) and value else value
                if isinstance(sentence, str):
                    return safe(sentence)
        return None
