"""What documents take that are remembered, and what they are counted as."""

import gc
import tracemalloc

import pytest

from gateway.execution.documents import Documents
from gateway.execution.limits import Limits
from resolvers.schema import graphql_schema

pytestmark = pytest.mark.anyio

TEXTS = (
    "query ($id: ID!) { organization(id: $id) { key name links { upstream nativeId capabilities } } }",
    "{ viewer { kind name } organizations(first: 5) { nodes { id name members(first: 5) { nodes { email role } } } } }",
    """query ($id: ID!) { a: organization(id: $id) { ...f } b: organization(id: $id) { ...f } }
    fragment f on Organization { name slug description logoUrl createdAt updatedAt }""",
    """mutation { inviteMember(input: { organizationId: "a", upstream: NKS, email: "a@b.example", role: MEMBER }) {
      invitation { email role status } userErrors { code message field upstream retryable } } }""",
    "{ organization { name } }",
    'mutation { inviteMember(input: { organizationId: "a", role: NOBODY }) { userErrors { code } } }',
)
COPIES = 8


async def read_and_run(documents: Documents, name: str) -> None:
    """As a gateway does with a text that comes again; without a context every field fails, and the plan is whole."""
    for text in TEXTS:
        for _ in "12":
            document = documents.read(f"{text} # {name}")
        if document.node is not None:
            operation = document.operation(None, documents.estimator)
            operation.estimate({"id": "acme"})
            await operation.plan(graphql_schema).run({"id": "acme"}, None)
            documents.weigh(document, operation)


async def test_documents_that_are_remembered_take_about_as_much_as_they_are_counted_as() -> None:
    documents = Documents(graphql_schema, limits=Limits(), exploring=True)
    await read_and_run(documents, "first")
    gc.collect()
    counted = documents.bytes
    tracemalloc.start()
    try:
        for number in range(COPIES):
            await read_and_run(documents, str(number))
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    counted = documents.bytes - counted

    assert len(documents) == (1 + COPIES) * len(TEXTS)
    assert counted / 3 < taken < counted
