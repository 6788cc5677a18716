"""Callers of every kind: API keys, tokens of an identity provider in this process, and a gateway to send them to."""

import base64
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.app import Gateway
from gateway.callers.identification import Callers
from gateway.callers.tokens import Keys, Tokens
from gateway.settings import Settings

ISSUER = "https://login.example"
AUDIENCE = "graph"
PRIVATE = {
    "rsa": ("RS256", rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    "ec": ("ES256", ec.generate_private_key(ec.SECP256R1())),
    "ed": ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
}
FOREIGN = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(algorithm: str, private: Any, kid: str) -> dict[str, Any]:
    """The public key, as a JWKS holds it."""
    made: dict[str, Any] = jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key(), as_dict=True)
    return {**made, "kid": kid, "use": "sig"}


def plain(part: Any) -> str:
    """Base64url of JSON, or of bytes."""
    octets = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Issuer(httpx.AsyncBaseTransport):
    """An identity provider: OpenID Connect discovery, a JWKS, and tokens.

    Attributes:
        address: Its own, as tokens name it.
        asked: The addresses that the gateway asked it for, whatever their host; in order.
        discovery: The discovery document; bytes are sent as they are.
        jwks: The keys' document; bytes are sent as they are.
        down: Every connection to it breaks.
        status: Of its answers.
    """

    def __init__(self, address: str = ISSUER) -> None:
        self.address = address
        self.asked: list[str] = []
        self.discovery: Any = {"issuer": address, "jwks_uri": f"{address}/keys"}
        self.jwks: Any = {"keys": [public_jwk(name, private, kid) for kid, (name, private) in PRIVATE.items()]}
        self.down = False
        self.status = 200
        self.application = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discover),
                Route("/keys", self._show_keys),
            ]
        )
        self._below = httpx.ASGITransport(self.application)

    async def _discover(self, request: Request) -> Response:  # noqa: ARG002  a route's
        return self._document(self.discovery)

    async def _show_keys(self, request: Request) -> Response:  # noqa: ARG002  a route's
        return self._document(self.jwks)

    def _document(self, document: Any) -> Response:
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        return Response(content, self.status, media_type="application/json")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        return await self._below.handle_async_request(request)

    def private(self, kid: str) -> Any:
        """One of its private keys."""
        return PRIVATE[kid][1]

    def plain(self, part: Any) -> str:
        """A part of a token, as tokens write it."""
        return plain(part)

    def claims(self, **claims: Any) -> dict[str, Any]:
        """Good ones, with others in their place; None leaves a claim out."""
        now = int(time.time())
        good = {"iss": self.address, "aud": AUDIENCE, "sub": "ada", "exp": now + 300, "iat": now}
        return {name: value for name, value in {**good, **claims}.items() if value is not None}

    def token(self, kid: str = "rsa", header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """A token that is signed with one of the issuer's keys."""
        algorithm, private = PRIVATE[kid]
        return jwt.encode(self.claims(**claims), private, algorithm, {"kid": kid, **(header or {})})

    def signed(self, header: Mapping[str, Any], sign: Callable[[bytes], bytes], claims: Any = None) -> str:
        """A token whose every part is the test's own."""
        head = f"{plain(dict(header))}.{plain(self.claims() if claims is None else claims)}"
        return f"{head}.{plain(sign(head.encode()))}"

    def settings(self, **callers: Any) -> Settings:
        """Settings of a gateway that trusts it."""
        trusting = {"issuer": self.address, "audience": AUDIENCE}
        return Settings.model_validate({"callers": {"anonymous": [], "jwt": trusting, **callers}})


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def callers(issuer: Issuer) -> AsyncIterator[Callers]:
    """Those of a gateway that trusts the issuer."""
    made = Callers(issuer.settings(), issuer)
    yield made
    await made.close()


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def tokens(issuer: Issuer, clock: Clock) -> AsyncIterator[Tokens]:
    """A reader of tokens whose clock stands still."""
    async with httpx.AsyncClient(transport=issuer) as client:
        yield Tokens(issuer.settings().callers.jwt, Keys(issuer.address, client, clock))


@pytest.fixture
def make_issuer() -> type[Issuer]:
    return Issuer


@pytest.fixture
def private_keys() -> dict[str, Any]:
    """The issuer's private keys by id, and `foreign`, which is somebody else's."""
    return {**{kid: private for kid, (_, private) in PRIVATE.items()}, "foreign": FOREIGN}


@pytest.fixture
def as_jwk() -> Callable[[str, Any, str], dict[str, Any]]:
    return public_jwk


class Door:
    """The way into a gateway, with the request's headers in the caller's hands."""

    def __init__(self, gateway: Gateway) -> None:
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gateway")

    async def post(
        self, query: str, headers: Mapping[str, str] | list[tuple[str, str]] | None = None, **variables: Any
    ) -> httpx.Response:
        """What the gateway answers."""
        content = json.dumps({"query": query, "variables": variables})
        own = headers.items() if isinstance(headers, Mapping) else headers or []
        pairs = [("Content-Type", "application/json"), *((name, value.encode("latin-1")) for name, value in own)]
        return await self._client.post("/graphql", content=content, headers=httpx.Headers(pairs))

    async def ask(self, query: str, key: str, **variables: Any) -> dict[str, Any]:
        """The answer to the holder of an API key or token."""
        response = await self.post(query, {"Authorization": f"Bearer {key}"}, **variables)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def go(self, way: "Way", key: str, text: str) -> dict[str, Any]:
        """The answer to the holder of a key who goes one way with an id, without what no two answers share."""
        variables = way.variables(text)
        if way.mutation == "updateOrganizationLogo":
            operations = {"query": way.document, "variables": variables}
            response = await self._client.post(
                "/graphql",
                data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.logo"]})},
                files={"0": ("logo.png", b"\x89PNG\r\n\x1a\n" + bytes(40))},
                headers={"Authorization": f"Bearer {key}", "GraphQL-Preflight": "1"},
            )
            answer = response.json()
        else:
            answer = await self.ask(way.document, key, **variables)
        answer.pop("extensions", None)
        for error in answer.get("errors", []):
            error["extensions"].pop("requestId")
        return answer  # type: ignore[no-any-return]  # JSON

    async def close(self) -> None:
        await self._client.aclose()


@pytest.fixture
def door_kind() -> type[Door]:
    return Door


@pytest.fixture
async def doors() -> AsyncIterator[Callable[[Gateway], Door]]:
    """Opens doors to gateways."""
    made: list[Door] = []

    def open_door(gateway: Gateway) -> Door:
        made.append(Door(gateway))
        return made[-1]

    yield open_door
    for door in made:
        await door.close()


@pytest.fixture(autouse=True)
def no_foreign_calls(untouched_sandbox: Any) -> None:
    """The stand-ins' records begin empty."""
    for application in untouched_sandbox.applications.values():
        application.state.faults.requests.clear()


@dataclass(frozen=True)
class Way:
    """A way by which a client's id reaches an organization.

    Attributes:
        kind: Of what the id names.
        place: The argument or the member of an input that takes it, such as `Mutation.removeMember.memberId`.
        document: The operation.
        variables: Made from the id.
        scope: What it needs beside `read`.
    """

    kind: str
    place: str
    document: str
    variables: Callable[[str], dict[str, Any]]
    scope: str = "read"

    @property
    def mutation(self) -> str:
        """The field of a mutation; empty for a query."""
        return self.place.split(".")[1] if self.place.startswith("Mutation") else ""


def _reading(kind: str, place: str, selection: str) -> Way:
    return Way(kind, place, f"query($id: ID!) {{ {selection} }}", lambda text: {"id": text})


def _joining(kind: str, name: str, key: str) -> Way:
    return Way(
        kind,
        "Query._entities.representations",
        f"query($it: _Any!) {{ _entities(representations: [$it]) {{ ... on Node {{ {_NODE} }} }} }}",
        lambda text: {"it": {"__typename": name, key: text}},
    )


def _writing(
    kind: str, mutation: str, member: str, given: Callable[[str], dict[str, Any]], scope: str, name: str = ""
) -> Way:
    typed = f"{name or mutation[0].upper() + mutation[1:]}Input"
    document = (
        f"mutation($input: {typed}!) {{ {mutation}(input: $input) {{ userErrors {{ code message field upstream }} }} }}"
    )
    return Way(kind, f"Mutation.{mutation}.{member}", document, lambda text: {"input": given(text)}, scope)


_WHOLE = "id key name links { nativeId }"
_NODE = "__typename id ... on Organization { key name } ... on Member { email } ... on Invitation { nativeId }"
_ENDPOINT = {"id": "vpce-1", "cloudProvider": "aws", "region": "us-east-1"}
_ORGANIZATION = "organizationId"

WAYS = [
    _reading("organization", "Query.organization.id", f"organization(id: $id) {{ {_WHOLE} }}"),
    _reading("organization", "Query.organizationsByIds.ids", f"organizationsByIds(ids: [$id]) {{ {_WHOLE} }}"),
    _reading("any", "Query.node.id", f"node(id: $id) {{ {_NODE} }}"),
    _joining("organization", "Organization", "id"),
    _joining("organization", "Organization", "key"),
    _joining("member", "Member", "id"),
    _joining("invitation", "Invitation", "id"),
    _reading("any", "Query.nodes.ids", f"nodes(ids: [$id]) {{ {_NODE} }}"),
    _reading(
        "activity", "Organization.activity.id", 'organization(id: "acme") { key activity(id: $id) { id action } }'
    ),
    _writing(
        "organization",
        "deleteOrganization",
        _ORGANIZATION,
        lambda text: {"organizationId": text, "upstream": "LOSANT", "confirmName": "Northwind"},
        "organizations:delete",
    ),
    _writing(
        "organization",
        "updateOrganization",
        _ORGANIZATION,
        lambda text: {"organizationId": text, "name": "Taken"},
        "organizations:write",
    ),
    _writing(
        "organization",
        "updateOrganizationLogo",
        _ORGANIZATION,
        lambda text: {"organizationId": text, "logo": None},
        "organizations:write",
    ),
    _writing(
        "organization",
        "updatePrivateEndpoints",
        _ORGANIZATION,
        lambda text: {"organizationId": text, "add": [_ENDPOINT]},
        "organizations:write",
    ),
    _writing(
        "organization",
        "inviteMember",
        _ORGANIZATION,
        lambda text: {"organizationId": text, "upstream": "LOSANT", "email": "a@b.example", "role": "VIEWER"},
        "members:write",
    ),
    _writing(
        "organization",
        "updateCustomizations",
        _ORGANIZATION,
        lambda text: {"organizationId": text, "values": {"theme": "dark"}},
        "customizations:write",
    ),
    _writing(
        "organization",
        "transferResources",
        _ORGANIZATION,
        lambda text: {
            "organizationId": text,
            "destination": {"organizationId": "acme"},
            "applicationIds": ["a" * 24],
        },
        "resources:transfer",
    ),
    _writing(
        "organization",
        "transferResources",
        "destination.organizationId",
        lambda text: {
            "organizationId": "acme",
            "destination": {"organizationId": text},
            "applicationIds": ["a" * 24],
        },
        "resources:transfer",
    ),
    _writing(
        "member",
        "modifyMember",
        "memberId",
        lambda text: {"memberId": text, "role": "VIEWER"},
        "members:write",
    ),
    _writing("member", "removeMember", "memberId", lambda text: {"memberId": text}, "members:write"),
    _writing("invitation", "revokeInvitation", "invitationId", lambda text: {"invitationId": text}, "members:write"),
]
"""Every way, by kind of id; a test holds the list to the schema."""


@pytest.fixture
def ways() -> list[Way]:
    return WAYS
