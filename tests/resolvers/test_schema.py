"""The schema itself: fresh on paper, described throughout, kind to siblings, and no less than the contract."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    find_breaking_changes,
    is_specified_scalar_type,
)

from gateway.upstreams import ADAPTERS
from resolvers.capabilities import Capability, capabilities
from resolvers.schema import graphql_schema, schema, sdl

ROOT = Path(__file__).parents[2]


def own_types():
    return [
        each
        for name, each in graphql_schema.type_map.items()
        if not name.startswith("__") and not is_specified_scalar_type(each)
    ]


def test_the_printed_schema_is_fresh():
    """`make schema` prints it anew."""
    assert (ROOT / "schema.graphql").read_text() == sdl()


def test_every_mutation_takes_one_input_and_answers_with_one_payload():
    for name, field in graphql_schema.mutation_type.fields.items():
        assert list(field.args) == ["input"]
        assert str(field.args["input"].type) == f"{name[0].upper()}{name[1:]}Input!"
        payload = field.type.of_type
        assert str(field.type).endswith("Payload!")
        assert str(payload.fields["userErrors"].type) == "[UserError!]!"
        assert {"clientMutationId"} <= payload.fields.keys()
        assert not any(
            isinstance(inner.type, GraphQLNonNull)
            for inner_name, inner in payload.fields.items()
            if inner_name not in {"userErrors", "results"}
        )


def test_the_schema_offers_all_that_the_contract_names():
    contract = build_schema((Path(__file__).parent / "contract.graphql").read_text())

    assert [change.description for change in find_breaking_changes(contract, graphql_schema)] == []


def test_everything_is_described():
    missing = []
    for each in own_types():
        missing += [] if each.description else [each.name]
        if isinstance(each, GraphQLEnumType):
            missing += [f"{each.name}.{name}" for name, value in each.values.items() if not value.description]
        if isinstance(each, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in each.fields.items():
                missing += [] if field.description else [f"{each.name}.{name}"]
                for argument_name, argument in getattr(field, "args", {}).items():
                    missing += [] if argument.description else [f"{each.name}.{name}({argument_name}:)"]

    assert missing == []


def test_descriptions_are_sentences():
    texts = [
        field.description
        for each in own_types()
        if isinstance(each, GraphQLObjectType)
        for field in each.fields.values()
    ]

    assert [text for text in texts if not text.endswith((".", "`."))] == []


LISTS_OF_NULLABLE = {"Query.organizationsByIds", "Query.nodes", "Query._entities"}
"""Their items are nullable; the list itself holds an entry for each id or representation in any case."""


def test_fields_that_ask_an_upstream_are_nullable_so_that_their_siblings_survive():
    asking = {
        f"{each.name}.{name}"
        for each in own_types()
        if isinstance(each, GraphQLObjectType)
        and each not in {graphql_schema.mutation_type, graphql_schema.subscription_type}
        for name, field in each.fields.items()
        if is_async(each.name, name) and isinstance(field.type, GraphQLNonNull)
    }

    assert asking == LISTS_OF_NULLABLE


def is_async(type_name, field_name):
    definition = schema.get_type_by_name(type_name)
    field = next(each for each in definition.fields if schema.config.name_converter.from_field(each) == field_name)
    return bool(field.base_resolver and field.base_resolver.is_async)


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.upstream.word)
def test_an_adapter_has_the_capabilities_of_its_classes_and_no_other(adapter):
    words = capabilities(adapter)

    assert len(words) == len(set(words))
    assert words == [word for word in Capability if word in words]
    assert Capability.READ_ORGANIZATION in words
