"""Tokens of an identity provider: JWTs, checked against the keys that it publishes (OpenID Connect discovery)."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import httpx
import jwt
import structlog

from gateway.callers.failures import ProviderFailed, TokenRefused
from gateway.callers.principal import Principal, granted
from gateway.callers.remembered import Remembered
from gateway.settings import SCOPES, Jwt
from resolvers.viewer import ViewerKind

ALGORITHMS: Final = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
"""Asymmetric ones only, each with the type of key that it takes."""

LONGEST: Final = 16_384
LONGEST_REMEMBERED: Final = 4_096
LEEWAY_SECONDS: Final = 30
REFRESH_SECONDS: Final = 600
ASK_AGAIN_SECONDS: Final = 30
"""How soon the provider is asked again, where a token names a key that is not known or the provider failed."""

_PUBLIC: Final = frozenset({"kty", "n", "e", "crv", "x", "y"})

LARGEST_DOCUMENT: Final = 262_144
FETCH_SECONDS: Final = 5.0

_log = structlog.get_logger("gateway.callers")


class Keys:
    """The provider's public keys, fetched when they are first needed and refreshed behind the scenes.

    Args:
        issuer: The provider's address, as tokens name it.
        client: To ask it with.
        clock: Seconds.
    """

    def __init__(self, issuer: str, client: httpx.AsyncClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._client = client
        self._clock = clock
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._asked = float("-inf")
        self._fetched = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key with this id; the provider is asked for it at most every 30 seconds.

        Raises:
            ProviderFailed: There are no keys at all.
        """
        now = self._clock()
        if kid not in self._keys and now - self._asked > ASK_AGAIN_SECONDS:
            await asyncio.shield(self._refresh())
        elif now - self._fetched > REFRESH_SECONDS and now - self._asked > ASK_AGAIN_SECONDS:
            self._refresh()
        elif self._fetching and kid not in self._keys:
            await asyncio.shield(self._fetching)
        if not self._keys:
            raise ProviderFailed
        return self._keys.get(kid)

    def _refresh(self) -> asyncio.Task[None]:
        self._asked = self._clock()
        self._fetching = asyncio.ensure_future(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(2 * FETCH_SECONDS):
                found = await self._document(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                keys = (await self._document(_jwks_uri(found, self._issuer))).get("keys")
            if not isinstance(keys, list):
                raise ValueError("the document holds no list of keys")  # noqa: TRY004, TRY301  as in `_document`
            self._keys = _usable(keys)
            self._fetched = self._clock()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TimeoutError, RecursionError) as error:
            _log.warning("the identity provider's keys cannot be had", kind=type(error).__name__)
        finally:
            self._fetching = None

    async def _document(self, address: str) -> dict[str, Any]:
        async with self._client.stream("GET", address) as response:
            response.raise_for_status()
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_DOCUMENT:
                    raise ValueError("the document is too large")
        document = json.loads(body)
        if not isinstance(document, dict):
            raise ValueError("the document is no object")  # noqa: TRY004  it is the provider's value that is wrong
        return document


def _jwks_uri(discovered: dict[str, Any], issuer: str) -> str:
    if discovered.get("issuer") != issuer:
        raise ValueError("the discovery document names another issuer")
    uri = str(discovered.get("jwks_uri"))
    if not uri.startswith(("https://", issuer.partition("//")[0] + "//")):
        raise ValueError("the keys are not where TLS protects them")
    return uri


def _usable(keys: list[Any]) -> dict[str, jwt.PyJWK]:
    """The keys that can check one of our algorithms, by id; odd ones are left out, and so are private parts."""
    found = {}
    for each in keys:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig":
            continue
        kid, kind = each.get("kid"), each.get("kty")
        algorithm = next((name for name, kty in ALGORITHMS.items() if kty == kind), None)
        if algorithm is None or each.get("alg", algorithm) != algorithm or not isinstance(kid, str):
            continue
        try:
            found[kid] = jwt.PyJWK({name: each[name] for name in _PUBLIC & each.keys()}, algorithm)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            continue
    return found


class _Good(NamedTuple):
    """A token that was good, the key that says so, and until when it is."""

    principal: Principal
    kid: str
    key: jwt.PyJWK
    until: float


class Tokens:
    """Reads tokens. A good one is known again until it expires, or its key is fetched anew.

    Args:
        settings: Issuer, audience and the names of the claims.
        keys: The issuer's.
    """

    def __init__(self, settings: Jwt, keys: Keys) -> None:
        self._settings = settings
        self._keys = keys
        self._remembered: Remembered[_Good] = Remembered()

    async def read(self, token: str) -> Principal:
        """Whom the token speaks of.

        Raises:
            TokenRefused: It is not good.
            ProviderFailed: Nobody can say whether it is.
        """
        if len(token) > LONGEST:
            raise TokenRefused("too long")
        mark = self._remembered.mark(token)
        known = self._remembered.get(mark)
        if known is not None:
            if await self._keys.find(known.kid) is known.key and known.until > time.time():
                return known.principal
            self._remembered.forget(mark)
        good = await self._checked(token)
        if len(token) <= LONGEST_REMEMBERED:
            self._remembered.put(mark, good)
        return good.principal

    async def _checked(self, token: str) -> _Good:
        """A token that is read for the first time."""
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise TokenRefused("no token") from None
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or not isinstance(kid, str):
            raise TokenRefused("its algorithm or key is none of ours")
        if "crit" in header:
            raise TokenRefused("it asks for extensions")
        key = await self._keys.find(kid)
        if key is None or key.key_type != ALGORITHMS[algorithm]:
            raise TokenRefused("its key is none of the issuer's")
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise TokenRefused(type(error).__name__) from None
        if not claims["sub"]:
            raise TokenRefused("its subject is empty")
        principal = Principal(
            ViewerKind.USER,
            str(claims["sub"]),
            granted(_words(claims.get(self._settings.organizations_claim))),
            frozenset(_words(claims.get(self._settings.scopes_claim))) & frozenset(SCOPES),
            float(claims["exp"]),
        )
        return _Good(principal, kid, key, int(claims["exp"]) + LEEWAY_SECONDS)


def _words(claim: object) -> list[str]:
    """A claim that holds several words: a list, or text with spaces between."""
    if isinstance(claim, str):
        return claim.split()
    return [each for each in claim if isinstance(each, str)] if isinstance(claim, list) else []
