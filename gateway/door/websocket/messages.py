"""The messages of `graphql-transport-ws`, in and out.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from gateway.door.envelope import operation_of
from gateway.door.payload import decode
from gateway.door.refusal import Refusal
from gateway.door.websocket.closing import BAD_REQUEST, Closing
from gateway.execution.encoding import encode
from gateway.execution.operation import Operation

ACK: Final = '{"type":"connection_ack"}'
PONG: Final = '{"type":"pong"}'


@dataclass(frozen=True, slots=True)
class Init:
    """`connection_init`."""

    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`subscribe`: of any operation."""

    id: str
    operation: Operation


@dataclass(frozen=True, slots=True)
class Complete:
    """`complete`: the client wants no more of it."""

    id: str


@dataclass(frozen=True, slots=True)
class Ping:
    """`ping`."""


@dataclass(frozen=True, slots=True)
class Pong:
    """`pong`."""


Message: TypeAlias = Init | Subscribe | Complete | Ping | Pong


def message_of(text: str) -> Message:
    """Read what a client sent.

    Raises:
        Closing: 4400 where it is none of the protocol's.
    """
    try:
        return _message(decode(text.encode(), "The message"))
    except Refusal as refusal:
        raise Closing(BAD_REQUEST, refusal.message) from None


def _message(value: Any) -> Message:  # noqa: ANN401  JSON from a stranger has no type yet
    if not isinstance(value, dict):
        raise Refusal(400, "A message must be a JSON object.")
    match value.get("type"):
        case "connection_init":
            return Init(_payload(value) or {})
        case "subscribe":
            return Subscribe(_id(value), operation_of(_payload(value) or {}))
        case "complete":
            return Complete(_id(value))
        case "ping":
            _payload(value)
            return Ping()
        case "pong":
            _payload(value)
            return Pong()
    raise Refusal(400, "The message has no type that is known here.")


def _payload(message: dict[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Refusal(400, '"payload" must be a JSON object or null.')
    return payload


def _id(message: dict[str, Any]) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not found:
        raise Refusal(400, '"id" must be a string with at least one character.')
    return found


def next_(operation_id: str, answer: dict[str, Any]) -> str:
    """`next`: the answer to an operation.

    Raises:
        TypeError: A value of it has no place in JSON.
        UnicodeEncodeError: A string holds half of a surrogate pair.
    """
    return encode({"id": operation_id, "type": "next", "payload": answer}).decode()


def error(operation_id: str, errors: list[dict[str, Any]]) -> str:
    """`error`: the operation was refused; nothing follows."""
    return encode({"id": operation_id, "type": "error", "payload": errors}).decode()


def complete(operation_id: str) -> str:
    """`complete`: nothing follows."""
    return encode({"id": operation_id, "type": "complete"}).decode()
