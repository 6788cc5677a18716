"""The one place that turns a request's credential into a principal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import httpx

from gateway.callers.api_keys import ApiKeys
from gateway.callers.failures import ProviderFailed, TokenRefused
from gateway.callers.principal import Principal
from gateway.settings import Settings
from resolvers.errors import Unauthenticated
from resolvers.viewer import ViewerKind

if TYPE_CHECKING:  # what checks signatures takes time to load
    from gateway.callers.tokens import Tokens

LONGEST_CREDENTIAL: Final = 16_384 + 512

_REFUSED: Final = (
    "The credential is not good. Send `Authorization: Bearer` with an API key of the gateway or a valid token."
)


class Callers:
    """Tells who is calling.

    Args:
        settings: The gateway's.
        transport: In the place of sockets to the identity provider.
    """

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        callers = settings.callers
        self._keys = ApiKeys(callers.api_keys)
        self._client: httpx.AsyncClient | None = None
        self._tokens: Tokens | None = None
        if callers.jwt.issuer:
            from gateway.callers import tokens  # noqa: PLC0415  most gateways do without

            self._client = httpx.AsyncClient(transport=transport, timeout=tokens.FETCH_SECONDS, follow_redirects=False)
            self._tokens = tokens.Tokens(callers.jwt, tokens.Keys(callers.jwt.issuer, self._client))
        scopes = frozenset(callers.anonymous)
        self._anonymous = Principal(ViewerKind.ANONYMOUS, "", None, scopes) if scopes else None

    async def identify(self, headers: Mapping[str, str]) -> Principal:
        """The principal of a request.

        Args:
            headers: By lower-case name; several of one name are joined with commas.

        Raises:
            Unauthenticated: The credential is not good, or there is none and one is needed.
        """
        return self.at_once(headers) or await self.by_token(headers)

    def at_once(self, headers: Mapping[str, str]) -> Principal | None:
        """The principal, where nobody has to be waited for; None where `by_token` may find one.

        Raises:
            Unauthenticated: As `identify`.
        """
        given = headers.get("authorization")
        if given is None:
            if self._anonymous is None:
                raise Unauthenticated(
                    "The gateway asks for a credential. Send `Authorization: Bearer` with an API key or token."
                )
            return self._anonymous
        found = self._keys.find(_credential(given))
        if found is None and self._tokens is None:
            raise Unauthenticated(_REFUSED)
        return found

    async def by_token(self, headers: Mapping[str, str]) -> Principal:
        """The principal by a token in `Authorization`, which is there.

        Raises:
            Unauthenticated: As `identify`.
        """
        credential = _credential(headers["authorization"])
        if self._tokens is None:
            raise Unauthenticated(_REFUSED)
        try:
            return await self._tokens.read(credential)
        except TokenRefused:
            raise Unauthenticated(_REFUSED) from None
        except ProviderFailed:
            raise Unauthenticated("The identity provider cannot be asked now. Try again shortly.") from None

    async def close(self) -> None:
        """Closes the connections to the identity provider."""
        if self._client:
            await self._client.aclose()


def _credential(given: str) -> str:
    """What stands behind `Bearer`.

    Raises:
        Unauthenticated: It is of another kind, or too long.
    """
    scheme, _, credential = given.partition(" ")
    credential = credential.strip(" \t")
    if scheme.lower() != "bearer" or not credential or len(credential) > LONGEST_CREDENTIAL or "," in credential:
        raise Unauthenticated(_REFUSED)
    return credential
