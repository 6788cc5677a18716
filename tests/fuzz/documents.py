"""Documents that fit the schema, or break one rule of it, from hypothesis-graphql."""

import random
from typing import Any

from graphql import GraphQLSchema, NameNode, ObjectFieldNode
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, mutations, nodes, queries

_INSTANTS = (
    "2026-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:60Z",
    "now",
    "",
)
_WHOLE = st.one_of(st.integers().map(nodes.Int), st.sampled_from(("0", "-1", "9" * 400)).map(nodes.String))
_FREE = st.one_of(
    st.text(max_size=9).map(nodes.String),
    st.floats(allow_nan=False, allow_infinity=False).map(nodes.Float),
    st.booleans().map(nodes.Boolean),
    st.lists(st.integers().map(nodes.Int), max_size=3).map(nodes.List),
)
_REPRESENTATION = st.fixed_dictionaries(
    {"__typename": st.sampled_from(("Organization", "Member", "Query", "")).map(nodes.String)},
    optional={"id": st.sampled_from(("acme", "nks:2", "")).map(nodes.String), "key": _FREE},
).map(
    lambda fields: nodes.Object(
        [ObjectFieldNode(name=NameNode(value=name), value=value) for name, value in fields.items()]
    )
)
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "BigInt": _WHOLE,
    "Date": st.sampled_from(("2026-01-01", "2026-02-30", "")).map(nodes.String),
    "DateTime": st.sampled_from(_INSTANTS).map(nodes.String),
    "JSON": _FREE,
    "URL": st.sampled_from(("https://a.example/", "javascript:1", "//", "")).map(nodes.String),
    "Upload": st.text(max_size=5).map(nodes.String),
    "_Any": st.one_of(_FREE, _REPRESENTATION),
}
_KINDS = {
    "query": (queries, Mode.POSITIVE),
    "mutation": (mutations, Mode.POSITIVE),
    "query with a mistake": (queries, Mode.NEGATIVE),
    "mutation with a mistake": (mutations, Mode.NEGATIVE),
}
KINDS = tuple(_KINDS)


def documents(schema: GraphQLSchema, kind: str, count: int, number: int) -> list[str]:
    """As many documents of a kind, the same ones for the same number.

    Args:
        schema: What they are written for.
        kind: One of `KINDS`.
        count: How many.
        number: The seed.
    """
    made: list[str] = []
    strategy, mode = _KINDS[kind]

    @seed(number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy(schema, custom_scalars=_SCALARS, mode=mode))
    def collect(document: str) -> None:
        made.append(document)

    collect()
    random.Random(number).shuffle(made)  # noqa: S311  the first ones of hypothesis are the simplest
    return made[:count]
