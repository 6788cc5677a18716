"""The credentials that a caller shows to upstreams, each in a header of its own."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final

from resolvers.errors import UpstreamUnauthenticated
from resolvers.identity import Upstream

HEADERS: Final = {
    Upstream.LOSANT: "Losant-Authorization",
    Upstream.NKS: "Nks-Authorization",
    Upstream.LOCKTERA: "Locktera-Authorization",
    Upstream.CLICKHOUSE: "ClickHouse-Authorization",
}

LONGEST: Final = 8192
"""Of a header's value."""

_TOKEN = re.compile(r"(?:(bearer) +)?(?!(?:bearer|basic)$)([!-+\--~]+)", re.IGNORECASE)
_SCHEME_AND_TOKEN = re.compile(r"(basic|bearer) +([!-+\--~]+)", re.IGNORECASE)

_FORMS: Final = dict.fromkeys(Upstream, (_TOKEN, "`Bearer TOKEN`, or the token alone")) | {
    Upstream.CLICKHOUSE: (_SCHEME_AND_TOKEN, "`Basic` and the base64 of KEY_ID:KEY_SECRET")
}


class Credentials:
    """What one request brings along for upstreams whose setting `credentials` is `caller`.

    Losant, NKS and Locktera take `Bearer TOKEN`, or the token alone; ClickHouse Cloud takes the whole value, `Basic …`
    (or `Bearer …`). A value has visible ASCII characters, no comma (two headers of one name are joined by one), and at
    most 8 192 of them. It leaves this object for its own upstream only, as the value of `Authorization`.

    Args:
        headers: The request's, by lower-case name.
        upstreams: Those that callers bring credentials for; the headers of others are not read.
    """

    __slots__ = ("_given",)

    def __init__(self, headers: Mapping[str, str], upstreams: Iterable[Upstream]) -> None:
        given = ((upstream, headers.get(HEADERS[upstream].lower())) for upstream in upstreams)
        self._given = {upstream: value.strip(" \t") for upstream, value in given if value is not None}

    def authorization(self, upstream: Upstream) -> str:
        """The value of `Authorization` for one upstream.

        Raises:
            UpstreamUnauthenticated: The request has no such header, or one of another form.
        """
        name, (pattern, form) = HEADERS[upstream], _FORMS[upstream]
        value = self._given.get(upstream)
        if not value:
            raise UpstreamUnauthenticated(
                f"{upstream.title} is asked with the caller's own credential. Send the header {name}: {form}.",
                upstream=upstream,
            )
        match = pattern.fullmatch(value) if len(value) <= LONGEST else None
        if match is None:
            raise UpstreamUnauthenticated(
                f"The header {name} must come once and hold {form}: at most {LONGEST} visible ASCII characters, "
                "no comma.",
                upstream=upstream,
            )
        scheme, token = match.groups()
        return f"{(scheme or 'bearer').capitalize()} {token}"

    def mark(self) -> str:
        """Tells callers apart who show other credentials, without telling what they are; empty where none is shown."""
        if not self._given:
            return ""
        digest = hashlib.blake2b(digest_size=16, person=b"credentials")
        for upstream in Upstream:
            value = self._given.get(upstream, "").encode()
            digest.update(len(value).to_bytes(8, "big") + value)
        return digest.hexdigest()
