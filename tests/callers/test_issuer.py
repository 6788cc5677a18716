"""The identity provider's keys: fetched when needed, kept when it fails, and never believed where they do not fit."""

import asyncio
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.callers.failures import ProviderFailed, TokenRefused
from gateway.callers.tokens import (
    ASK_AGAIN_SECONDS,
    LARGEST_DOCUMENT,
    REFRESH_SECONDS,
)
from resolvers.errors import Unauthenticated

pytestmark = pytest.mark.anyio

A_LOOK = ["https://login.example/.well-known/openid-configuration", "https://login.example/keys"]


async def settled() -> None:
    """Lets what runs behind the scenes end."""
    for _ in range(200):
        await asyncio.sleep(0)


async def test_many_first_tokens_fetch_the_keys_once(tokens, issuer) -> None:
    read = await asyncio.gather(*(tokens.read(issuer.token(sub=f"user-{number}")) for number in range(40)))

    assert [principal.name for principal in read] == [f"user-{number}" for number in range(40)]
    assert issuer.asked == A_LOOK


async def test_a_new_key_is_looked_for_at_most_every_thirty_seconds(
    tokens, issuer, clock, private_keys, as_jwk
) -> None:
    await tokens.read(issuer.token())
    issuer.jwks["keys"].append(as_jwk("RS256", private_keys["foreign"], "next"))
    token = jwt.encode(issuer.claims(), private_keys["foreign"], "RS256", {"kid": "next"})
    clock.now += ASK_AGAIN_SECONDS
    for _ in range(20):
        with pytest.raises(TokenRefused):
            await tokens.read(token)
    assert issuer.asked == A_LOOK
    clock.now += 1

    assert (await tokens.read(token)).name == "ada"
    assert issuer.asked == A_LOOK * 2


async def test_a_key_that_is_withdrawn_is_no_longer_believed(tokens, issuer, clock) -> None:
    await tokens.read(issuer.token())
    issuer.jwks["keys"] = [each for each in issuer.jwks["keys"] if each["kid"] != "rsa"]
    clock.now += REFRESH_SECONDS + 1
    await tokens.read(issuer.token("ec"))
    await settled()

    with pytest.raises(TokenRefused):
        await tokens.read(issuer.token())


async def test_the_keys_are_refreshed_behind_the_scenes(tokens, issuer, clock) -> None:
    await tokens.read(issuer.token())
    clock.now += REFRESH_SECONDS + 1
    await asyncio.gather(*(tokens.read(issuer.token()) for _ in range(10)))
    await settled()

    assert issuer.asked == A_LOOK * 2


async def test_a_provider_that_is_down_at_first_is_asked_again(tokens, issuer, clock) -> None:
    issuer.down = True
    for _ in range(5):
        with pytest.raises(ProviderFailed):
            await tokens.read(issuer.token())
    assert issuer.asked == A_LOOK[:1]
    issuer.down = False
    clock.now += ASK_AGAIN_SECONDS + 1

    assert (await tokens.read(issuer.token())).name == "ada"


async def test_a_caller_is_told_to_try_again_and_not_why(callers, issuer) -> None:
    issuer.down = True
    with pytest.raises(Unauthenticated) as caught:
        await callers.identify({"authorization": f"Bearer {issuer.token()}"})

    assert caught.value.message == "The identity provider cannot be asked now. Try again shortly."


@pytest.mark.parametrize("status", [200, 301, 404, 500])
async def test_a_provider_that_fails_later_leaves_its_keys_in_use(tokens, issuer, clock, status) -> None:
    await tokens.read(issuer.token())
    issuer.down, issuer.status = status == 200, status
    for _ in range(5):
        clock.now += REFRESH_SECONDS + ASK_AGAIN_SECONDS
        assert (await tokens.read(issuer.token())).name == "ada"
        await settled()
        with pytest.raises(TokenRefused):
            await tokens.read(issuer.token(header={"kid": "unknown"}))


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://evil.example", "jwks_uri": "https://login.example/keys"},
        {"issuer": "https://login.example/", "jwks_uri": "https://login.example/keys"},
        {"jwks_uri": "https://login.example/keys"},
        {"issuer": "https://login.example"},
        {"issuer": "https://login.example", "jwks_uri": None},
        {"issuer": "https://login.example", "jwks_uri": 7},
        {"issuer": "https://login.example", "jwks_uri": "http://login.example/keys"},
        {"issuer": "https://login.example", "jwks_uri": "file:///etc/passwd"},
        {"issuer": "https://login.example", "jwks_uri": "https://["},
        {"issuer": "https://login.example", "jwks_uri": "https:///keys"},
        {"issuer": "https://login.example", "jwks_uri": "//login.example/keys"},
        [],
        "discovery",
        None,
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"issuer": "https://login.example", "jwks_uri": "https://login.example/keys", "x": "' + b"x" * 2**20 + b'"}',
    ],
    ids=lambda document: repr(document)[:60],
)
async def test_a_discovery_that_does_not_fit_gives_no_keys(tokens, issuer, discovery) -> None:
    issuer.discovery = discovery

    with pytest.raises(ProviderFailed):
        await tokens.read(issuer.token())


