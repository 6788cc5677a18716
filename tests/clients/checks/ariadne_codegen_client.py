"""The client that ariadne-codegen writes."""

import asyncio
import os

from claims import check, stranger
from members import invite, member_roles, why_not
from organization_graph import Client, ProblemCode, Role, Upstream


async def main() -> None:
    """Every claim."""
    async with Client(url=os.environ["GATEWAY"]) as client:

        async def reads() -> None:
            roles = await member_roles(client, "acme")
            assert len(roles) == 3
            assert all(isinstance(role, Role) for role in roles.values())

        async def refuses() -> None:
            assert await why_not(client, "nobody") == ("NOT_FOUND", ["organization"])

        async def invites() -> None:
            email = stranger()
            done = await invite(client, "acme", Upstream.LOSANT, email, Role.EDITOR)
            assert done.user_errors == []
            assert done.invitation is not None
            assert done.invitation.email == email

        async def fails() -> None:
            done = await invite(client, "acme", Upstream.LOSANT, "no address", Role.EDITOR)
            assert done.invitation is None
            assert [(error.code, error.field) for error in done.user_errors] == [
                (ProblemCode.BAD_USER_INPUT, ["email"])
            ]

        await check("members are read into its types", reads)
        await check("an unknown organization is NOT_FOUND at its path", refuses)
        await check("a member is invited", invites)
        await check("an expected failure stands in userErrors", fails)


asyncio.run(main())
