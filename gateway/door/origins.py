"""Other sites: which web apps may ask, and what a browser sends on behalf of those that may not.

A browser sends some requests for any page without asking first: a simple GET, and the handshake of a WebSocket. It says
so in headers that no page can set. Source: https://fetch.spec.whatwg.org, https://www.w3.org/TR/fetch-metadata/
"""

from collections.abc import Iterable, Mapping
from typing import Final

from gateway.door.negotiation import has_preflight
from gateway.door.refusal import Refusal

_OWN: Final = frozenset({b"same-origin", b"none"})


class Origins:
    """The web apps that may ask.

    Args:
        listed: Origins in lower case, such as `https://app.example.com`, beside the gateway's own.
    """

    __slots__ = ("_listed",)

    def __init__(self, listed: Iterable[str] = ()) -> None:
        self._listed = frozenset(each.encode() for each in listed)

    def let_in(self, raw: Mapping[bytes, bytes]) -> bool:
        """Whether a request comes from a listed origin, the gateway's own, or no browser: it names none.

        Args:
            raw: Its headers, by lower-case name.
        """
        origin = raw.get(b"origin")
        if origin is None or origin in self._listed:
            return True
        _, mark, authority = origin.partition(b"://")
        return bool(mark) and authority.lower() == raw.get(b"host", b"").lower()

    def check_get(self, raw: Mapping[bytes, bytes]) -> None:
        """Let a GET in that a person or an app that may ask is behind.

        One with a preflight header was asked for before it was sent, or is no browser's.

        Raises:
            Refusal: 403 where a page of another site may be behind it.
        """
        site, origin = raw.get(b"sec-fetch-site"), raw.get(b"origin")
        if site is None and origin is None:
            return
        if site in _OWN or (origin in self._listed and origin is not None) or has_preflight(raw):
            return
        if site is None and self.let_in(raw):
            return
        raise Refusal(
            403,
            "A browser sent this request for a page of another site. Add the header GraphQL-Preflight: 1, use POST, or "
            "list the app's origin in server.origins.",
            code="FORBIDDEN",
        )
