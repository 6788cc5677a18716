"""What a document may ask for, and how it is told that it asks for more."""

from dataclasses import dataclass
from typing import Final

from graphql import GraphQLError

INTROSPECTION_ALIASES: Final = 10
INTROSPECTION_LISTS: Final = 2
"""Lists of types or fields within each other, such as `types { fields { ... } }`; no tool asks for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that one document may hold. What a fragment holds counts wherever it is spread.

    Attributes:
        characters: Of the text.
        tokens: Of the text; comments count, too.
        operations: In the document.
        fragments: Definitions in the document.
        values: That the document writes out: arguments, items of lists, fields of objects.
        selections: Fields and fragments of all operations together.
        overlaps: Pairs of fields under one name in one place, of all operations together: each is compared.
        depth: Levels of fields of an operation. Introspection has its own.
        aliases: Of an operation, `__typename` and introspection apart.
        root_fields: Of an operation. Those of a query that differ in their aliases only count once.
        directives: Of an operation.
        parts: `@defer` and `@stream` of an operation; each may become many parts, one for each item of a list.
        variables: Of an operation.
        introspection_depth: Levels of fields below `__schema` and `__type`, these included.
        errors: In the answer to a document that is refused.
        cost: Of an operation, estimated; see `resolvers.costs`.
        page: Items of a list that is paged, and the length that it is taken for where nothing is said.
    """

    characters: int = 32_768
    tokens: int = 2_000
    operations: int = 50
    fragments: int = 100
    values: int = 500
    selections: int = 2_000
    overlaps: int = 2_000
    depth: int = 12
    aliases: int = 30
    root_fields: int = 20
    directives: int = 20
    parts: int = 10
    variables: int = 50
    introspection_depth: int = 20
    errors: int = 20
    cost: int = 5_000
    page: int = 100


class LimitExceeded(GraphQLError):  # noqa: N818  it is what happened; an error by its class
    """A document asks for more than a limit allows; `extensions.limit` says which, in a stable word."""

    def __init__(self, limit: str, what: str, allowed: int, asked: int) -> None:
        """Words the sentence.

        Args:
            limit: The stable word, such as `DEPTH`.
            what: What is counted, as it follows a number: `levels of fields`.
            allowed: The most.
            asked: What the document has.
        """
        super().__init__(
            f"The document has {asked} {what}; at most {allowed} are allowed.",
            extensions={"limit": limit, "allowed": allowed, "asked": asked},
        )


def too_costly(allowed: int, estimated: float) -> GraphQLError:
    """The refusal of an operation by its estimated cost."""
    asked = rounded(estimated)
    return GraphQLError(
        f"The operation may cost {asked}; at most {allowed} is allowed. Ask for fewer items (`first`), or in parts.",
        extensions={"limit": "COST", "allowed": allowed, "asked": asked},
    )


def rounded(cost: float) -> int | float:
    """A cost as it is told: a whole number where it is one."""
    return int(cost) if cost == int(cost) else round(cost, 3)
