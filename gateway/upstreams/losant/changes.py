"""Changes at Losant: organizations, members, transfers. Bodies are closed: unknown members are refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gateway.settings.native_ids import losant_id
from gateway.upstreams.losant.asking import resource_role_words, role_word
from gateway.upstreams.losant.organizations import LosantOrganizations
from gateway.upstreams.losant.shapes import OrganizationShape
from gateway.upstreams.reading import Shape
from resolvers.errors import BadUserInput, NotFound
from resolvers.identity import Upstream
from resolvers.lifetimes import CreatesOrganizations, DeletesOrganizations
from resolvers.members import Member, ModifiesMembers, RemovesMembers
from resolvers.organization_changes import UpdatesOrganizations
from resolvers.profiles import Profile
from resolvers.roles import Grant
from resolvers.transfers import TransfersResources


class SuccessShape(msgspec.Struct, gc=False):
    """What deletions and transfers answer with."""

    success: bool


_ORGANIZATION = Shape(Upstream.LOSANT, OrganizationShape)
_SUCCESS = Shape(Upstream.LOSANT, SuccessShape)


class LosantChanges(
    LosantOrganizations,
    CreatesOrganizations,
    UpdatesOrganizations,
    DeletesOrganizations,
    ModifiesMembers,
    RemovesMembers,
    TransfersResources,
):
    """What can be changed about organizations and their members."""

    describes = True
    writable = frozenset({"name", "description"})

    async def create_organization(self, name: str, description: str | None) -> Profile:
        """`POST /orgs`, the only call that answers 201."""
        body = {"name": name} | ({"description": description} if description is not None else {})
        return (await self._changed("orgs.post", "POST", (), body)).profile()

    async def update_organization(self, native_id: str, name: str | None, description: str | None) -> None:
        """`PATCH /orgs/{id}`."""
        given = {"name": name, "description": description}
        body = {member: value for member, value in given.items() if value is not None}
        await self._changed("org.patch", "PATCH", (native_id,), body)

    async def delete_organization(self, native_id: str) -> None:
        """`DELETE /orgs/{id}`."""
        self._succeeded(await self.write("org.delete", "DELETE", (native_id,)))

    async def modify_member(self, native_id: str, member_id: str, grant: Grant) -> Member:
        """`PATCH /orgs/{id}/member`, singular; the member stands in the body."""
        if grant.role_ids is not None:
            raise BadUserInput(
                "Losant assigns no roles by id; give `role`.", field=("roleIds",), upstream=self.upstream
            )
        body: dict[str, Any] = {"userId": self._user_id(member_id)}
        if grant.role is not None:
            body["role"] = role_word(grant.role, ("role",))
        body |= resource_role_words(grant.resource_roles)
        shape = await self._changed("org.modifyMember", "PATCH", (native_id, "member"), body)
        with self.made():
            members = shape.member_list(self.link(native_id)).items
        for member in members:
            if member.native_id == body["userId"]:
                return member.whole()
        raise self.unreadable()

    async def remove_member(self, native_id: str, member_id: str) -> None:
        """`DELETE /orgs/{id}/member`, singular; the member stands in the query."""
        query = (("userId", self._user_id(member_id)),)
        body = await self.write("org.removeMember", "DELETE", (native_id, "member"), query=query)
        self._keep(self.written(_ORGANIZATION, body))

    async def transfer_resources(  # noqa: PLR0913  as many as the call has
        self,
        native_id: str,
        destination: str,
        *,
        to_user: bool,
        applications: Sequence[str],
        dashboards: Sequence[str],
        strict: bool | None,
    ) -> None:
        """`PATCH /orgs/{id}/transferResources`."""
        field = ("destination", "userId") if to_user else ("destination", "organizationId")
        body: dict[str, Any] = {
            "destinationId": _checked(destination, field),
            "destinationType": "user" if to_user else "organization",
        }
        for name, ids in (("applicationIds", applications), ("dashboardIds", dashboards)):
            if ids:
                body[name] = [_checked(each, (name,)) for each in ids]
        if strict is not None:
            body["strict"] = strict
        parts = (native_id, "transferResources")
        further = () if to_user else (body["destinationId"],)
        self._succeeded(await self.write("org.transferResources", "PATCH", parts, body, further=further))

    async def _changed(
        self, operation: str, method: str, parts: Sequence[str], body: Mapping[str, object]
    ) -> OrganizationShape:
        shape = self.written(_ORGANIZATION, await self.write(operation, method, parts, body))
        self._keep(shape)
        return shape

    def _keep(self, shape: OrganizationShape) -> None:
        """The answer is the organization as it is now: nobody needs to read it."""
        self._known[shape.id] = shape
        self._organizations.prime((shape.id, None), shape)

    def _succeeded(self, body: bytes) -> None:
        if not self.written(_SUCCESS, body).success:
            raise self.unreadable()

    def _user_id(self, member_id: str) -> str:
        try:
            return losant_id(member_id)
        except ValueError:
            raise NotFound("No member has this id.", field=("memberId",), upstream=self.upstream) from None


def _checked(native_id: str, field: tuple[str, ...]) -> str:
    try:
        return losant_id(native_id)
    except ValueError:
        raise BadUserInput("An id at Losant is 24 hexadecimal digits.", field=field, upstream=Upstream.LOSANT) from None
