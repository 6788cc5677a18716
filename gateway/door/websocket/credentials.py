"""The credentials that a socket shows: in the headers of its handshake, or in its first message.

A browser's socket has no headers of its own choice.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.door.websocket.closing import BAD_REQUEST, Closing

NAMES: Final = frozenset(
    {
        "authorization",
        "losant-authorization",
        "nks-authorization",
        "locktera-authorization",
        "clickhouse-authorization",
    }
)
"""Members of `connection_init`'s payload, in lower or upper case, that stand for headers."""

_OF_ONE_REQUEST: Final = frozenset({"idempotency-key", "last-event-id"})


def headers_with(headers: Mapping[str, str], payload: Mapping[str, Any]) -> dict[str, str]:
    """Put what `connection_init` shows over the headers of the handshake.

    Args:
        headers: The handshake's, by lower-case name. Those that are about one request alone are left out.
        payload: Of `connection_init`; null counts as absent, other members mean nothing.

    Raises:
        Closing: 4400 where a credential could not stand in a header.
    """
    found = {name: value for name, value in headers.items() if name not in _OF_ONE_REQUEST}
    for name, value in payload.items():
        header = name.lower()
        if header not in NAMES or value is None:
            continue
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise Closing(BAD_REQUEST, f"{name} must be text that can stand in a header.")
        found[header] = value
    return found
