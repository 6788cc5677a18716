"""Media types: which one a client sends, which one it is answered in.

Source: https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types and RFC 9110, 12.5.1.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from gateway.door.refusal import Refusal

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
MIXED = "multipart/mixed"

FORMER = "deferSpec=20220824"
"""The format of parts without `pending` and ids."""
FORM = "multipart/form-data"

_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
_CACHED_LENGTH = 512
_PREFLIGHT = (b"graphql-preflight", b"apollo-require-preflight", b"x-apollo-operation-name")
_SPECS = {each.lower(): each for each in (FORMER, "incrementalSpec=v0.2")}
_USUAL = frozenset({b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"})


def request_type(raw: dict[bytes, bytes]) -> str:
    """Say what the body of a POST with these raw headers is: `JSON` in UTF-8, or a `FORM`; neither is compressed.

    This also keeps other sites' forms out: a browser asks before it sends `application/json` elsewhere, or a header
    of `_PREFLIGHT`; a form by itself it sends unasked.

    Raises:
        Refusal: 415; 400 for a form without such a header.
    """
    if raw.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refusal(
            415,
            "A compressed request body is not read: send it without Content-Encoding.",
            headers=((b"accept-encoding", b"identity"),),
        )
    content_type = raw.get(b"content-type", b"")
    if content_type in _USUAL:
        return JSON
    media, parameters = _parsed(content_type.decode("latin-1"))
    if media not in {JSON, FORM}:
        raise Refusal(
            415,
            "The body of a POST must be JSON: send it with Content-Type: application/json.",
            headers=((b"accept-post", b"application/json, multipart/form-data"),),
        )
    if parameters.get("charset", "utf-8") not in {"utf-8", "utf8"}:
        raise Refusal(415, "The request body must be encoded in UTF-8: send charset=utf-8 or leave the charset out.")
    if media == FORM and not has_preflight(raw):
        raise Refusal(
            400,
            "A multipart request needs a header that keeps other sites out: add GraphQL-Preflight: 1. "
            "Apollo-Require-Preflight or X-Apollo-Operation-Name do as well.",
        )
    return media


def has_preflight(raw: Mapping[bytes, bytes]) -> bool:
    """Whether a browser would have asked before sending these raw headers elsewhere."""
    return any(raw.get(name, b"").strip() for name in _PREFLIGHT)


def answer_type(accept: bytes | None) -> str:
    """Say which of the two media types a client is answered in; JSON where it does not say.

    `EVENTS` or `MIXED` where it takes nothing else.

    Raises:
        Refusal: 406 where it accepts none of them.
    """
    if not accept:
        return JSON
    chosen = _cached(accept) if len(accept) <= _CACHED_LENGTH else _chosen(accept)
    if chosen is None:
        ways = ways_of(accept)
        if ways.events or ways.parts:
            return ways.parts or EVENTS
        raise Refusal(406, f"No media type in Accept can be served: accept {GRAPHQL_RESPONSE} or {JSON}.")
    return chosen


class Ways(NamedTuple):
    """How an answer may come, if not as one JSON text.

    Attributes:
        events: As a stream of events.
        parts: In which media type, where it comes in parts: `EVENTS` or `MIXED`; empty where it must not.
        spec: The parameter of it that names the format of the parts; empty where nothing is said.
    """

    events: bool = False
    parts: str = ""
    spec: str = ""


def ways_of(accept: bytes | None) -> Ways:
    """Say what a client names beside JSON in what it accepts; several do so for every operation."""
    if not accept:
        return _NO_WAYS
    return _cached_ways(accept) if len(accept) <= _CACHED_LENGTH else _ways(accept)


def _ways(accept: bytes) -> Ways:
    found = [each for each in _ranges(accept.decode("latin-1")) if each[0] in {EVENTS, MIXED} and each[2] > 0]
    events = any(media == EVENTS for media, _, _ in found)
    parts = [
        (weight, media == MIXED, media, spec)
        for media, parameters, weight in found
        if (spec := _spec(parameters)) is not None
    ]
    if not parts:
        return Ways(events)
    _, _, media, spec = max(parts, key=lambda each: each[:2])
    return Ways(events, media, spec)


def _spec(parameters: dict[str, str]) -> str | None:
    """The format of parts that is asked for; None where it is none of those that are known here."""
    named = [f"{name}={value}" for name, value in parameters.items() if name.endswith("spec")]
    if not named:
        return ""
    return _SPECS.get(named[0]) if len(named) == 1 else None


_NO_WAYS = Ways()
_cached_ways = lru_cache(maxsize=256)(_ways)


def _chosen(accept: bytes) -> str | None:
    weights = _weights(accept.decode("latin-1"))
    everything = weights.get("application/*", weights.get("*/*", 0.0))
    modern = weights.get(GRAPHQL_RESPONSE, everything)
    plain = weights.get(JSON, everything)
    if modern > plain or (modern == plain > 0 and GRAPHQL_RESPONSE in weights):
        return GRAPHQL_RESPONSE
    return JSON if plain > 0 else None


_cached = lru_cache(maxsize=256)(_chosen)


def _weights(accept: str) -> dict[str, float]:
    """Media range to weight. A weight that cannot be read counts as 1."""
    weights: dict[str, float] = {}
    for media, _, weight in _ranges(accept):
        weights[media] = max(weight, weights.get(media, 0.0))
    return weights


def _ranges(accept: str) -> Iterator[tuple[str, dict[str, str], float]]:
    for text in accept.split(","):
        media, parameters = _parsed(text)
        if parameters.get("charset", "utf-8") in {"utf-8", "utf8"}:
            weight = parameters.get("q", "1")
            yield media, parameters, float(weight) if _WEIGHT.fullmatch(weight) else 1.0


def _parsed(text: str) -> tuple[str, dict[str, str]]:
    media, *rest = text.lower().split(";")
    parameters = {}
    for parameter in rest:
        name, _, value = parameter.partition("=")
        parameters[name.strip()] = value.strip().strip('"')
    return media.strip(), parameters
