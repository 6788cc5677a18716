"""Which fields are had without Strawberry's wrappers: those alone whose wrappers would do nothing of their own."""

from functools import wraps

import pytest
import strawberry
from graphql import FieldNode, NameNode
from strawberry.extensions import FieldExtension
from strawberry.schema.config import StrawberryConfig

from gateway.execution.plans.running import Field
from gateway.execution.plans.shortcuts import attribute, function, shortcut
from resolvers.schema import graphql_schema
from resolvers.staleness import watch


class Louder(FieldExtension):
    def resolve(self, next_, source, info, **given: object):
        return next_(source, info, **given).upper()


class OwnInfo(strawberry.Info):
    pass


@strawberry.type
class Query:
    plain: str = "plain"

    @strawberry.field
    def bare(self) -> str:
        return "bare"

    @strawberry.field
    def told(self, info: strawberry.Info) -> str:
        return info.field_name

    @strawberry.field
    async def late(self, first: int = 1) -> str:
        return str(first)

    @strawberry.field(extensions=[Louder()])
    def loud(self) -> str:
        return "loud"

    @strawberry.field
    def sourced(self, source: str) -> str:
        return source

    @strawberry.field
    def parented(self, parent: strawberry.Parent["Query"]) -> str:
        return parent.plain


def schema(**config: object):
    return strawberry.Schema(Query, config=StrawberryConfig(**config))._schema  # noqa: SLF001  it has no public name


def field(schema, name, type_name="Query"):
    parent = schema.type_map[type_name]
    node = FieldNode(name=NameNode(value=name), arguments=(), directives=(), selection_set=None)
    return Field(name, [node], parent.fields[name], parent)


def test_an_attribute_is_read():
    assert attribute(field(schema(), "plain")) == "plain"
    assert attribute(field(schema(), "bare")) == ""


def test_an_attribute_that_the_schema_reads_in_a_way_of_its_own_is_left_to_it():
    own = schema(default_resolver=lambda source, name: getattr(source, name) * 2)

    assert attribute(field(own, "plain")) == ""


def test_a_method_that_asks_for_nothing_is_called():
    assert function(field(schema(), "bare"))(Query()) == "bare"


@pytest.mark.parametrize("name", ["told", "late", "loud", "sourced", "parented"])
def test_a_method_that_asks_for_more_is_not_called_with_its_object_alone(name):
    assert function(field(schema(), name)) is None


@pytest.mark.parametrize(("name", "short"), [("told", True), ("late", True), ("bare", True)])
def test_info_and_arguments_are_all_that_a_short_way_gives(name, short):
    plain = schema()

    assert (shortcut(field(plain, name), plain) is not None) == short


@pytest.mark.parametrize("name", ["loud", "sourced", "parented", "plain"])
def test_what_a_wrapper_does_for_itself_it_goes_on_doing(name):
    plain = schema()

    assert shortcut(field(plain, name), plain) is None


def test_an_info_of_the_schemas_own_is_built_by_the_schema():
    own = schema(info_class=OwnInfo)

    assert shortcut(field(own, "told"), own) is None


def test_a_resolver_that_another_wrapped_is_called_as_it_is():
    wrapped = schema()
    for name in ("plain", "bare", "told"):
        definition = wrapped.type_map["Query"].fields[name]
        before = definition.resolve

        @wraps(before)
        def after(source, info, before=before, **given: object):
            return before(source, info, **given)

        definition.resolve = after

    assert attribute(field(wrapped, "plain")) == ""
    assert function(field(wrapped, "bare")) is None
    assert shortcut(field(wrapped, "told"), wrapped) is None


def test_a_resolver_that_is_replaced_loses_its_short_way():
    changing = schema()
    assert shortcut(field(changing, "told"), changing) is not None

    changing.type_map["Query"].fields["told"].resolve = lambda _source, _info: "other"

    assert shortcut(field(changing, "told"), changing) is None


def test_what_watches_for_kept_answers_is_no_obstacle():
    watched = schema()
    before = shortcut(field(watched, "late"), watched)

    watch(watched.type_map.values())

    after = shortcut(field(watched, "late"), watched)
    assert after is not before
    assert after == before


def test_most_fields_of_the_graph_have_a_short_way():
    ways = {"attribute": 0, "function": 0, "shortcut": 0, "resolver": 0}
    for type_name in ("Organization", "Member", "MemberConnection", "Activity", "Usage", "Query"):
        for name in graphql_schema.type_map[type_name].fields:
            each = field(graphql_schema, name, type_name)
            way = "attribute" if attribute(each) else "function" if function(each) else ""
            ways[way or ("shortcut" if shortcut(each, graphql_schema) else "resolver")] += 1

    assert ways["resolver"] == 0
    assert min(ways["attribute"], ways["function"], ways["shortcut"]) > 10
