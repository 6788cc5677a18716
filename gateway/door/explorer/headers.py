"""What stands in the editor of request headers before somebody writes there: how credentials are sent."""

import json
from collections.abc import Sequence

_BASIC = frozenset({"clickhouse-authorization"})
"""Headers whose credential is the id and the secret of a key."""


def headers_text(callers_headers: Sequence[str]) -> str:
    """JSON with comments, which sends nothing as it stands.

    Args:
        callers_headers: The names of the headers with callers' own credentials of upstreams, of those that want them.
    """
    lines = ["// Your key or token of this gateway:", *_commented("Authorization", "Bearer YOUR_KEY")]
    if callers_headers:
        lines.append("// Your own, each for that upstream alone:")
    for name in callers_headers:
        is_basic = name.lower() in _BASIC
        lines += _commented(name, "Basic BASE64_OF_ID:SECRET" if is_basic else "Bearer TOKEN")
    lines.append("// Uncomment yours. Nothing is stored.")
    return "\n".join(("{", *(f"  {line}" for line in lines), "}"))


def _commented(name: str, value: str) -> list[str]:
    return [f"// {json.dumps(name)}: {json.dumps(value)},"]
