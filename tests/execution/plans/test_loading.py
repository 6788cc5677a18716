"""What the resolvers of a plan load together."""

import asyncio

import pytest
import strawberry
from graphql import get_operation_ast, parse

from gateway.execution.plans.plan import plan_of
from gateway.upstreams.batching import BatchLoader

pytestmark = pytest.mark.anyio


class Shelf:
    """The surroundings.

    Attributes:
        asked: The batches.
    """

    def __init__(self):
        self.asked = []
        self.titles = BatchLoader(self._read)

    async def _read(self, keys):
        self.asked.append(keys)
        await asyncio.sleep(0)
        return {key: f"title {key}" for key in keys}


@strawberry.type
class Book:
    number: int

    @strawberry.field
    async def title(self, info: strawberry.Info) -> str | None:
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


async def test_what_all_fields_ask_for_is_one_batch():
    shelf = Shelf()
    await answered("{ books { title } }", shelf)
    assert shelf.asked == [[0, 1, 2]]


async def test_what_the_answers_lead_to_is_one_batch_again():
    shelf = Shelf()
    data = await answered("{ books { title next { title next { title } } } }", shelf)
    assert shelf.asked == [[0, 1, 2], [10, 11, 12], [20, 21, 22]]
    assert data["books"][2]["next"]["next"]["title"] == "title 22"


async def test_what_tasks_of_resolvers_load_is_in_the_batch_of_what_fields_load():
    shelf = Shelf()

    @strawberry.type
    class Root:
        @strawberry.field
        async def titles(self, info: strawberry.Info) -> list[str]:
            return await asyncio.gather(*(info.context.titles.load(number) for number in range(3)))

        @strawberry.field
        async def first(self, info: strawberry.Info) -> str:
            return await info.context.titles.load(7)

    schema = strawberry.Schema(query=Root)._schema  # noqa: SLF001  the same
    document = parse("{ first titles }")
    result = await plan_of(schema, document, get_operation_ast(document)).run({}, shelf)
    assert result.data == {"first": "title 7", "titles": ["title 0", "title 1", "title 2"]}
    assert shelf.asked == [[7, 0, 1, 2]]
