"""Many tenants on one gateway at the same time: no answer is another's."""

import asyncio
import random
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

TENANTS = 50
REQUESTS = 2000
AT_ONCE = 100


def hosting(numbers: random.Random) -> Starlette:
    """An NKS where each organization has a token of its own, and answers come in any order."""

    async def answer(request: Request) -> JSONResponse:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        await asyncio.sleep(numbers.random() * 0.003)
        number = int(request.path_params.get("pk", token.removeprefix("token-") or 0))
        if token != f"token-{number}":
            return JSONResponse({"detail": "Not found."}, 404)
        organization = {"pk": number, "name": f"Tenant {number}", "slug": token}
        if request.url.path.endswith("/members"):
            person = {"email": f"owner@{number}.example", "full_name": token}
            return JSONResponse([{"pk": 1000 + number, "user": person, "role": "owner"}])
        return JSONResponse(organization if "pk" in request.path_params else [organization])

    paths = ("/orgs", "/orgs/{pk:int}", "/orgs/{pk:int}/members")
    return Starlette(routes=[Route(path, answer) for path in paths])


ASK = """query($own: ID!, $other: ID!) {
  viewer { name organizationKeys }
  own: organization(id: $own) { key name slug members { nodes { email name organization { key } } } }
  other: organization(id: $other) { key name slug }
  organizations { totalCount nodes { key name } }
}"""


async def test_no_answer_crosses_over_to_another_tenant(doors) -> None:
    numbers = random.Random(7)  # noqa: S311  it chooses, it keeps no secret
    keys = {number: new_key() for number in range(1, TENANTS + 1)}
    api_keys = [
        {"name": f"tenant-{number}", "hash": hashed(key), "organizations": [f"t{number}"], "scopes": ["read"]}
        for number, key in keys.items()
    ]
    settings = Settings.model_validate(
        {
            "upstreams": {"nks": {"url": "http://nks.example", "credentials": "caller", "concurrency": 64}},
            "organizations": {f"t{number}": {"nks": number} for number in keys},
            "callers": {"anonymous": [], "api_keys": api_keys},
        }
    )
    gateway = Gateway(settings, {Upstream.NKS: httpx.ASGITransport(hosting(numbers))}, on_sandbox=True)
    door = doors(gateway)
    room = asyncio.Semaphore(AT_ONCE)
    crossed: list[Any] = []

    async def ask(tenant: int, other: int, borrowed: int) -> None:
        headers = {"Authorization": f"Bearer {keys[tenant]}", "Nks-Authorization": f"token-{borrowed}"}
        variables = {
            "own": numbers.choice([f"t{tenant}", f"nks:{tenant}"]),
            "other": numbers.choice([f"t{other}", f"nks:{other}"]),
        }
        async with room:
            answer = (await door.post(ASK, headers, **variables)).json()
        mine = f"t{tenant}"
        right = borrowed == tenant
        name = f"Tenant {tenant}" if right else None
        person = {"email": f"owner@{tenant}.example", "name": f"token-{tenant}", "organization": {"key": mine}}
        expected = {
            "viewer": {"name": f"tenant-{tenant}", "organizationKeys": [mine]},
            "own": {
                "key": mine,
                "name": name,
                "slug": f"token-{tenant}" if right else None,
                "members": {"nodes": [person] if right else []},
            },
            "other": None,
            "organizations": {"totalCount": 1, "nodes": [{"key": mine, "name": name}]},
        }
        if answer["data"] != expected:
            crossed.append((tenant, other, borrowed, answer))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(REQUESTS):
            tenant, other = numbers.sample(range(1, TENANTS + 1), 2)
            borrowed = other if numbers.random() < 0.2 else tenant
            tasks.create_task(ask(tenant, other, borrowed))
    await gateway.close()

    assert crossed == []


async def test_tokens_of_many_users_at_once_stay_apart(callers, issuer) -> None:
    users = [f"user-{number}" for number in range(200)]
    tokens = {user: issuer.token("ed", sub=user, organizations=[user], scope="read") for user in users}
    asked = users * 5
    random.Random(7).shuffle(asked)  # noqa: S311  it chooses, it keeps no secret
    found = await asyncio.gather(*(callers.identify({"authorization": f"Bearer {tokens[user]}"}) for user in asked))

    assert [(each.name, each.organizations) for each in found] == [(user, {user}) for user in asked]
