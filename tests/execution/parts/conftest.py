"""Answers in parts, and how a client puts them together: in either format, by its words alone."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, build_schema

from gateway.callers.principal import Principal
from gateway.door.parts import entries_of
from gateway.execution.documents import Documents
from gateway.execution.executor import Executor
from gateway.execution.limits import Limits
from gateway.execution.operation import Exchange, Operation, Outcome
from gateway.execution.responses import Responses
from resolvers.incremental import tell_later
from resolvers.viewer import ViewerKind

PRESENT = "multipart/mixed"
FORMER = "multipart/mixed;deferSpec=20220824"

READER = Principal(ViewerKind.ANONYMOUS, "", None, frozenset({"read"}))

Parts = list[dict[str, Any]]
Answer = dict[str, Any]

SDL = """
  type Query { item: Item items: [Item] }
  type Item {
    n: Int name: String wrong: String sure: String! strict: String! gated: String
    item: Item items: [Item] strictItems: [Item!]
  }
"""


def parts_of(body: bytes) -> Parts:
    """The parts of a multipart body."""
    opening, *pieces, closing = body.split(b"\r\n---")
    assert opening == b""
    assert closing == b"--\r\n"
    found = []
    for each in pieces:
        head, _, text = each.partition(b"\r\n\r\n")
        assert head == b"\r\nContent-Type: application/json; charset=utf-8"
        found.append(json.loads(text))
    return found


def together(parts: Parts) -> Answer:
    """One answer, as clients make it: data, and the errors of all parts."""
    first, *further = json.loads(json.dumps(parts))
    answer: Answer = {"data": first["data"], "errors": first.get("errors", [])}
    places = {each["id"]: each["path"] for each in first.get("pending", ())}
    assert [each["hasNext"] for each in parts] == [True] * len(further) + [False]
    for part in further:
        places |= {each["id"]: each["path"] for each in part.get("pending", ())}
        for each in part.get("incremental", ()):
            path = each["path"] if "id" not in each else [*places[each["id"]], *each.get("subPath", ())]
            answer["errors"] += each.get("errors", [])
            _put(answer["data"], path, each)
        for each in part.get("completed", ()):
            del places[each["id"]]
            answer["errors"] += each.get("errors", [])
    assert places == {}, "all that was announced is over"
    return answer


def _put(data: Any, path: list[str | int], entry: dict[str, Any]) -> None:
    items = entry.get("items")
    if items is not None and "id" not in entry:
        path, position = path[:-1], path[-1]
        assert len(_at(data, path)) == position, "items follow each other"
    if items is not None:
        _at(data, path).extend(items)
    elif entry.get("data") is not None:
        _merge(_at(data, path), entry["data"])


def _at(data: Any, path: list[str | int]) -> Any:
    for key in path:
        data = data[key]
    return data


def _merge(target: dict[str, Any], fields: dict[str, Any]) -> None:
    for key, value in fields.items():
        if isinstance(target.get(key), dict) and isinstance(value, dict):
            _merge(target[key], value)
        else:
            assert key not in target, "nothing comes twice"
            target[key] = value


def bare(answer: Answer) -> tuple[Any, list[tuple[str, str]]]:
    """Data and errors, without their order and their places in the text."""
    errors = answer.get("errors") or []
    return answer["data"], sorted((str(each["path"]), each["extensions"]["code"]) for each in errors)


@pytest.fixture(name="together")
def together_() -> Callable[[Parts], Answer]:
    return together


@pytest.fixture(name="bare")
def bare_() -> Callable[[Answer], Any]:
    return bare


@pytest.fixture
def in_parts() -> Callable[..., Awaitable[Parts]]:
    """Asks a gateway for an answer in parts; a single one where it comes at once."""

    async def in_parts(
        graph: Any, query: str, variables: dict[str, Any] | None = None, accept: str = PRESENT, **headers: str
    ) -> Parts:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
            response = await client.post(
                "/graphql",
                json={"query": query, "variables": variables or {}},
                headers={"accept": f"{accept}, application/json;q=0.9", **headers},
            )
        if not response.headers["content-type"].startswith("multipart/mixed"):
            return [response.json() | {"hasNext": False}]
        return parts_of(response.content)

    return in_parts


class Item:
    """An object whose fields are made up by its place; `gated` waits until the gate is open."""

    def __init__(self, house: "House", n: int, depth: int = 0) -> None:
        self._house, self.n, self._depth = house, n, depth

    async def name(self, _info: Any) -> str:
        for _ in range(self.n % 4):
            await asyncio.sleep(0)
        return f"name {self.n}"

    async def wrong(self, _info: Any) -> str:
        if self.n % 3 == 0:
            raise ValueError("secret")
        await asyncio.sleep(0)
        return "right"

    async def sure(self, _info: Any) -> str:
        await asyncio.sleep(0)
        return "sure"

    async def strict(self, _info: Any) -> str:
        await asyncio.sleep(0)
        if self.n % 2:
            raise ValueError("secret")
        return "strict"

    async def gated(self, _info: Any) -> str:
        self._house.waiting += 1
        try:
            await self._house.gate.wait()
        finally:
            self._house.waiting -= 1
        return "open"

    def item(self, _info: Any) -> "Item | None":
        return None if self.n % 7 == 6 else Item(self._house, 3 * self.n + 1, self._depth + 1)

    async def items(self, _info: Any) -> "list[Item]":
        await asyncio.sleep(0)
        return [Item(self._house, self.n + each, self._depth + 1) for each in range(self.n % 5)]

    strictItems = items  # noqa: N815  the field's name


class House:
    """Carries operations out on a schema of its own, as the gateway does on its.

    Attributes:
        gate: Open, `gated` answers.
        waiting: How many wait for it.
        exchange: Of the last operation.
    """

    def __init__(self, gateway: Any, **limits: int) -> None:
        self.gate = asyncio.Event()
        self.waiting = 0
        self.schema = _schema(self)
        self.limits = Limits(**limits)
        self._gateway = gateway
        self.exchange = Exchange("r-1", {}, "POST", parts=True)
        documents = Documents(self.schema, limits=self.limits, exploring=True)
        responses = Responses(None, most_bytes=0)
        self._executor = Executor(
            self,  # type: ignore[arg-type]  # it is all that is asked of texts
            documents,
            self._surroundings,
            limits=self.limits,
            exploring=True,
            responses=responses,
        )

    @staticmethod
    def at_hand(operation: Operation) -> str | None:
        return operation.query

    async def _surroundings(self, _exchange: Exchange) -> Any:
        return self._gateway.surroundings(READER)

    @property
    def execute(self) -> Any:
        return self._executor.execute

    @staticmethod
    def operation(query: str, **variables: Any) -> Operation:
        return Operation(query, None, variables, {})

    async def outcome(self, query: str, *, parts: bool = True, **variables: Any) -> Outcome:
        self.exchange = Exchange("r-1", {}, "POST", parts=parts)
        return await self.execute(self.operation(query, **variables), self.exchange)

    async def whole(self, query: str, **variables: Any) -> Answer:
        outcome = await self.outcome(query, parts=False, **variables)
        assert outcome.stream is None
        return {"data": outcome.data, "errors": outcome.errors}

    async def parts(self, query: str, **variables: Any) -> Parts:
        """As they are told; a single one where all came at once."""
        outcome = await self.outcome(query, **variables)
        if outcome.stream is None:
            return [{"data": outcome.data, "errors": outcome.errors, "hasNext": False}]
        return [each async for each in told(outcome)]


async def told(outcome: Outcome) -> AsyncIterator[dict[str, Any]]:
    """The parts of an outcome, each encoded before the next one is asked for."""
    assert outcome.finite
    assert outcome.stream
    async for each in outcome.stream:
        yield json.loads(json.dumps(entries_of(each, "r-1")))


def _schema(house: House) -> GraphQLSchema:
    schema = build_schema(SDL)
    tell_later(schema)
    assert schema.query_type
    schema.query_type.fields["item"].resolve = lambda *_: Item(house, 1)
    schema.query_type.fields["items"].resolve = lambda *_: [Item(house, each) for each in range(4)]
    return schema


@pytest.fixture(name="told")
def told_() -> Callable[[Outcome], AsyncIterator[dict[str, Any]]]:
    return told


@pytest.fixture
def house(graph: Any) -> House:
    return House(graph.gateway)


@pytest.fixture
def houses(graph: Any) -> Callable[..., House]:
    return lambda **limits: House(graph.gateway, **limits)
