"""Tokens of an identity provider: which are believed, and which are not."""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from gateway.callers.tokens import LEEWAY_SECONDS
from resolvers.errors import Unauthenticated
from resolvers.viewer import ViewerKind

pytestmark = pytest.mark.anyio

EVIL = "https://evil.example/keys"
WORDS = "The credential is not good. Send `Authorization: Bearer` with an API key of the gateway or a valid token."


async def refused(callers, token: str) -> bool:
    """Whether the token is refused in the words that every bad credential is refused in."""
    with pytest.raises(Unauthenticated) as caught:
        await callers.identify({"authorization": f"Bearer {token}"})
    return caught.value.message == WORDS


async def believed(callers, token: str) -> Any:
    return await callers.identify({"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("kid", ["rsa", "ec", "ed"])
async def test_a_good_token_is_its_subject(callers, issuer, kid) -> None:
    principal = await believed(callers, issuer.token(kid, scope="read", organizations=["acme"]))

    assert (principal.kind, principal.name) == (ViewerKind.USER, "ada")
    assert (principal.organizations, principal.scopes) == ({"acme"}, {"read"})


async def test_an_audience_may_be_one_of_several(callers, issuer) -> None:
    assert (await believed(callers, issuer.token(aud=["other", "graph"]))).name == "ada"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"exp": []},
        {"exp": {}},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": -(10**400)},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": ["ada"]},
        {"iss": None},
        {"iss": "https://login.example/"},
        {"iss": "https://login.example.evil.example"},
        {"iss": ["https://login.example"]},
        {"aud": None},
        {"aud": "graphs"},
        {"aud": ["other"]},
        {"aud": []},
        {"aud": {"graph": True}},
        {"nbf": 4102444800},
        {"nbf": {}},
        {"iat": 4102444800},
        {"iat": "now"},
    ],
    ids=json.dumps,
)
async def test_a_claim_that_does_not_fit_refuses_the_token(callers, issuer, claims) -> None:
    header = {"alg": "RS256", "kid": "rsa"}
    rsa = jwt.get_algorithm_by_name("RS256")
    private = issuer.private("rsa")
    token = issuer.signed(header, lambda head: rsa.sign(head, private), issuer.claims(**claims))

    assert await refused(callers, token)


async def test_a_little_of_the_clocks_is_forgiven_and_no_more(callers, issuer) -> None:
    now = int(time.time())

    assert (await believed(callers, issuer.token(exp=now - LEEWAY_SECONDS + 5))).name == "ada"
    assert (await believed(callers, issuer.token(nbf=now + LEEWAY_SECONDS - 5))).name == "ada"
    assert await refused(callers, issuer.token(exp=now - LEEWAY_SECONDS - 5))
    assert await refused(callers, issuer.token(nbf=now + LEEWAY_SECONDS + 5))


async def test_a_token_that_is_known_again_ends_when_it_says(callers, issuer) -> None:
    ends = int(time.time()) + 2
    token = issuer.token(exp=ends - LEEWAY_SECONDS)
    known = await believed(callers, token)
    while time.time() < ends - 0.5:
        assert await believed(callers, token) is known
        await asyncio.sleep(0.1)
    await asyncio.sleep(max(0.0, ends - time.time()))

    assert await refused(callers, token)


async def test_a_token_that_is_known_is_no_other_token(callers, issuer) -> None:
    token = issuer.token()
    await believed(callers, token)
    head, claims, signature = token.split(".")

    assert await refused(callers, f"{head}.{claims}.{signature[:-4]}AAAA")
    assert await refused(callers, f"{head}.{claims}.")
    assert (await believed(callers, issuer.token(sub="grace"))).name == "grace"
    assert (await believed(callers, token)).name == "ada"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, 1, [], ["RS256"], {}, True])
async def test_a_token_that_nobody_signed_is_refused(callers, issuer, algorithm) -> None:
    assert await refused(callers, issuer.signed({"alg": algorithm, "kid": "rsa"}, lambda _: b""))
    assert await refused(callers, issuer.signed({"alg": algorithm, "kid": "rsa"}, lambda _: b"\0" * 256))


