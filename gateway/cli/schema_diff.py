"""What became of the schema since an earlier one, by what it does to clients."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Final

from graphql import (
    DirectiveLocation,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    build_schema,
)
from graphql.utilities import BreakingChange, DangerousChange, SafeChangeType, find_schema_changes

from gateway.cli.elsewhere import headers_of
from gateway.cli.schema_sources import Earlier, earlier_schema

_OF_DOCUMENTS: Final = frozenset(
    {
        DirectiveLocation.QUERY,
        DirectiveLocation.MUTATION,
        DirectiveLocation.SUBSCRIPTION,
        DirectiveLocation.FIELD,
        DirectiveLocation.FRAGMENT_DEFINITION,
        DirectiveLocation.FRAGMENT_SPREAD,
        DirectiveLocation.INLINE_FRAGMENT,
        DirectiveLocation.VARIABLE_DEFINITION,
    }
)


class Effect(Enum):
    """What a change does to clients."""

    BREAKING = "what clients send today is refused, or is answered in another form"
    DANGEROUS = "what clients send today is taken, and may be answered with what they do not expect"
    SAFE = "clients notice nothing"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        kind: Its name in capitals: graphql-core's, or one of those made here.
        said: A sentence.
    """

    kind: str
    said: str


Differences = dict[Effect, list[Change]]


def differences(old: GraphQLSchema, new: GraphQLSchema) -> Differences:
    """The changes from one schema to another, by their effect; a change of a description is none.

    Directives that stand in schemas only, and never in what clients send, are not compared.
    """
    found: Differences = {effect: [] for effect in Effect}
    for each in find_schema_changes(_as_clients_see(old), _as_clients_see(new)):
        if each.type is SafeChangeType.DESCRIPTION_CHANGED:
            continue
        breaks, endangers = isinstance(each, BreakingChange), isinstance(each, DangerousChange)
        effect = Effect.BREAKING if breaks else Effect.DANGEROUS if endangers else Effect.SAFE
        found[effect].append(Change(each.type.name, each.description))
    for effect, change in (*_roots(old, new), *_one_of(old, new), *_deprecations(old, new)):
        found[effect].append(change)
    return found


def compared(old: str, header: list[str], *, as_json: bool) -> tuple[str, bool]:
    """What is printed about the changes from an earlier schema to this gateway's, and whether one breaks clients.

    Args:
        old: Where the earlier one is; see `earlier_schema`.
        header: As `headers_of` takes them.
        as_json: For programs.

    Raises:
        CannotRunError: There is no earlier schema that can be read.
    """
    earlier = earlier_schema(old, headers_of(header))
    from resolvers.schema import sdl  # noqa: PLC0415  what cannot be read is told before

    found = differences(earlier.schema, build_schema(sdl()))
    text = f"{json.dumps(members(earlier, found), indent=2)}\n" if as_json else told(earlier, found)
    return text, bool(found[Effect.BREAKING])


def told(earlier: Earlier, found: Differences) -> str:
    """The changes as a person reads them; ends with a line feed."""
    if not any(found.values()):
        return f"Nothing changed since {earlier.name}.\n"
    lines = [f"Since {earlier.name}:", ""]
    for effect, changes in found.items():
        if changes:
            lines += [f"{effect.name.capitalize()}: {effect.value}", *(f"  - {each.said}" for each in changes), ""]
    counts = ", ".join(f"{len(changes)} {effect.name.lower()}" for effect, changes in found.items())
    return "\n".join([*lines, f"{counts}.", ""])


def members(earlier: Earlier, found: Differences) -> dict[str, object]:
    """The same, for programs: `old`, and for each effect a list of `kind` and `said`."""
    return {"old": earlier.name} | {
        effect.name.lower(): [asdict(each) for each in changes] for effect, changes in found.items()
    }


def deprecated(schema: GraphQLSchema) -> dict[str, str]:
    """The reasons of all that is deprecated, by coordinates such as `Query.members` and `Query.members(first:)`."""
    return {coordinate: reason for coordinate, reason in _reasons(schema) if reason is not None}


def _as_clients_see(schema: GraphQLSchema) -> GraphQLSchema:
    known = schema.to_kwargs()
    known["directives"] = tuple(each for each in schema.directives if _OF_DOCUMENTS & set(each.locations))
    return GraphQLSchema(**known)


def _roots(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[tuple[Effect, Change]]:
    """Operations that are no longer served although the type of their root is still there."""
    for operation in OperationType:
        before, after = old.get_root_type(operation), new.get_root_type(operation)
        if before and before.name in new.type_map and (after is None or after.name != before.name):
            now = f"is {after.name}" if after else "is gone"
            said = f"The root of each {operation.value} was {before.name}, and {now}."
            yield Effect.BREAKING, Change("ROOT_TYPE_CHANGED", said)


def _one_of(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[tuple[Effect, Change]]:
    for name, before in old.type_map.items():
        after = new.type_map.get(name)
        if not isinstance(before, GraphQLInputObjectType) or not isinstance(after, GraphQLInputObjectType):
            continue
        if after.is_one_of and not before.is_one_of:
            yield Effect.BREAKING, Change("ONE_OF_ADDED", f"{name} takes exactly one of its fields now (@oneOf).")
        elif before.is_one_of and not after.is_one_of:
            yield Effect.SAFE, Change("ONE_OF_REMOVED", f"{name} takes any of its fields now (no @oneOf).")


def _deprecations(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[tuple[Effect, Change]]:
    before, after, all_of_new = deprecated(old), deprecated(new), {name for name, _ in _reasons(new)}
    for coordinate, reason in after.items():
        if coordinate not in before:
            yield Effect.SAFE, Change("DEPRECATED", f"{coordinate} is deprecated now: {reason}")
    for coordinate in before:
        if coordinate not in after and coordinate in all_of_new:
            yield Effect.SAFE, Change("DEPRECATION_REMOVED", f"{coordinate} is no longer deprecated.")


def _reasons(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """All that can be deprecated, each with its reason; None where it is not."""
    for name, each in schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(each, GraphQLEnumType):
            yield from _each(((f"{name}.{key}", value) for key, value in each.values.items()))
        elif isinstance(each, GraphQLInputObjectType):
            yield from _each(((f"{name}.{key}", value) for key, value in each.fields.items()))
        elif isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
            for key, field in each.fields.items():
                yield f"{name}.{key}", field.deprecation_reason
                yield from _each(((f"{name}.{key}({of}:)", argument) for of, argument in field.args.items()))
    for directive in schema.directives:
        yield from _each(((f"@{directive.name}({of}:)", argument) for of, argument in directive.args.items()))


def _each(items: Iterable[tuple[str, object]]) -> Iterator[tuple[str, str | None]]:
    return ((name, getattr(item, "deprecation_reason", None)) for name, item in items)
