"""Many tenants on one gateway at the same time: no answer is another's.

ISOLATION_TENANTS and ISOLATION_REQUESTS in the environment make it larger: `make isolation`.
"""

import asyncio
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.app import Gateway
from gateway.callers.api_keys import hashed, new_key
from gateway.settings import Settings
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

TENANTS = int(os.environ.get("ISOLATION_TENANTS", "50"))
REQUESTS = int(os.environ.get("ISOLATION_REQUESTS", "400"))
AT_ONCE = 100
WRITES = 0.15
BORROWED = 0.2
ALL = "token-of-the-gateway"


def hosting(numbers: random.Random) -> Starlette:
    """An NKS where each organization has a token of its own, one token opens all, and answers come in any order."""

    async def answer(request: Request) -> JSONResponse:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        name = (await request.json())["name"] if request.method == "PATCH" else None
        await asyncio.sleep(numbers.random() * 0.003)
        if "pk" not in request.path_params:
            mine = range(1, TENANTS + 1) if token == ALL else [int(token.removeprefix("token-"))]
            return JSONResponse([organization(number) for number in mine])
        number = request.path_params["pk"]
        if token not in {ALL, f"token-{number}"}:
            return JSONResponse({"detail": "Not found."}, 404)
        if request.url.path.endswith("/members"):
            person = {"email": f"owner@{number}.example", "full_name": f"person-{number}"}
            return JSONResponse([{"pk": 1000 + number, "user": person, "role": "owner"}])
        return JSONResponse({**organization(number), **({"name": name} if name else {})})

    routes = [Route(path, answer) for path in ("/orgs", "/orgs/{pk:int}/members")]
    return Starlette(routes=[*routes, Route("/orgs/{pk:int}", answer, methods=["GET", "PATCH"])])


def organization(number: int) -> dict[str, Any]:
    """As NKS tells it."""
    return {"pk": number, "name": f"Tenant {number}", "slug": f"slug-{number}"}


READ = """query($own: ID!, $other: ID!) {
  viewer { name organizationKeys }
  own: organization(id: $own) { key name slug members { nodes { email name organization { key } } } }
  other: organization(id: $other) { key name slug }
  both: organizationsByIds(ids: [$other, $own]) { key name }
  organizations { totalCount nodes { key name } }
}"""
WRITE = """mutation($own: ID!, $other: ID!, $name: String!) {
  own: updateOrganization(input: {organizationId: $own, name: $name}) { ...made }
  other: updateOrganization(input: {organizationId: $other, name: $name}) { ...made }
}
fragment made on UpdateOrganizationPayload { organization { key name } results { ok } userErrors { code } }"""
MARK = re.compile(r"(?:Tenant |tenant-|token-|person-|slug-|owner@|nks:|\"t)(\d+)")
"""What tells whose a part of an answer is."""


def read_of(tenant: int, *, good: bool) -> dict[str, Any]:
    """The data that a tenant gets, with a good credential for the upstream or another's."""
    mine, name = f"t{tenant}", f"Tenant {tenant}" if good else None
    person = {"email": f"owner@{tenant}.example", "name": f"person-{tenant}", "organization": {"key": mine}}
    return {
        "viewer": {"name": f"tenant-{tenant}", "organizationKeys": [mine]},
        "own": {
            "key": mine,
            "name": name,
            "slug": f"slug-{tenant}" if good else None,
            "members": {"nodes": [person] if good else []},
        },
        "other": None,
        "both": [None, {"key": mine, "name": name}],
        "organizations": {"totalCount": 1, "nodes": [{"key": mine, "name": name}]},
    }


def write_of(tenant: int, *, good: bool) -> dict[str, Any]:
    """The data that a tenant gets for a write to its own organization and one to another's."""
    mine = {"key": f"t{tenant}", "name": f"Tenant {tenant}"}
    missing = [{"code": "NOT_FOUND"}]
    own = {"organization": mine if good else None, "results": [{"ok": good}], "userErrors": [] if good else missing}
    return {"own": own, "other": {"organization": None, "results": [], "userErrors": missing}}