@pytest.mark.parametrize("written", ["PEM", "DER"])
async def test_a_public_key_is_no_shared_secret(callers, issuer, written) -> None:
    public = issuer.private("rsa").public_key()
    secret = public.public_bytes(
        getattr(serialization.Encoding, written), serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for algorithm in ("HS256", "hs256", "RS256"):
        header = {"alg": algorithm, "kid": "rsa"}
        token = issuer.signed(header, lambda head: hmac.digest(secret, head, hashlib.sha256))
        assert await refused(callers, token)


@pytest.mark.parametrize(
    "kid",
    [
        "foreign",
        "../../../../dev/null",
        "%2e%2e%2frsa",
        "rsa' OR '1'='1",
        "rsa\x00",
        "RSA",
        "",
        "k" * 8000,
        EVIL,
        7,
        None,
        ["rsa"],
        {"rsa": 1},
        True,
    ],
)
async def test_a_key_id_is_only_ever_looked_up(callers, issuer, kid) -> None:
    signer = jwt.get_algorithm_by_name("RS256")
    private = issuer.private("rsa")

    assert await refused(callers, issuer.signed({"alg": "RS256", "kid": kid}, lambda head: signer.sign(head, private)))
    assert set(issuer.asked) <= {"https://login.example/.well-known/openid-configuration", "https://login.example/keys"}


async def test_a_token_without_a_key_id_is_refused(callers, issuer) -> None:
    signer = jwt.get_algorithm_by_name("RS256")
    private = issuer.private("rsa")

    assert await refused(callers, issuer.signed({"alg": "RS256"}, lambda head: signer.sign(head, private)))


@pytest.mark.parametrize("kid", ["rsa", "attackers"])
async def test_a_key_that_the_token_brings_along_is_never_used_nor_fetched(
    callers, issuer, private_keys, as_jwk, kid
) -> None:
    foreign = private_keys["foreign"]
    brought = as_jwk("RS256", foreign, kid)
    signer = jwt.get_algorithm_by_name("RS256")
    for further in ({"jku": EVIL}, {"x5u": EVIL}, {"jwk": brought}, {"x5c": ["MIIB"]}, {"jku": EVIL, "jwk": brought}):
        token = issuer.signed({"alg": "RS256", "kid": kid, **further}, lambda head: signer.sign(head, foreign))
        assert await refused(callers, token)

    assert not any("evil" in address for address in issuer.asked)


async def test_a_good_token_may_name_addresses_that_nobody_reads(callers, issuer) -> None:
    assert (await believed(callers, issuer.token(header={"jku": EVIL, "x5u": EVIL}))).name == "ada"
    assert not any("evil" in address for address in issuer.asked)


@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], "exp", None, 1])
async def test_a_token_that_asks_for_extensions_is_refused(callers, issuer, crit) -> None:
    signer = jwt.get_algorithm_by_name("RS256")
    private = issuer.private("rsa")
    header = {"alg": "RS256", "kid": "rsa", "crit": crit}

    assert await refused(callers, issuer.signed(header, lambda head: signer.sign(head, private)))


@pytest.mark.parametrize(("algorithm", "kid"), [("ES256", "rsa"), ("EdDSA", "rsa"), ("RS256", "ec"), ("RS256", "ed")])
async def test_a_key_checks_its_own_algorithm_only(callers, issuer, algorithm, kid) -> None:
    own = {"ES256": "ec", "EdDSA": "ed", "RS256": "rsa"}[algorithm]
    signer = jwt.get_algorithm_by_name(algorithm)
    private = issuer.private(own)

    assert await refused(
        callers, issuer.signed({"alg": algorithm, "kid": kid}, lambda head: signer.sign(head, private))
    )


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
async def test_an_algorithm_that_is_not_ours_is_refused_even_with_a_good_signature(callers, issuer, algorithm) -> None:
    assert await refused(callers, jwt.encode(issuer.claims(), issuer.private("rsa"), algorithm, {"kid": "rsa"}))


async def test_a_good_signature_of_other_words_is_none(callers, issuer) -> None:
    head, _, signature = issuer.token().split(".")
    _, others, _ = issuer.token(sub="root", scope="read", organizations=["*"]).split(".")

    assert await refused(callers, f"{head}.{others}.{signature}")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-8],
        lambda token: token.rpartition(".")[0],
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token + ".x",
        lambda token: "." + token,
        lambda token: token.replace(".", "..", 1),
        lambda token: token.replace(".", "", 1),
        lambda token: "!" + token,
        lambda token: token.swapcase(),
        lambda token: token + "=" * 1_000_000,
        lambda token: token + "a" * 20_000,
        lambda _: "." * 16_000,
        lambda _: "..",
        lambda _: "a.b.c",
        lambda _: "\xe9\xff.\xe9.\xe9",
        lambda _: "W10.W10.W10",
        lambda _: "bnVsbA.bnVsbA.",
        lambda _: "/w.e30.e30",
    ],
)
async def test_a_broken_token_is_refused(callers, issuer, spoil) -> None:
    assert await refused(callers, spoil(issuer.token()))


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
async def test_a_deep_header_is_refused(callers, issuer, opening) -> None:
    head = issuer.plain(opening * (12_000 // len(opening) * 3 // 4))

    assert await refused(callers, f"{head}.e30.e30")


async def test_a_deep_payload_of_a_good_signature_is_refused(callers, issuer) -> None:
    signer = jwt.get_algorithm_by_name("EdDSA")
    private = issuer.private("ed")
    head = f"{issuer.plain({'alg': 'EdDSA', 'kid': 'ed'})}.{issuer.plain(b'[' * 9_000)}"
    token = f"{head}.{issuer.plain(signer.sign(head.encode(), private))}"

    assert await refused(callers, token)


async def test_a_bad_token_costs_the_provider_nothing(callers, issuer) -> None:
    await believed(callers, issuer.token())
    asked = len(issuer.asked)
    for number in range(50):
        assert await refused(callers, issuer.token(header={"kid": f"guess-{number}"}))

    assert len(issuer.asked) == asked
