"""Which operations may be answered in parts is known once for each document, and costs the others nothing."""

import pytest
from graphql import parse

from gateway.execution.documents import Documents
from gateway.execution.incremental import is_active, later_of
from gateway.execution.limits import Limits
from resolvers.schema import graphql_schema

FRAGMENT = "fragment F on Viewer { ... @defer { kind } }"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ viewer { kind } }", False),
        ("{ viewer { kind @include(if: true) } }", False),
        ("{ viewer { ... @defer { kind } } }", True),
        ("{ viewer { ... @defer(if: false) { kind } } upstreams @stream(if: false) { state } }", False),
        ("query ($x: Boolean!) { viewer { ... @defer(if: $x) { kind } } }", True),
        ("{ upstreams @stream { state } }", True),
        (f"{{ viewer {{ ...F }} }} {FRAGMENT}", True),
        ("{ viewer { ... on Viewer { ... { ... @defer { kind } } } } }", True),
    ],
)
def test_it_has_a_directive_that_is_not_written_off(text: str, expected: bool) -> None:
    documents = Documents(graphql_schema, limits=Limits(), exploring=True)
    documents.read(text)
    document = documents.read(text)
    assert document.errors == []
    operation = document.operation(None, documents.estimator)
    again = documents.read(text).operation(None, documents.estimator)

    assert operation is not None
    assert (operation.later is not None) is expected
    assert again is operation
    assert (operation.plan(graphql_schema) is None) is expected


def test_what_another_operation_of_the_document_has_does_not_matter() -> None:
    document = parse(f"query A {{ viewer {{ kind }} }} query B {{ viewer {{ ...F }} }} {FRAGMENT}")
    one, other, fragment = document.definitions

    assert later_of(one, {"F": fragment}) is None
    assert later_of(other, {"F": fragment}) is not None


def test_directives_of_other_names_are_none_of_both() -> None:
    (operation,) = parse("{ viewer { kind @skip(if: false) ... @defer { name } } }").definitions
    kind, deferred = operation.selection_set.selections[0].selection_set.selections

    assert not is_active(kind.directives[0])
    assert is_active(deferred.directives[0])
