"""Operations that were prepared once run again and again, and those that never change are written once."""

import json

import httpx
import pytest
from graphql import get_introspection_query

from gateway.execution.documents import Documents
from gateway.execution.limits import Limits
from resolvers.schema import graphql_schema

pytestmark = pytest.mark.anyio


@pytest.fixture
def documents():
    return Documents(graphql_schema, limits=Limits(), exploring=True)


@pytest.fixture
async def client(graph):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
        yield client


async def test_an_answer_that_never_changes_is_the_same_each_time_and_tells_its_cost_anew(client):
    query = {"query": get_introspection_query()}
    first, second, third = [(await client.post("/graphql", json=query)).content for _ in range(3)]

    assert first == second == third
    assert first.startswith(b'{"data":{"__schema":{')
    answer = json.loads(third)
    assert answer.keys() == {"data", "extensions"}
    assert answer["extensions"]["cost"] == {"estimated": 0, "actual": 0, "upstreamCalls": 0}
    traced = (await client.post("/graphql", json=query, headers={"graphql-trace": "1"})).json()
    assert traced["data"] == answer["data"]
    assert traced["extensions"]["trace"]["calls"] == []


async def test_in_production_it_has_no_extensions(graphs):
    toml = 'profile = "production"\n[callers]\nanonymous = ["read"]\nallow_anonymous_upstream_access = true'
    transport = httpx.ASGITransport(graphs(toml).gateway)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        for _ in range(2):
            answer = await client.post("/graphql", json={"query": "{ __typename }"})
            assert answer.content == b'{"data":{"__typename":"Query"}}'


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("{ __typename }", True),
        ("{ __schema { queryType { name } } }", True),
        ("query { viewer { kind } }", False),
        ("query ($x: Boolean!) { __typename @include(if: $x) }", False),
        ("mutation { __typename }", False),
    ],
)
async def test_only_what_asks_for_nothing_but_the_schema_is_kept(documents, text, kept):
    operation = documents.read(text).operation(None, documents.estimator)
    operation.plan(graphql_schema)
    operation.keep({"__typename": "Query"})

    assert (operation.encoded is not None) is kept


async def test_what_is_kept_counts_as_memory(documents):
    documents.read("{ __typename }")
    document = documents.read("{ __typename }")
    operation = document.operation(None, documents.estimator)
    before = document.weight
    operation.plan(graphql_schema)
    operation.keep({"x": "y" * 10_000})
    documents.weigh(document, operation)

    assert document.weight >= before + 10_000


async def test_an_operation_is_found_by_its_name(documents):
    several = documents.read("query A { __typename } mutation B { __typename }")
    one = documents.read("query A { __typename }")

    assert several.operation("A", documents.estimator).kind == "query"
    assert several.operation("B", documents.estimator).kind == "mutation"
    assert several.operation(None, documents.estimator) is None
    assert several.operation("C", documents.estimator) is None
    assert one.operation(None, documents.estimator) is one.operation("A", documents.estimator)
    assert one.operation("B", documents.estimator) is None


async def test_the_log_and_the_answer_name_the_same_document_each_time(documents):
    assert documents.read("{ __typename }").digest == documents.read("{ __typename }").digest
    assert documents.read("{ __typename }").digest != documents.read("{  __typename }").digest
