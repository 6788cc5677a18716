"""The time that a caller gives an operation, by the header `Request-Timeout`."""

import re
from collections.abc import Mapping
from typing import Final

from resolvers.errors import BadUserInput

TIMEOUT_HEADER: Final = "request-timeout"
_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def time_of(headers: Mapping[str, str]) -> float | None:
    """Seconds; None where the caller sets no time. It can only shorten what the gateway's own deadlines say.

    Args:
        headers: By lower-case name.

    Raises:
        BadUserInput: The header holds something else than a positive number of seconds.
    """
    text = headers.get(TIMEOUT_HEADER)
    if text is None:
        return None
    seconds = float(text) if _SECONDS.fullmatch(text) else 0.0
    if not seconds:
        raise BadUserInput("Request-Timeout takes a number of seconds above 0, such as 2 or 0.5.")
    return seconds
