"""What a token's claims grant, and what the viewer says of each kind of caller."""

from typing import Any

import pytest

from gateway.callers.identification import Callers
from gateway.callers.principal import EVERY_ORGANIZATION
from gateway.sandbox.listening import Listener
from gateway.settings import SCOPES

pytestmark = pytest.mark.anyio

VIEWER = "{ viewer { kind name scopes organizationKeys allOrganizations } }"


async def principal(callers: Callers, token: str) -> Any:
    return await callers.identify({"authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    ("claim", "scopes"),
    [
        ("read members:write", {"read", "members:write"}),
        (" read\n\tread ", {"read"}),
        (["read", "trace"], {"read", "trace"}),
        (["read trace"], set()),
        ("read,trace", set()),
        ("READ", set()),
        ("admin read *", {"read"}),
        (["read", 7, None, ["trace"], {"read": True}], {"read"}),
        (list(SCOPES), set(SCOPES)),
        ("", set()),
        ([], set()),
        (None, set()),
        (True, set()),
        (7, set()),
        ({"read": True}, set()),
    ],
)
async def test_scopes_are_words_that_the_gateway_knows(callers, issuer, claim, scopes) -> None:
    assert (await principal(callers, issuer.token(scope=claim))).scopes == scopes


@pytest.mark.parametrize(
    ("claim", "organizations"),
    [
        (["acme", "northwind"], {"acme", "northwind"}),
        ("acme northwind", {"acme", "northwind"}),
        (["nks:2"], {"nks:2"}),
        (EVERY_ORGANIZATION, None),
        (["acme", EVERY_ORGANIZATION], None),
        (["acme", 7, None, ["northwind"]], {"acme"}),
        (["**", "acme*", ""], {"**", "acme*", ""}),
        ("", set()),
        ([], set()),
        (None, set()),
        (True, set()),
        ({"*": True}, set()),
        ([["*"]], set()),
    ],
)
async def test_organizations_are_keys_or_all(callers, issuer, claim, organizations) -> None:
    assert (await principal(callers, issuer.token(organizations=claim))).organizations == organizations


async def test_the_claims_may_have_other_names(issuer) -> None:
    trusting = {"issuer": issuer.address, "audience": "graph", "scopes_claim": "scp", "organizations_claim": "urn:x/o"}
    callers = Callers(issuer.settings(jwt=trusting), issuer)
    token = issuer.token(**{"scope": "trace", "scp": ["read"], "organizations": ["northwind"], "urn:x/o": "acme"})
    found = await principal(callers, token)
    await callers.close()

    assert (found.scopes, found.organizations) == ({"read"}, {"acme"})


@pytest.fixture
async def provider(make_issuer):
    """An identity provider on a socket of its own."""
    first = make_issuer()
    listener = Listener(first.application, "127.0.0.1", 0)
    await listener.start()
    address = f"http://127.0.0.1:{listener.port}"
    first.address, first.discovery = address, {"issuer": address, "jwks_uri": f"{address}/keys"}
    yield first
    await listener.stop()


@pytest.fixture
def door(graphs, doors, provider):
    toml = f'[callers]\nanonymous = ["read"]\njwt = {{ issuer = "{provider.address}", audience = "graph" }}'
    return doors(graphs(toml).gateway)


async def test_a_user_sees_their_name_scopes_and_organizations(door, provider) -> None:
    token = provider.token("ec", scope="trace read root", organizations=["northwind", "acme"])

    assert (await door.ask(VIEWER, token))["data"]["viewer"] == {
        "kind": "USER",
        "name": "ada",
        "scopes": ["read", "trace"],
        "organizationKeys": ["acme", "northwind"],
        "allOrganizations": False,
    }


async def test_a_user_of_every_organization_is_told_so(door, provider) -> None:
    viewer = (await door.ask(VIEWER, provider.token(scope="read", organizations="*")))["data"]["viewer"]

    assert (viewer["organizationKeys"], viewer["allOrganizations"]) == ([], True)


async def test_nobody_in_particular_has_no_name(door) -> None:
    assert (await door.post(VIEWER)).json()["data"]["viewer"] == {
        "kind": "ANONYMOUS",
        "name": None,
        "scopes": ["read"],
        "organizationKeys": [],
        "allOrganizations": True,
    }


async def test_a_refused_token_is_a_401_that_tells_nothing(door, provider) -> None:
    bad = [
        provider.token(exp=1),
        provider.token(aud="other"),
        provider.token(iss="https://evil.example"),
        provider.token(header={"kid": "other"}),
        provider.token()[:-6],
    ]
    responses = [await door.post(VIEWER, {"Authorization": f"Bearer {token}"}) for token in bad]

    assert {(each.status_code, each.headers["WWW-Authenticate"]) for each in responses} == {(401, "Bearer")}
    errors = [response.json()["errors"] for response in responses]
    assert {error["extensions"]["code"] for (error,) in errors} == {"UNAUTHENTICATED"}
    assert len({error["message"] for (error,) in errors}) == 1
    assert all(error.keys() == {"message", "extensions"} for (error,) in errors)
    assert all(error["extensions"].keys() == {"code", "retryable", "requestId"} for (error,) in errors)


async def test_a_user_without_the_scope_read_is_turned_away(door, provider) -> None:
    token = provider.token(scope="members:write", organizations="*")
    response = await door.post("{ __typename }", {"Authorization": f"Bearer {token}"})

    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_user_and_a_key_of_one_name_are_two_callers(callers, issuer) -> None:
    ids = {(await principal(callers, issuer.token(sub=sub))).id for sub in ("ada", "anonymous:", "api_key:ada")}

    assert ids == {"user:ada", "user:anonymous:", "user:api_key:ada"}
