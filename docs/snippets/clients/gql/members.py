"""gql 4: a page of members, an invitation, and what went wrong.

pip install "gql[httpx]"
"""

import uuid
from typing import Any

from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport

MEMBERS = """
query Members($id: ID!, $first: Int!) {
  organization(id: $id) {
    id
    members(first: $first) { totalCount nodes { id name role upstream } }
  }
}
"""

INVITE = """
mutation Invite($input: InviteMemberInput!) {
  inviteMember(input: $input) {
    invitation { id email }
    userErrors { code message field }
  }
}
"""


def connect(url: str, token: str | None = None) -> Client:
    """A client that reads the schema first, and checks documents before it sends them."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    transport = HTTPXAsyncTransport(url=url, headers=headers, timeout=30)
    return Client(transport=transport, fetch_schema_from_transport=True)


async def member_names(client: Client, organization: str) -> list[str | None]:
    """The names of an organization's first members."""
    async with client as session:
        answer = await session.execute(gql(MEMBERS), variable_values={"id": organization, "first": 3})
    return [member["name"] for member in answer["organization"]["members"]["nodes"]]


async def why_not(client: Client, organization: str) -> tuple[str, list[str | int]] | None:
    """The code and the path of what failed; None where nothing did."""
    async with client as session:
        try:
            await session.execute(gql(MEMBERS), variable_values={"id": organization, "first": 3})
        except TransportQueryError as error:
            first = (error.errors or [{}])[0]
            return first["extensions"]["code"], first["path"]
    return None


async def invite(client: Client, **input_: str) -> dict[str, Any]:
    """The invitation, or the expected failures. The key makes it safe to send the same again."""
    variables = {"input": {"clientMutationId": str(uuid.uuid4()), **input_}}
    async with client as session:
        answer: dict[str, dict[str, Any]] = await session.execute(gql(INVITE), variable_values=variables)
    return answer["inviteMember"]
