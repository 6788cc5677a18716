"""Documents read under limits of the test's own."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.execution.documents import Document, Documents
from gateway.execution.estimates import Part
from gateway.execution.limits import Limits
from resolvers.schema import graphql_schema

Read = Callable[..., Document]


@pytest.fixture
def read() -> Read:
    def read(text: str, **limits: int) -> Document:
        return Documents(graphql_schema, limits=Limits(**limits), exploring=True).read(text)

    return read


@pytest.fixture
def refusals(read: Read) -> Callable[..., list[str]]:
    """The words of the limits that a text exceeds; "" for an error that is none of them."""

    def refusals(text: str, **limits: int) -> list[str]:
        return [str((error.extensions or {}).get("limit", "")) for error in read(text, **limits).errors]

    return refusals


class Priced:
    """One gateway's documents, and what operations cost there."""

    def __init__(self, **limits: int) -> None:
        self.documents = Documents(graphql_schema, limits=Limits(**limits), exploring=True)

    def part(self, text: str, name: str | None = None, **variables: Any) -> Part:
        document = self.documents.read(text)
        assert document.node, document.errors
        operation = document.operation(name, self.documents.estimator)
        assert operation
        return operation.estimate(variables)

    def __call__(self, text: str, name: str | None = None, **variables: Any) -> float:
        return self.part(text, name, **variables).total


@pytest.fixture
def cost() -> Priced:
    return Priced()


@pytest.fixture
def costs() -> type[Priced]:
    return Priced
