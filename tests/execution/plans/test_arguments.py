"""Arguments that a resolver changes: nobody else is given them."""

import pytest
import strawberry
from graphql import get_operation_ast, parse

from gateway.execution.plans.plan import plan_of

pytestmark = pytest.mark.anyio


@strawberry.input
class Inner:
    words: list[str]


@strawberry.input
class Wish:
    words: list[str]
    inner: Inner | None = None
    others: list[Inner] | None = None


@strawberry.input
class Loose:
    words: list[str]
    anything: strawberry.scalars.JSON


@strawberry.type
class Query:
    @strawberry.field
    def words(self, words: list[str]) -> list[str]:
        words.append("mine")
        return words

    @strawberry.field
    def wish(self, wish: Wish) -> list[str]:
        lists = [wish.words, wish.inner.words if wish.inner else [], *(each.words for each in wish.others or [])]
        for each in lists:
            each.append("mine")
        return [word for each in lists for word in each]

    @strawberry.field
    def loose(self, loose: Loose) -> list[str]:
        loose.words.append("mine")
        loose.anything["words"].append("mine")
        return loose.words + loose.anything["words"]

    @strawberry.field
    def words_twice(self, one: list[str], other: list[str]) -> list[str]:
        one.append("mine")
        return other


SCHEMA = strawberry.Schema(Query)._schema  # noqa: SLF001  Strawberry has no public name for it


async def data(text, variables):
    document = parse(text)
    plan = plan_of(SCHEMA, document, get_operation_ast(document))
    results = [await plan.run(variables, None) for _ in range(2)]
    assert [each.errors for each in results] == [None, None]
    assert results[0].data == results[1].data
    return results[0].data


async def test_a_list_of_a_variable_is_given_to_each_anew():
    found = await data("query ($x: [String!]!) { a: words(words: $x) b: words(words: $x) }", {"x": ["w"]})
    assert found == {"a": ["w", "mine"], "b": ["w", "mine"]}


async def test_a_variable_for_two_arguments_is_given_as_two_lists():
    found = await data("query ($x: [String!]!) { a: wordsTwice(one: $x, other: $x) }", {"x": ["w"]})
    assert found == {"a": ["w"]}


async def test_an_input_object_is_made_anew_for_each_with_all_that_it_holds():
    given = {"words": ["a"], "inner": {"words": ["b"]}, "others": [{"words": ["c"]}]}
    found = await data("query ($x: Wish!) { a: wish(wish: $x) b: wish(wish: $x) }", {"x": given})
    expected = ["a", "mine", "b", "mine", "c", "mine"]
    assert found == {"a": expected, "b": expected}
    assert given["words"] == ["a"]


async def test_what_is_of_any_form_is_given_to_each_anew():
    given = {"words": ["a"], "anything": {"words": ["b"]}}
    found = await data("query ($x: Loose!) { a: loose(loose: $x) b: loose(loose: $x) }", {"x": given})
    assert found == {"a": ["a", "mine", "b", "mine"], "b": ["a", "mine", "b", "mine"]}
