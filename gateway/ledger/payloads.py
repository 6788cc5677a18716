"""Payloads on paper: what a mutation answered, written so that it can be given again after a restart.

Objects of the graph become their fields beside the name of their type; an organization stays a reference, whose fields
are read anew.
"""

import dataclasses
import datetime as dt
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from strawberry.types.base import StrawberryObjectDefinition

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
    kind = value.__class__
    if kind in _AS_THEY_ARE:
        return value
    if isinstance(value, Failure):
        return None
    if isinstance(value, Enum):
        return {_TYPE: "enum", "of": kind.__name__, "name": value.name}
    if isinstance(value, dt.datetime):
        return {_TYPE: "instant", "at": value.isoformat()}
    if isinstance(value, dict):
        return {_TYPE: "json", "value": value}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if (form := _form(kind)) is not None:
        name, members = form
        return {_TYPE: name} | {member: _plain(getattr(value, member)) for member in members}
    return value


_AS_THEY_ARE = frozenset({type(None), str, int, float, bool})


@cache
def _form(kind: type) -> tuple[str, tuple[str, ...]] | None:
    """The name of a class, and the fields that make its objects; None where it is of no class of the graph.

    What stands in for objects of the graph is written as one of those.
    """
    if issubclass(kind, msgspec.Struct):
        kind = next((each for each in _classes() if issubclass(kind, each)), kind)
    if dataclasses.is_dataclass(kind):
        return kind.__name__, tuple(each.name for each in dataclasses.fields(kind) if each.init)
    return (kind.__name__, kind.__struct_fields__) if issubclass(kind, msgspec.Struct) else None


@cache
def _classes() -> list[type]:
    """Those of the graph's objects."""
    definitions = [each.definition for each in schema.schema_converter.type_map.values()]
    known = [each for each in definitions if isinstance(each, StrawberryObjectDefinition)]
    return [each.origin for each in known if not each.is_interface and not each.is_input]


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
