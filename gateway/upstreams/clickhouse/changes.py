"""Changes at ClickHouse Cloud: organizations, their endpoints, members and invitations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from gateway.settings.native_ids import clickhouse_id
from gateway.upstreams.clickhouse.asking import Envelope, is_plain_id
from gateway.upstreams.clickhouse.organizations import ORGANIZATION, ClickHouseOrganizations
from gateway.upstreams.clickhouse.people import INVITATION, LEGACY_ROLES, MEMBER, ClickHousePeople
from gateway.upstreams.loading import loaded, prime
from gateway.upstreams.making import whole
from gateway.upstreams.reading import Shape, part, safe
from resolvers.errors import BadUserInput, NotFound, UpstreamInvalidResponse
from resolvers.identity import Upstream
from resolvers.invitations import Invitation, InvitesMembers, RevokesInvitations
from resolvers.members import Member, ModifiesMembers, RemovesMembers
from resolvers.networking import PrivateEndpointInput, UpdatesPrivateEndpoints
from resolvers.organization_changes import UpdatesOrganizations
from resolvers.roles import Grant, Role

ROLE_NAMES: Final = {
    Role.ADMIN: "Admin",
    Role.MEMBER: "Member",
    Role.BILLING: "Billing",
    Role.VIEWER: "Org API reader",
    Role.COLLABORATOR: "Developer",
}
"""What the catalogue calls the system roles; older organizations alone have a Developer."""


class RoleShape(msgspec.Struct, gc=False):
    """A role of the catalogue."""

    id: str
    name: str
    type: str = "custom"


class DoneShape(msgspec.Struct, gc=False):
    """The envelope of any answer to a change; a page that someone put between is none."""


class RefusalShape(msgspec.Struct, gc=False):
    """The body of a refusal: a code, or a code and a sentence."""

    error: str = ""


_ROLES = Shape(Upstream.CLICKHOUSE, Envelope[list[RoleShape]])
_DONE = Shape(Upstream.CLICKHOUSE, DoneShape)
_REFUSAL = Shape(Upstream.CLICKHOUSE, RefusalShape)


class ClickHouseChanges(
    ClickHouseOrganizations,
    ClickHousePeople,
    UpdatesOrganizations,
    UpdatesPrivateEndpoints,
    InvitesMembers,
    RevokesInvitations,
    ModifiesMembers,
    RemovesMembers,
):
    """What can be changed about organizations and people."""

    writable = frozenset({"name"})

    async def update_organization(self, native_id: str, name: str | None, description: str | None) -> None:  # noqa: ARG002  it keeps none
        """`PATCH /v1/organizations/{id}`."""
        await self._update(native_id, {"name": name})

    async def update_private_endpoints(
        self, native_id: str, add: Sequence[PrivateEndpointInput], remove: Sequence[PrivateEndpointInput]
    ) -> None:
        """The same call: a list when read, `add` and `remove` when written."""
        lists = {"add": add, "remove": remove}
        body = {name: [_endpoint(each) for each in endpoints] for name, endpoints in lists.items() if endpoints}
        await self._update(native_id, {"privateEndpoints": body})

    async def _update(self, native_id: str, body: Mapping[str, object]) -> None:
        """The answer is the organization as it is now: nobody needs to read it."""
        answer = await self.write("organization.update", "PATCH", native_id, (), body)
        prime(self._organization, self.written(ORGANIZATION, answer).result, native_id)

    async def invite_member(self, native_id: str, email: str, grant: Grant) -> Invitation:
        """`POST …/invitations`; a role by its word is looked up in the catalogue first."""
        body = {"email": email} | await self._roles_given(native_id, grant)
        answer = await self.write("invitations.create", "POST", native_id, ("invitations",), body)
        shape = self.written(INVITATION, answer).result
        with self.made():
            return shape.invitation(self.link(native_id))

    async def revoke_invitation(self, native_id: str, invitation_id: str) -> None:
        """`DELETE …/invitations/{id}`."""
        try:
            parts = ("invitations", clickhouse_id(invitation_id))
        except ValueError:
            raise NotFound("No invitation has this id.", field=("invitationId",), upstream=self.upstream) from None
        await self.write("invitations.delete", "DELETE", native_id, parts)

    async def modify_member(self, native_id: str, member_id: str, grant: Grant) -> Member:
        """`PATCH …/members/{id}`, whose answer may show the roles from before: the member is read afterwards."""
        parts = self._member_parts(member_id)
        body = await self._roles_given(native_id, grant)
        self.written(MEMBER, await self.write("members.update", "PATCH", native_id, parts, body))
        with self.made():
            return whole(Member, await self._member(native_id, member_id))

    async def remove_member(self, native_id: str, member_id: str) -> None:
        """`DELETE …/members/{id}`."""
        await self.write("members.delete", "DELETE", native_id, self._member_parts(member_id))

    def _member_parts(self, member_id: str) -> tuple[str, str]:
        if not is_plain_id(member_id):
            raise NotFound("No member has this id.", field=("memberId",), upstream=self.upstream)
        return "members", member_id

    async def _roles_given(self, native_id: str, grant: Grant) -> dict[str, Any]:
        """The member of a body that says the roles; none where nothing is said of them.

        An organization whose catalogue is empty has not moved to assigned roles, and takes the old words alone.
        """
        if grant.resource_roles is not None:
            raise BadUserInput(
                "ClickHouse Cloud has no roles on single resources.", field=("resourceRoles",), upstream=self.upstream
            )
        if grant.role_ids is not None:
            if grant.role is not None:
                raise BadUserInput("Give `role` or `roleIds`, not both.", field=("roleIds",), upstream=self.upstream)
            return {"assignedRoleIds": [_role_id(each) for each in grant.role_ids]}
        if grant.role is None or grant.role is Role.NONE:
            return {} if grant.role is None else {"assignedRoleIds": []}
        if grant.role not in ROLE_NAMES:
            raise self._no_role(grant.role, ROLE_NAMES)
        catalogue = await self._roles(native_id)
        if not catalogue:
            words = {role: word for word, role in LEGACY_ROLES.items()}
            if grant.role not in words:
                raise self._no_role(grant.role, words)
            return {"role": words[grant.role]}
        name = ROLE_NAMES[grant.role]
        if name not in catalogue:
            raise self._no_role(grant.role, (role for role, word in ROLE_NAMES.items() if word in catalogue))
        return {"assignedRoleIds": [catalogue[name]]}

    def _no_role(self, role: Role, known: Iterable[Role]) -> BadUserInput:
        words = ", ".join(each.name for each in known)
        return BadUserInput(
            f"ClickHouse Cloud has no role {role.name} here; it has {words}, or give `roleIds`.",
            field=("role",),
            upstream=self.upstream,
        )

    @loaded
    async def _roles(self, native_id: str) -> dict[str, str]:
        """The ids of the system roles, by name."""
        shapes = await self.read(_ROLES, "roles.list", native_id, ("roles",))
        return {shape.name: shape.id for shape in part(shapes, lambda each: each).items if shape.type == "system"}

    async def write(
        self,
        operation: str,
        method: str,
        native_id: str,
        parts: Sequence[str],
        body: Mapping[str, object] | None = None,
    ) -> bytes:
        """The body of the answer to a change below the organization: an envelope, which may hold nothing."""
        content = None if body is None else msgspec.json.encode(body)
        path = ("v1", "organizations", native_id, *parts)
        answer = await self.change(operation, method, path, body=content, native_id=native_id)
        if answer:
            self.written(_DONE, answer)
        return answer

    def reason(self, body: bytes) -> str | None:
        """The sentence behind the code; a code alone says nothing that ours does not."""
        try:
            error = _REFUSAL.read(body).error
        except UpstreamInvalidResponse:
            return None
        code, colon, sentence = error.partition(": ")
        return safe(sentence if colon and code.isupper() else error if " " in error else None)


def _role_id(text: str) -> str:
    try:
        return clickhouse_id(text)
    except ValueError:
        raise BadUserInput(
            "A role's id at ClickHouse Cloud is a UUID.", field=("roleIds",), upstream=Upstream.CLICKHOUSE
        ) from None


def _endpoint(given: PrivateEndpointInput) -> dict[str, str]:
    """Left out where it is empty: the API refuses empty text."""
    endpoint = {"id": given.id, "cloudProvider": given.cloud_provider, "region": given.region}
    return endpoint | ({"description": given.description} if given.description else {})