class Tenants:
    """Tenants that ask for their own organization and for others', and write to both.

    Args:
        credentials: Whose open the upstream: each `caller`'s own, or the `gateway`'s.

    Attributes:
        crossed: Every answer that is not as it must be, with who asked.
    """

    def __init__(self, credentials: str, doors: Any) -> None:
        self._numbers = random.Random(7)  # noqa: S311  it chooses, it keeps no secret
        self._own_credentials = credentials == "caller"
        self._keys = {number: new_key() for number in range(1, TENANTS + 1)}
        scopes = ["read", "organizations:write"]
        nks = {"url": "http://nks.example", "credentials": credentials, "concurrency": 64, "queue": 10_000}
        settings = Settings.model_validate(
            {
                "upstreams": {"nks": nks if self._own_credentials else {**nks, "token": ALL}},
                "organizations": {f"t{number}": {"nks": number} for number in self._keys},
                "callers": {
                    "anonymous": [],
                    "api_keys": [
                        {
                            "name": f"tenant-{number}",
                            "hash": hashed(key),
                            "organizations": [f"t{number}"],
                            "scopes": scopes,
                        }
                        for number, key in self._keys.items()
                    ],
                },
            }
        )
        transport = httpx.ASGITransport(hosting(self._numbers))
        self.gateway = Gateway(settings, {Upstream.NKS: transport}, on_sandbox=True)
        self._door = doors(self.gateway)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._asked = Counter[int]()
        self.crossed: list[Any] = []

    async def ask(self, turn: int) -> None:
        """One request of any tenant; all tenants use the same idempotency keys."""
        tenant, other = self._numbers.sample(range(1, TENANTS + 1), 2)
        borrowed = other if self._own_credentials and self._numbers.random() < BORROWED else tenant
        writes = self._numbers.random() < WRITES
        self._asked[tenant] += 1
        headers = {
            "Authorization": f"Bearer {self._keys[tenant]}",
            "Nks-Authorization": f"token-{borrowed}",
            "Idempotency-Key": f"key-{self._asked[tenant]}",
            "X-Request-Id": f"{turn}",
        }
        own, others = f"t{tenant}", self._numbers.choice([f"t{other}", f"nks:{other}"])
        variables = (
            {"own": own, "other": others, "name": f"Tenant {tenant}"}
            if writes
            else {"own": self._numbers.choice([own, f"nks:{tenant}"]), "other": others}
        )
        async with self._room:
            response = await self._door.post(WRITE if writes else READ, headers, **variables)
        answer = response.json()
        expected = (write_of if writes else read_of)(tenant, good=borrowed == tenant)
        if answer.get("data") != expected or [*self._foreign(response, tenant, turn)]:
            self.crossed.append((tenant, other, borrowed, answer))

    def _foreign(self, response: httpx.Response, tenant: int, turn: int) -> Iterator[Any]:
        """What in an answer belongs to another tenant or to another request."""
        yield from ({int(number) for number in MARK.findall(response.text)} - {tenant})
        ids = [error["extensions"]["requestId"] for error in response.json().get("errors", [])]
        yield from ({response.headers["x-request-id"], *ids} - {str(turn)})


@pytest.mark.parametrize("credentials", ["caller", "gateway"])
async def test_no_answer_crosses_over_to_another_tenant(doors, credentials) -> None:
    tenants = Tenants(credentials, doors)
    async with asyncio.TaskGroup() as tasks:
        for turn in range(REQUESTS):
            tasks.create_task(tenants.ask(turn))
    await tenants.gateway.close()

    assert tenants.crossed[:3] == []


async def test_tokens_of_many_users_at_once_stay_apart(callers, issuer) -> None:
    users = [f"user-{number}" for number in range(200)]
    tokens = {user: issuer.token("ed", sub=user, organizations=[user], scope="read") for user in users}
    asked = users * 5
    random.Random(7).shuffle(asked)  # noqa: S311  it chooses, it keeps no secret
    found = await asyncio.gather(*(callers.identify({"authorization": f"Bearer {tokens[user]}"}) for user in asked))

    assert [(each.name, each.organizations) for each in found] == [(user, {user}) for user in asked]
