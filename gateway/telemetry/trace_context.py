"""Trace context: which trace a request belongs to, and what upstreams are told of it.

Source: https://www.w3.org/TR/trace-context/
"""

import os
import re
from collections.abc import Mapping
from typing import Final

SAMPLED: Final = 1
_FORM: Final = re.compile(r"(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


def received(header: str | None) -> str:
    """A request's `traceparent` in version 00, with no flag but `sampled`; empty where there is none that is valid."""
    if header is None:
        return ""
    found = _FORM.fullmatch(header)
    if found is None or (found[1] == "00" and found[5]):
        return ""
    return f"00-{found[2]}-{found[3]}-{int(found[4], 16) & SAMPLED:02x}"


def begun() -> str:
    """The context of a span without a parent, which is sampled."""
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"


def below(traceparent: str) -> str:
    """The context of a new span below another: the same trace and flags."""
    return f"{traceparent[:36]}{os.urandom(8).hex()}{traceparent[52:]}"


def headers(request_id: str, traceparent: str, *, traced: bool = False) -> Mapping[str, str]:
    """What a call to an upstream carries of the request that it is made for.

    Args:
        request_id: Of the request.
        traceparent: The operation's; empty where it belongs to no trace.
        traced: Spans are exported: the call gets a span id of its own. Else the context goes on as it came.
    """
    carried = {"X-Request-Id": request_id}
    if traceparent:
        carried["traceparent"] = below(traceparent) if traced else traceparent
    return carried
