"""What no answer may be."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.fuzz.exchange import LONGEST, Answer, Result
from tests.fuzz.shot import Shot

ERRORS = 20
MESSAGE = 500
_LEAK = re.compile(
    r"Traceback|object at 0x|NoneType|<class|\w+(?:Error|Exception)\(|coroutine|dict_keys|127\.0\.0\.1|localhost|/v1/"
    r"|site-packages|\.py\b|takes \d+ positional|has no attribute|unhashable|not subscriptable"
)
_KERNEL = 65_536
"""Bytes: an answer in the middle of a longer request, or before its last piece, may be lost with the rest of it."""


def faults(shot: Shot, result: Result) -> Iterator[str]:
    """What is wrong with what came back for a shot, one sentence each."""
    if result.missing:
        yield f"no answer in {LONGEST:g} s"
    lost = shot.pieces > 1 or len(shot.sent) >= _KERNEL
    if result.closed and result.due and not result.answers and not lost:
        yield "the connection was closed without an answer"
    for answer in result.answers:
        if answer.status >= 500:
            yield f"status {answer.status}"
        if answer.status == 0 or answer.status < 200:
            yield "an answer without a final status"
        yield from _of_body(answer)


def _of_body(answer: Answer) -> Iterator[str]:
    if b"json" not in answer.headers.get(b"content-type", b"") or not answer.body:
        return
    if len(answer.body) < int(answer.headers.get(b"content-length", b"0")):
        return
    try:
        content = json.loads(answer.body)
    except ValueError:
        yield "an answer that is no JSON"
        return
    if not isinstance(content, dict):
        yield "an answer that is no object"
        return
    errors = content.get("errors", [])
    if len(errors) > ERRORS and "data" not in content:
        yield f"{len(errors)} errors"
    for error in errors:
        yield from _of_error(error)
    if any(value == "INTERNAL" for value in _codes(content.get("data"))):
        yield "INTERNAL in the data"


def _of_error(error: dict[str, Any]) -> Iterator[str]:
    message, extensions = error.get("message"), error.get("extensions", {})
    if extensions.get("code") == "INTERNAL":
        yield f"INTERNAL: {message}"
    if not extensions.get("code") or not extensions.get("requestId"):
        yield f"an error without a code or a request id: {message}"
    if not message or len(message) > MESSAGE:
        yield f"a message of {len(message or '')} characters"
    elif found := _LEAK.search(message):
        yield f"a message that shows {found[0]!r}: {message}"


def _codes(data: Any) -> Iterator[Any]:
    """Every `code` in an answer's data."""
    if isinstance(data, dict):
        yield data.get("code")
        for value in data.values():
            yield from _codes(value)
    elif isinstance(data, list):
        for value in data:
            yield from _codes(value)


def messages(result: Result) -> Iterator[tuple[str, str]]:
    """The code and the sentence of every error in what came back."""
    for answer in result.answers:
        try:
            content = json.loads(answer.body)
        except ValueError:
            yield str(answer.status), answer.body[:200].decode("latin-1")
            continue
        for error in content.get("errors", []) if isinstance(content, dict) else []:
            yield error.get("extensions", {}).get("code", ""), error.get("message", "")
        for errors in _lists(content.get("data") if isinstance(content, dict) else None):
            yield from ((each.get("code", ""), each.get("message", "")) for each in errors if isinstance(each, dict))


def _lists(data: Any) -> Iterator[list[Any]]:
    for payload in data.values() if isinstance(data, dict) else ():
        if isinstance(payload, dict) and isinstance(payload.get("userErrors"), list):
            yield payload["userErrors"]


def has_data(result: Result) -> bool:
    """Whether an operation was carried out."""
    return any(b'"data":{' in answer.body for answer in result.answers)
