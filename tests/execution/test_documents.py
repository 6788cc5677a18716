"""What is remembered of documents."""

import pytest

from gateway.execution.documents import BYTES_PER_REFUSAL, MOST_BYTES, Documents
from gateway.execution.limits import Limits
from resolvers.schema import graphql_schema


@pytest.mark.parametrize("text", ["{ viewer { name } }", "{ viewer { nam } }", "{ viewer", "{ ...A }"])
def test_a_text_that_comes_again_is_remembered(cost, text):
    once = cost.documents.read(text)
    again = cost.documents.read(text)

    assert again is not once
    assert cost.documents.read(text) is again


def test_texts_that_come_once_take_no_memory(cost):
    for number in range(100):
        assert not cost.documents.read(f"{{ viewer {{ name }} a{number}: viewer {{ name }} }}").weight


def test_the_documents_that_were_used_last_are_remembered_and_no_more_than_fit(cost):
    _, forgotten = (cost.documents.read("{ forgotten") for _ in "12")
    _, used = (cost.documents.read("{ used") for _ in "12")
    assert cost.documents.read("{ forgotten") is forgotten

    for number in range(MOST_BYTES // BYTES_PER_REFUSAL):
        for _ in "12":
            cost.documents.read(f"{{ x{number}")
        assert cost.documents.read("{ used") is used

    assert cost.documents.read("{ forgotten") is not forgotten


@pytest.mark.parametrize(
    "text",
    [
        "{ viewer { nam } }",
        "{ viewer { ",
        "{ viewer { name @skip(if: 1) } }",
        'mutation { inviteMember(input: {organizationId: "", upstream: NKS, email:"", role:A}) { clientMutationId } }',
    ],
)
def test_a_refusal_that_is_remembered_keeps_its_places_and_not_its_document(read, text):
    [error] = read(text).errors

    assert error.locations
    assert error.nodes is None
    assert error.source is None
    assert error.__traceback__ is None
    assert error.__cause__ is error.__context__ is error.original_error is None


def test_a_refusal_repeats_no_more_of_a_literal_than_a_message_may_hold(read):
    [error] = read('{ organization(id: { a: "' + "x" * 30_000 + '" }) { id } }').errors

    assert error.message.startswith("ID cannot represent")
    assert len(error.message) == 500


def test_suggestions_and_introspection_are_for_exploring_only():
    production = Documents(graphql_schema, limits=Limits(), exploring=False)

    assert "Did you mean" not in production.read("{ viewer { nam } }").errors[0].message
    assert production.read("{ __schema { queryType { name } } }").errors