@pytest.mark.parametrize(
    "jwks",
    [
        [],
        {},
        {"keys": None},
        {"keys": {}},
        {"keys": "rsa"},
        {"keys": []},
        {"keys": [None, 1, "rsa", []]},
        b"",
        b"not json",
        b'{"keys": [' + b"1," * LARGEST_DOCUMENT + b"1]}",
        b'{"keys": ' + b"[" * 100_000,
    ],
    ids=lambda document: repr(document)[:40],
)
async def test_keys_that_do_not_fit_are_no_keys(tokens, issuer, jwks) -> None:
    issuer.jwks = jwks

    with pytest.raises(ProviderFailed):
        await tokens.read(issuer.token())


@pytest.mark.parametrize("jwks", [b"not json", {"keys": "rsa"}, b'{"keys": [' + b"1," * LARGEST_DOCUMENT + b"1]}"])
async def test_garbage_does_not_drive_good_keys_out(tokens, issuer, clock, jwks) -> None:
    await tokens.read(issuer.token())
    issuer.jwks = jwks
    clock.now += REFRESH_SECONDS + 1
    await tokens.read(issuer.token())
    await settled()

    assert (await tokens.read(issuer.token())).name == "ada"


ODD: list[Any] = [
    {"kty": "oct", "kid": "rsa", "k": "c2VjcmV0", "alg": "HS256"},
    {"kty": "OKP", "crv": "X25519", "kid": "x", "x": "AAAA"},
    {"kty": "OKP", "crv": "Ed448", "kid": "x", "x": "AAAA"},
    {"kty": "EC", "crv": "P-000", "kid": "x", "x": "AAAA", "y": "AAAA"},
    {"kty": "EC", "crv": "P-256", "kid": "x", "x": "AAAA", "y": "AAAA"},
    {"kty": "EC", "kid": "x"},
    {"kty": "RSA", "kid": "x"},
    {"kty": "RSA", "kid": "x", "n": 7, "e": 3},
    {"kty": "RSA", "kid": "x", "n": "", "e": ""},
    {"kty": "RSA", "kid": "x", "n": "AA", "e": "AQAB", "alg": "none"},
    {"kty": "RSA", "kid": "x", "n": "AA", "e": "AQAB", "alg": ["RS256"]},
    {"kty": ["RSA"], "kid": "x"},
    {"kty": {}, "kid": "x"},
    {"kty": "RSA", "kid": ["x"], "n": "AQAB", "e": "AQAB"},
    {"kty": "PQC", "kid": "x"},
    {},
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
async def test_one_odd_key_does_not_spoil_the_others(tokens, issuer, odd) -> None:
    issuer.jwks["keys"].insert(0, odd)
    issuer.jwks["keys"].append({**odd, "kid": "x"})

    assert [(await tokens.read(issuer.token(kid))).name for kid in ("rsa", "ec", "ed")] == ["ada"] * 3


@pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "RS512"}, {"alg": "RSA-OAEP"}, {"kty": "EC"}])
async def test_a_key_for_something_else_checks_no_token(tokens, issuer, change) -> None:
    issuer.jwks["keys"] = [each | change if each["kid"] == "rsa" else each for each in issuer.jwks["keys"]]

    with pytest.raises(TokenRefused):
        await tokens.read(issuer.token())


async def test_a_curve_that_does_not_fit_the_algorithm_checks_no_token(tokens, issuer, as_jwk) -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    issuer.jwks["keys"].append(as_jwk("ES384", private, "p384"))
    signer = jwt.get_algorithm_by_name("ES384")

    with pytest.raises(TokenRefused):
        await tokens.read(issuer.signed({"alg": "ES256", "kid": "p384"}, lambda head: signer.sign(head, private)))


async def test_private_parts_that_a_provider_shows_do_no_harm(tokens, issuer) -> None:
    private = jwt.get_algorithm_by_name("RS256").to_jwk(issuer.private("rsa"), as_dict=True)
    issuer.jwks["keys"] = [{**private, "kid": "rsa"}]

    assert (await tokens.read(issuer.token())).name == "ada"


async def test_a_slow_provider_is_waited_for_by_nobody_twice(tokens, issuer) -> None:
    first = asyncio.ensure_future(tokens.read(issuer.token()))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first

    assert (await tokens.read(issuer.token())).name == "ada"
    assert issuer.asked == A_LOOK
