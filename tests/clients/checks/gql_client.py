"""gql's client for Python."""

import asyncio
import os

from claims import check, stranger
from gql.transport.exceptions import TransportQueryError
from members import connect, invite, member_names, why_not


async def refused(address: str, key: str) -> list[str]:
    """The codes of an answer that is a refusal; none where it is not."""
    try:
        await member_names(connect(address, key), "acme")
    except TransportQueryError as error:
        return [each["extensions"]["code"] for each in error.errors or []]
    return []


async def main() -> None:
    """Every claim."""
    client = connect(os.environ["GATEWAY"])

    async def reads() -> None:
        assert len(await member_names(client, "acme")) == 3

    async def refuses() -> None:
        assert await why_not(client, "nobody") == ("NOT_FOUND", ["organization"])

    async def invites() -> None:
        email = stranger()
        done = await invite(client, organizationId="acme", upstream="LOSANT", email=email, role="EDITOR")
        assert done["userErrors"] == []
        assert done["invitation"]["email"] == email

    async def fails() -> None:
        done = await invite(client, organizationId="acme", upstream="LOSANT", email="no address", role="EDITOR")
        assert done["invitation"] is None
        assert [(error["code"], error["field"]) for error in done["userErrors"]] == [("BAD_USER_INPUT", ["email"])]

    async def keyed() -> None:
        address = os.environ["GATEWAY_KEYED"]
        assert len(await member_names(connect(address, os.environ["GATEWAY_KEY"]), "acme")) == 3
        assert await refused(address, "wrong") == ["UNAUTHENTICATED"]

    await check("the schema and members are read", reads)
    await check("an unknown organization is NOT_FOUND at its path", refuses)
    await check("a member is invited", invites)
    await check("an expected failure stands in userErrors", fails)
    await check("a key is let in, a wrong one is UNAUTHENTICATED", keyed)


asyncio.run(main())
