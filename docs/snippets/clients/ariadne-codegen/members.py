"""ariadne-codegen: a client of its own for the operations in operations.graphql, typed by pydantic."""

import uuid

from organization_graph import Client, InviteMemberInput, Role, Upstream
from organization_graph.exceptions import GraphQLClientGraphQLMultiError
from organization_graph.invite import InviteInviteMember


async def member_roles(client: Client, organization: str) -> dict[str | None, Role]:
    """The roles of an organization's first members by their names."""
    answer = await client.members(id=organization, first=3)
    if answer.organization is None or answer.organization.members is None:
        return {}
    return {member.name: member.role for member in answer.organization.members.nodes}


async def why_not(client: Client, organization: str) -> tuple[object, list[str]] | None:
    """The code and the path of what failed; None where nothing did."""
    try:
        await client.members(id=organization, first=3)
    except GraphQLClientGraphQLMultiError as failed:
        first = failed.errors[0]
        return (first.extensions or {})["code"], first.path or []
    return None


async def invite(client: Client, organization: str, upstream: Upstream, email: str, role: Role) -> InviteInviteMember:
    """The invitation, or the expected failures. The key makes it safe to send the same again."""
    invitation = InviteMemberInput(
        organizationId=organization, upstream=upstream, email=email, role=role, clientMutationId=str(uuid.uuid4())
    )
    return (await client.invite(input=invitation)).invite_member
