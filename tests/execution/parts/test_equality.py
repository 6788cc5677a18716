"""Put together, the parts are the answer that would have come whole."""

from random import Random

import pytest

from gateway.sandbox.faults import Fault

pytestmark = pytest.mark.anyio

PRESENT = "multipart/mixed"
FORMER = "multipart/mixed;deferSpec=20220824"

QUERIES = {
    "a fragment": '{ organization(id: "acme") { name ... @defer { key usage { cost { total unit } } } } }',
    "the whole": '{ ... @defer { organization(id: "acme") { name plan { id } } } viewer { kind } }',
    "a named fragment": """
      query { organization(id: "acme") { ...Rest @defer(label: "rest") name } }
      fragment Rest on Organization { name slug members(first: 3) { totalCount nodes { name role } } }
    """,
    "within each other": """
      { organization(id: "acme") { id ... @defer(label: "one") { name ... @defer(label: "two") {
        slug ... @defer(label: "three") { members(first: 2) { nodes { name ... @defer { role } } } } } } } }
    """,
    "beside each other, with fields in common": """
      { organization(id: "acme") {
          ... @defer(label: "one") { name members(first: 2) { nodes { id } } }
          ... @defer(label: "two") { name members(first: 2) { totalCount nodes { id role } } } } }
    """,
    "a list": '{ organization(id: "megacorp") { members(first: 20) { nodes @stream(initialCount: 3) { id name } } } }',
    "a list from its first item on": '{ organizationsByIds(ids: ["acme", "northwind"]) @stream { name slug } }',
    "a list in what is deferred, and what is deferred in it": """
      { organization(id: "acme") { ... @defer { members(first: 6) {
          edges @stream(initialCount: 2, label: "edges") { node { id ... @defer { name } } } } } } }
    """,
    "lists within a list": """
      { organizationsByIds(ids: ["acme", "northwind", "megacorp"]) @stream(initialCount: 1) {
          key members(first: 3) { nodes @stream(initialCount: 1) { name } } } }
    """,
    "one that does not exist, later": '{ viewer { kind } ... @defer { organization(id: "nobody") { name } } }',
    "introspection": "{ __schema { queryType { name } ... @defer { types { name } } } }",
    "an interface": """
      query { organization(id: "acme") { members(first: 1) { nodes { ... on Node @defer { id } } } } }
    """,
}

AT_ONCE = {
    '{ organization(id: "acme") { members(first: 3) { nodes @stream(initialCount: 50) { id } } } }',
    '{ organization(id: "nobody") { name ... @defer { slug } } }',
    '{ organization(id: "acme") { name ... @defer(if: false) { slug } } }',
}
"""Nothing is left to come later."""


@pytest.mark.parametrize("accept", [PRESENT, FORMER])
@pytest.mark.parametrize("query", [*QUERIES.values(), *AT_ONCE], ids=[*QUERIES, *AT_ONCE])
async def test_they_equal_the_answer_without_the_directives(graph, in_parts, together, bare, query, accept):
    whole = await graph(query)
    parts = await in_parts(graph, query, accept=accept)

    assert bare(together(parts)) == bare(whole)
    assert (len(parts) == 1) == (query in AT_ONCE)


@pytest.mark.parametrize("fault", ["status", "garbage"])
async def test_they_equal_it_while_an_upstream_fails(graphs, in_parts, together, bare, fault):
    graph = graphs("[upstream_defaults]\nattempts = 1\nbreaker_minimum_calls = 1000000")
    more = {"status": 403} if fault == "status" else {}
    graph.sandbox.applications["clickhouse"].state.faults.add(Fault(fault, **more))
    graph.sandbox.applications["losant"].state.faults.add(Fault(fault, path="/orgs/*/me*", **more))
    query = """
      { organization(id: "acme") {
          name
          ... @defer(label: "later") { plan { id } usage { cost { total } deviceCounts { date } } logoUrl }
          members(first: 4) { totalCount nodes @stream(initialCount: 1) { name ... @defer { role } } }
          activities(first: 3) { nodes { id } } } }
    """

    whole = await graph(query)
    assert len(whole["errors"]) > 2, whole
    for accept in (PRESENT, FORMER):
        assert bare(together(await in_parts(graph, query, accept=accept))) == bare(whole)


class Writer:
    """Writes documents for the small schema."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._streams = 0

    def fields(self, depth: int) -> str:
        chosen = [self._random.choice(["n", "name", "wrong", "sure", "__typename"])]
        chosen += [name for name in ("name", "sure", "wrong") if self._random.random() < 0.3]
        for name in ("item", "items", "strictItems") if depth else ():
            if self._random.random() < 0.5:
                if name != "item" and self._random.random() < 0.6:
                    self._streams += 1  # two of one name conflict
                    name = f"s{self._streams}: {name} @stream(initialCount: {self._random.choice([0, 1, 2])})"  # noqa: PLW2901
                chosen.append(f"{name} {{ {self.fields(depth - 1)} }}")
        for _ in range(self._random.choice([0, 1, 1, 2]) if depth else 0):
            defer = self._random.choice(["@defer", "@defer(if: $yes)", "@defer(if: $no)"])
            chosen.append(f"... {defer} {{ {self.fields(depth - 1)} }}")
        self._random.shuffle(chosen)
        return " ".join(chosen)


@pytest.mark.parametrize("seed", range(24))
async def test_they_equal_it_for_documents_of_any_shape(houses, together, bare, seed):
    house = houses(
        parts=1000,
        directives=1000,
        depth=100,
        aliases=1000,
        overlaps=10**6,
        cost=10**12,
        errors=10_000,
        selections=100_000,
    )
    written = Writer(Random(seed)).fields(2)  # noqa: S311  documents, no secrets
    used = "__typename @include(if: $yes) @skip(if: $no)"
    text = f"query ($yes: Boolean! = true, $no: Boolean! = false) {{ {used} item {{ {written} }} }}"

    assert bare(together(await house.parts(text))) == bare(await house.whole(text)), text
