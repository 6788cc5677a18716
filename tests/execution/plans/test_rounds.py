"""What a plan's resolvers ask for at the same time, and what is at hand already."""

import asyncio

import pytest
import strawberry
from graphql import get_operation_ast, parse

from gateway.execution.plans.plan import plan_of
from gateway.upstreams.loading import BatchLoader
from resolvers.at_hand import AWAY, at_hand

pytestmark = pytest.mark.anyio


class Shelf:
    """The surroundings: what is known, and what was asked for.

    Attributes:
        known: Titles by number.
        asked: The batches, each with how many turns the loop had made since the execution began.
        resolved: The numbers whose resolver was asked.
    """

    def __init__(self, known=()):
        self.known = dict(known)
        self.asked = []
        self.resolved = []
        self.titles = BatchLoader(self._read)
        self.turns = 0

    async def _read(self, keys):
        self.asked.append((keys, self.turns))
        await asyncio.sleep(0)
        return {key: f"title {key}" for key in keys}

    def count(self):
        self.turns += 1
        asyncio.get_running_loop().call_soon(self.count)


@strawberry.type
class Book:
    number: int

    @strawberry.field
    @at_hand(lambda book, shelf: shelf.known.get(book.number, AWAY))
    async def title(self, info: strawberry.Info) -> str | None:
        info.context.resolved.append(self.number)
        return await info.context.titles.load(self.number)

    @strawberry.field
    async def next(self, info: strawberry.Info) -> "Book | None":
        await info.context.titles.load(self.number)
        return Book(number=self.number + 10)


@strawberry.type
class Query:
    @strawberry.field
    def books(self) -> list[Book]:
        return [Book(number=number) for number in range(3)]


SCHEMA = strawberry.Schema(query=Query)._schema  # noqa: SLF001  graphql-core's, which plans take


async def answered(text, shelf):
    document = parse(text)
    plan = plan_of(SCHEMA, document, get_operation_ast(document))
    result = await plan.run({}, shelf)
    assert result.errors is None
    return result.data


async def test_a_batch_is_sent_without_a_turn_of_the_loop_when_all_have_asked():
    shelf = Shelf()
    shelf.count()
    await answered("{ books { title } }", shelf)
    assert shelf.asked == [([0, 1, 2], 1)]


async def test_what_the_answers_lead_to_is_one_batch_again():
    shelf = Shelf()
    data = await answered("{ books { title next { title next { title } } } }", shelf)
    assert [keys for keys, _ in shelf.asked] == [[0, 1, 2], [10, 11, 12], [20, 21, 22]]
    assert data["books"][2]["next"]["next"]["title"] == "title 22"


async def test_what_tasks_of_resolvers_load_is_sent_too():
    shelf = Shelf()

    @strawberry.type
    class Root:
        @strawberry.field
        async def titles(self, info: strawberry.Info) -> list[str]:
            return await asyncio.gather(*(info.context.titles.load(number) for number in range(3)))

    schema = strawberry.Schema(query=Root)._schema  # noqa: SLF001  the same
    document = parse("{ titles }")
    result = await plan_of(schema, document, get_operation_ast(document)).run({}, shelf)
    assert result.data == {"titles": ["title 0", "title 1", "title 2"]}
    assert [keys for keys, _ in shelf.asked] == [[0, 1, 2]]


async def test_a_value_at_hand_is_given_without_its_resolver():
    shelf = Shelf({0: "known", 1: None})
    data = await answered("{ books { title } }", shelf)
    assert data == {"books": [{"title": "known"}, {"title": None}, {"title": "title 2"}]}
    assert shelf.resolved == [2]
