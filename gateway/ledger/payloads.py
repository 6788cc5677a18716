"""Payloads on paper: what a mutation answered, written so that it can be given again after a restart.

Objects of the graph become their fields beside the name of their type; an organization stays a reference, whose fields
are read anew.
"""

import dataclasses
import datetime as dt
from enum import Enum
from typing import Any, TypeVar, cast

import msgspec

from resolvers.errors import Failure
from resolvers.identity import Link, OrganizationRef, Upstream
from resolvers.schema import schema
from resolvers.writing import Payload

P = TypeVar("P", bound=Payload)

_TYPE = "__type"


def written(payload: Payload) -> bytes:
    """The payload as bytes."""
    return msgspec.json.encode(_plain(payload))


def restored(text: bytes, payload: type[P]) -> P:
    """The payload again."""
    return cast("P", _restored(msgspec.json.decode(text), payload))


def _plain(value: Any) -> Any:  # noqa: ANN401, PLR0911  any field of any type of the graph; a table
    if isinstance(value, Failure):
        return None
    if isinstance(value, Enum):
        return {_TYPE: "enum", "of": type(value).__name__, "name": value.name}
    if isinstance(value, dt.datetime):
        return {_TYPE: "instant", "at": value.isoformat()}
    if isinstance(value, dict):
        return {_TYPE: "json", "value": value}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        given = {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value) if each.init}
        return {_TYPE: type(value).__name__} | given
    return value


def _restored(plain: Any, known: type | None = None) -> Any:  # noqa: ANN401, PLR0911  as above
    if isinstance(plain, list):
        return [_restored(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    name = plain.pop(_TYPE)
    if name == "enum":
        definition: Any = schema.get_type_by_name(plain["of"])
        return definition.wrapped_cls[plain["name"]]
    if name == "instant":
        return dt.datetime.fromisoformat(plain["at"])
    if name == "json":
        return plain["value"]
    values = {field: _restored(value) for field, value in plain.items()}
    if name == OrganizationRef.__name__:
        return OrganizationRef(values["key"], tuple(values["links"]), linked=values["linked"])
    if name == Link.__name__:
        return Link(Upstream(values["upstream"]), values["native_id"])
    definition = schema.get_type_by_name(name)
    return (known or definition.origin)(**values)
