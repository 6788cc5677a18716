"""The envelope around a document: `query`, `operationName`, `variables`, `extensions`.

Source: https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
"""

from typing import Any
from urllib.parse import parse_qsl

from gateway.door.payload import decode
from gateway.door.refusal import Refusal
from gateway.execution.operation import Operation

_FIELDS = 64


def operation_of_body(body: bytes, what: str = "The request body") -> Operation:
    """Read the JSON body of a POST, or what takes its place.

    Args:
        body: UTF-8.
        what: Names it in a refusal.

    Raises:
        Refusal: 400 where it is no well-formed request. Members that no one knows are ignored.
    """
    if not body:
        raise Refusal(400, f'{what} is empty: send a JSON object with the member "query".')
    envelope = decode(body, what)
    if not isinstance(envelope, dict):
        if isinstance(envelope, list):
            raise Refusal(400, "Operation batching is off: send one operation per request, as a JSON object.")
        raise Refusal(400, f'{what} must be a JSON object with the member "query".')
    return _operation(envelope)


def operation_of_query_string(query_string: bytes) -> Operation:
    """Read the query string of a GET; `variables` and `extensions` are JSON in it. An empty value counts as absent.

    Raises:
        Refusal: 400 where it is no well-formed request.
    """
    try:
        pairs = parse_qsl(query_string.decode(), errors="strict", max_num_fields=_FIELDS)
    except UnicodeDecodeError:
        raise Refusal(400, "The query string is not valid UTF-8: percent-encode it from UTF-8.") from None
    except ValueError:
        raise Refusal(400, f"The query string has too many parameters: at most {_FIELDS} are read.") from None
    envelope: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        if name in envelope:
            envelope[name] = decode(envelope[name].encode(), f'The parameter "{name}"')
    return _operation(envelope)


def _operation(envelope: dict[str, Any]) -> Operation:
    query = envelope.get("query")
    if not isinstance(query, str):
        if query is None:
            raise Refusal(400, 'There is nothing to execute: "query" is missing. Send a GraphQL document in it.')
        raise Refusal(400, '"query" must be a string that holds a GraphQL document.')
    name = envelope.get("operationName")
    if name is not None and not isinstance(name, str):
        raise Refusal(400, '"operationName" must be a string or null.')
    return Operation(query, name or None, _mapping(envelope, "variables"), _mapping(envelope, "extensions"))


def _mapping(envelope: dict[str, Any], name: str) -> dict[str, Any]:
    value = envelope.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal(400, f'"{name}" must be a JSON object or null.')
    return value
