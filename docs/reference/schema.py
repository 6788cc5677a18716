"""The page of all types of the graph."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
)

from reference.cells import cell
from resolvers.schema import graphql_schema

KINDS = (
    ("Roots", lambda each: each.name in {"Query", "Mutation", "Subscription"}),
    ("Objects", lambda each: isinstance(each, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)),
    ("Inputs", lambda each: isinstance(each, GraphQLInputObjectType)),
    ("Enums", lambda each: isinstance(each, GraphQLEnumType)),
    ("Scalars", lambda each: isinstance(each, GraphQLScalarType)),
)


def schema_page() -> str:
    """Every type with its fields."""
    lines = [
        "# Schema",
        "",
        "Printed from the code; the same stands in `schema.graphql` and in the explorer.",
        "",
    ]
    left = {name: each for name, each in graphql_schema.type_map.items() if not name.startswith("__")}
    for title, belongs in KINDS:
        lines += [f"## {title}", ""]
        for name in sorted(left):
            if belongs(left[name]):
                lines += _type(left.pop(name))
    return "\n".join(lines) + "\n"


def _type(each: GraphQLNamedType) -> Iterator[str]:
    yield from (f"### {each.name} {{ #{_anchor(each.name)} }}", "", cell(each.description or ""), "")
    if isinstance(each, GraphQLEnumType):
        yield from ("| value | meaning |", "|---|---|")
        yield from (f"| `{name}` | {cell(value.description or '')} |" for name, value in each.values.items())
        yield ""
    elif isinstance(each, GraphQLUnionType):
        yield from (", ".join(_linked(str(inner)) for inner in each.types), "")
    elif not isinstance(each, GraphQLScalarType):
        yield from ("| field | type | meaning |", "|---|---|---|")
        for name, field in each.fields.items():  # type: ignore[attr-defined]  the kinds that are left have fields
            meaning = cell(field.description or "")
            arguments = "".join(
                f"<br>`{inner}`: {_linked(str(argument.type))}: {cell(argument.description or '')}"
                for inner, argument in getattr(field, "args", {}).items()
            )
            yield f"| `{name}` | {_linked(str(field.type))} | {meaning}{arguments} |"
        yield ""


def _anchor(name: str) -> str:
    return f"type-{name.strip('_').lower()}"


def _linked(reference: str) -> str:
    """A type as it is written, which leads to its place; those that GraphQL itself has lead nowhere."""
    name = reference.strip("[]!")
    shown = f"`{reference}`"
    return shown if name in {"ID", "String", "Int", "Float", "Boolean"} else f"[{shown}](#{_anchor(name)})"
