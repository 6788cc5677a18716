"""The envelope around a document: `query` or what names it, `operationName`, `variables`, `extensions`.

Sources: https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters, its appendix A for `documentId`, and
https://www.apollographql.com/docs/apollo-server/performance/apq for `extensions.persistedQuery`.
"""

import re
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from gateway.door.payload import decode, may_be_deep
from gateway.door.refusal import Refusal
from gateway.execution.operation import LONGEST_ID, Operation

_FIELDS = 64
_SHA256: Final = "sha256:"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class _Usual(msgspec.Struct, gc=False):
    """An envelope of the usual shape."""

    query: str | None = None
    operationName: str | None = None  # noqa: N815  as clients write it
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    documentId: Any = None  # noqa: N815  the same


_usual: Final = msgspec.json.Decoder(_Usual).decode


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
    if not may_be_deep(body):
        try:
            usual = _usual(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # what is wrong is said below
        else:
            if usual.query is not None and usual.documentId is None and not usual.extensions:
                return Operation(usual.query, usual.operationName or None, usual.variables or {}, {})
    envelope = decode(body, what)
    if not isinstance(envelope, dict):
        if isinstance(envelope, list):
            raise Refusal(400, "Operation batching is off: send one operation per request, as a JSON object.")
        raise Refusal(400, f'{what} must be a JSON object with the member "query".')
    return operation_of(envelope)


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
    return operation_of(envelope)


def operation_of(envelope: dict[str, Any]) -> Operation:
    """Read an envelope that was taken out of whatever carried it.

    Raises:
        Refusal: 400 where it is no well-formed request. Members that no one knows are ignored.
    """
    query = envelope.get("query")
    if query is not None and not isinstance(query, str):
        raise Refusal(400, '"query" must be a string that holds a GraphQL document.')
    extensions = _mapping(envelope, "extensions")
    document_id, query_hash = _document_id(envelope.get("documentId")), _query_hash(extensions.get("persistedQuery"))
    if document_id is not None:
        if query or query_hash is not None:
            raise Refusal(400, '"documentId" names the document: send it without "query" and "persistedQuery".')
        query = None
    elif query_hash is not None:
        query = query or None
    elif query is None:
        raise Refusal(
            400,
            'There is nothing to execute: "query" is missing. Send a GraphQL document in it, or the "documentId" of a '
            "registered one.",
        )
    name = envelope.get("operationName")
    if name is not None and not isinstance(name, str):
        raise Refusal(400, '"operationName" must be a string or null.')
    return Operation(query, name or None, _mapping(envelope, "variables"), extensions, document_id, query_hash)


def _document_id(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise Refusal(400, f'"documentId" must be a string of 1 to {LONGEST_ID} characters: the id of a document.')
    if value.startswith(_SHA256) and not _DIGEST.fullmatch(value, len(_SHA256)):
        raise Refusal(
            400, '"documentId" must have 64 lower-case hexadecimal digits after "sha256:": the hash of the document.'
        )
    return value


def _query_hash(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, dict) or type(value.get("version")) is not int or value["version"] != 1:
        raise Refusal(
            400,
            '"extensions.persistedQuery" must be a JSON object with "version": 1 and the "sha256Hash" of a document.',
        )
    found = value.get("sha256Hash")
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_ID:
        raise Refusal(
            400,
            '"extensions.persistedQuery.sha256Hash" must be the SHA-256 of the document, in 64 lower-case hexadecimal '
            "digits, or the id of a registered document.",
        )
    return found


def _mapping(envelope: dict[str, Any], name: str) -> dict[str, Any]:
    value = envelope.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal(400, f'"{name}" must be a JSON object or null.')
    return value
