"""Who may listen, to what, and for how long."""

import asyncio
import json
import time
from base64 import b64encode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.callers.api_keys import hashed
from gateway.sandbox.listening import Listener
from resolvers.identity import encode

pytestmark = pytest.mark.anyio

KEY = "a-key-for-northwind-alone"
CALLERS = f"""
  [callers]
  anonymous = []
  [[callers.api_keys]]
  name = "northwind"
  hash = "{hashed(KEY)}"
  organizations = ["northwind"]
  scopes = ["read", "members:write"]
"""
ADDED = """
  subscription ($of: ID!, $after: String) {
    activityAdded(organizationId: $of, after: $after, upstreams: [CLICKHOUSE]) { id action }
  }
"""
ACME = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
PRIVATE = Ed25519PrivateKey.generate()
KID = "live"


class Issuer:
    """An identity provider on a socket."""

    def __init__(self) -> None:
        routes = [Route("/.well-known/openid-configuration", self._discover), Route("/keys", self._keys)]
        self.listener = Listener(Starlette(routes=routes), "127.0.0.1", 0)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.listener.port}"

    async def _discover(self, _request) -> JSONResponse:
        return JSONResponse({"issuer": self.address, "jwks_uri": f"{self.address}/keys"})

    async def _keys(self, _request) -> JSONResponse:
        public = jwt.get_algorithm_by_name("EdDSA").to_jwk(PRIVATE.public_key(), as_dict=True)
        return JSONResponse({"keys": [{**public, "kid": KID, "use": "sig"}]})

    def token(self, seconds: float) -> str:
        claims = {"iss": self.address, "aud": "graph", "sub": "ada", "exp": time.time() + seconds}
        grants = {"scope": "read", "organizations": ["acme"]}
        return jwt.encode({**claims, **grants}, PRIVATE, "EdDSA", {"kid": KID})


@pytest.fixture
async def issuer():
    made = Issuer()
    await made.listener.start()
    yield made
    await made.listener.stop()


def codes(frame):
    return [each["extensions"]["code"] for each in json.loads(frame["data"])["errors"]]


@pytest.mark.parametrize(
    "given",
    [
        {"of": "acme"},
        {"of": f"clickhouse:{ACME}"},
        {"of": encode("Organization", "acme")},
    ],
)
async def test_an_organization_that_is_not_granted_does_not_exist(serve, given):
    served = await serve(CALLERS)
    async with served.events(ADDED, headers={"Authorization": f"Bearer {KEY}"}, **given) as events:
        frames = [each async for each in events]
    assert codes(frames[0]) == ["NOT_FOUND"]
    assert frames[1]["event"] == "complete"
    assert served.calls() == 0


async def test_an_activity_of_another_organization_is_not_looked_up(serve):
    served = await serve(CALLERS)
    after = encode("Activity", "clickhouse", ACME, "act_01M81KB7Q70000000001")
    headers = {"Authorization": f"Bearer {KEY}"}
    async with served.events(ADDED, headers=headers, of="northwind", after=after) as events:
        frames = [each async for each in events]
    assert codes(frames[0]) == ["BAD_USER_INPUT"]
    assert served.calls() == 0


async def test_a_stranger_is_turned_away(serve):
    served = await serve(CALLERS)
    headers = {"Accept": "text/event-stream"}
    body = {"query": ADDED, "variables": {"of": "acme"}}
    response = await served.client.post(served.url, json=body, headers=headers)
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("way", ["events", "socket"])
async def test_a_token_that_expires_ends_it(serve, issuer, until, way):
    jwt_table = f'[callers.jwt]\nissuer = "{issuer.address}"\naudience = "graph"\n'
    served = await serve(f"[callers]\nanonymous = []\n{jwt_table}")
    bearer = f"Bearer {issuer.token(1.5)}"
    if way == "events":
        async with served.events(ADDED, headers={"Authorization": bearer}, of="acme") as events:
            await until(lambda: served.calls() > 0)
            frames = [each async for each in events]
        assert codes(frames[0]) == ["UNAUTHENTICATED"]
        assert [each["event"] for each in frames] == ["next", "complete"]
    else:
        async with served.socket(Authorization=bearer) as socket:
            await socket.subscribe("1", ADDED, of="acme")
            message = await socket.next()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    await until(lambda: len(served.hub) == 0)


async def test_callers_with_credentials_of_their_own_have_polls_of_their_own(serve, until):
    def by_callers(values):
        values["upstreams"]["clickhouse"]["credentials"] = "caller"
        del values["upstreams"]["clickhouse"]["keys"]

    served = await serve(change=by_callers)
    good, bad = (f"Basic {b64encode(f'CH_KEY_ID:{word}'.encode()).decode()}" for word in ("CH_KEY_SECRET", "wrong"))
    async with served.events(ADDED, headers={"ClickHouse-Authorization": bad}, of="acme") as refused:
        frame = await anext(refused)
        assert codes(frame) == ["UPSTREAM_UNAUTHENTICATED"]
        assert json.loads(frame["data"])["data"] is None
        async with served.events(ADDED, headers={"ClickHouse-Authorization": good}, of="acme") as told:
            await until(lambda: served.hub.polls["clickhouse", "ok"] > 0)
            body = {"query": INVITE, "variables": {}}
            await served.client.post(served.url, json=body, headers={"ClickHouse-Authorization": good})
            answer = json.loads((await anext(told))["data"])
        assert answer["data"]["activityAdded"]["action"] == "organization_invite_create"
        assert served.hub.tails == 2
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(refused)


INVITE = """
  mutation {
    inviteMember(input: {organizationId: "acme", upstream: CLICKHOUSE, email: "a@b.example", role: VIEWER}) {
      userErrors { message }
    }
  }
"""
