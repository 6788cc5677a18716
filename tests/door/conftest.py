"""A small schema of graphql-core behind the real door, and ways to knock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    OperationType,
    build_schema,
    execute,
    get_operation_ast,
    parse,
    validate,
)
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message

from gateway.door.endpoint import routes
from gateway.execution.operation import Exchange, Execute, Operation, Outcome

SCHEMA = build_schema("""
  scalar BigInt
  scalar Upload
  type Query { greeting(name: String = "you"): String long(value: BigInt): BigInt broken: String slow: String }
  input Parcel { file: Upload note: String }
  type Mutation { greet: String keep(file: Upload, files: [Upload], parcel: Parcel): [String] }
""")


@dataclass
class House:
    """What stands behind the door, and what it has seen."""

    seen: list[tuple[Operation, Exchange]]
    started: asyncio.Event
    cancelled: asyncio.Event
    release: asyncio.Event

    async def execute(self, operation: Operation, exchange: Exchange) -> Outcome:
        """Parse, validate and execute with graphql-core."""
        self.seen.append((operation, exchange))
        if operation.query is None:
            return _refused(GraphQLError("No document is known by name here."))
        try:
            document = parse(operation.query)
        except GraphQLError as error:
            return _refused(error)
        errors = validate(SCHEMA, document)
        if errors:
            return _refused(*errors)
        wanted = get_operation_ast(document, operation.name)
        if wanted is None:
            return _refused(GraphQLError("There is no such operation."))
        if wanted.operation is OperationType.MUTATION and exchange.method == "GET":
            outcome = _refused(GraphQLError("A mutation cannot be sent by GET."))
            outcome.method_not_allowed = True
            return outcome
        result = execute(SCHEMA, document, self, None, operation.variables, operation.name)
        if not isinstance(result, ExecutionResult):
            result = await result
        formatted = [error.formatted for error in result.errors or ()]
        coerced = result.data is not None or any(error.path for error in result.errors or ())
        return Outcome(result.data, [dict(error) for error in formatted], {}, executed=coerced)

    def greeting(self, _info: GraphQLResolveInfo, name: str) -> str:
        """Take an argument."""
        return f"Hello, {name}!"

    def greet(self, _info: GraphQLResolveInfo) -> str:
        """Be a mutation."""
        return "Done."

    def keep(self, _info: GraphQLResolveInfo, **given: Any) -> list[str]:
        """Tell of files: their names, and what is in them."""
        files = [given.get("file"), *given.get("files", []), given.get("parcel", {}).get("file")]
        return [f"{file.name}: {file.content!r}" for file in files if file]

    def long(self, _info: GraphQLResolveInfo, value: int) -> int:
        """Hand an integer back."""
        return value

    def broken(self, _info: GraphQLResolveInfo) -> str:
        """Fail."""
        raise ValueError("It is broken.")

    async def slow(self, _info: GraphQLResolveInfo) -> str:
        """Take longer than any test, unless it is released."""
        self.started.set()
        try:
            async with asyncio.timeout(60):
                await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return "At last."


def _refused(*errors: GraphQLError) -> Outcome:
    return Outcome(None, [dict(error.formatted) for error in errors], {}, executed=False)


@pytest.fixture
def seen() -> list[tuple[Operation, Exchange]]:
    """What reached execution."""
    return []


@pytest.fixture
def started() -> asyncio.Event:
    """Set when the slow field is being resolved."""
    return asyncio.Event()


@pytest.fixture
def cancelled() -> asyncio.Event:
    """Set when the slow field was cancelled."""
    return asyncio.Event()


@pytest.fixture
def release() -> asyncio.Event:
    """Ends the slow field."""
    return asyncio.Event()


@pytest.fixture
def execute_on_graphql_core(
    seen: list[tuple[Operation, Exchange]], started: asyncio.Event, cancelled: asyncio.Event, release: asyncio.Event
) -> Execute:
    return House(seen, started, cancelled, release).execute


@pytest.fixture
def app(execute_on_graphql_core: Execute) -> ASGIApp:
    return Starlette(
        routes=routes(
            execute_on_graphql_core, body_bytes=100_000, body_seconds=0.3, upload_bytes=200_000, upload_seconds=0.3
        )
    )


@pytest.fixture
async def client(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client that says what it accepts only where a test says it."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        del client.headers["accept"]
        yield client


Knock = Callable[..., Awaitable[list[Message]]]
Incoming = Message | Awaitable[Message] | AsyncIterator[Message]


@pytest.fixture
def knock(app: ASGIApp) -> Knock:
    """Send raw ASGI messages in, get those that come out; where no more come in, the client waits."""

    async def knock(
        *incoming: Incoming, headers: list[tuple[bytes, bytes]], method: str = "POST", query_string: bytes = b""
    ) -> list[Message]:
        waiting = list(incoming)
        out: list[Message] = []

        async def receive() -> Message:
            while waiting:
                if isinstance(waiting[0], AsyncIterator):
                    async for message in waiting[0]:
                        return message
                    waiting.pop(0)
                    continue
                message = waiting.pop(0)
                return await message if isinstance(message, Awaitable) else message
            return await asyncio.Event().wait()

        async def send(message: Message) -> None:
            out.append(message)

        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": "/graphql",
            "root_path": "",
            "query_string": query_string,
            "headers": headers,
        }
        await app(scope, receive, send)
        return out

    return knock
