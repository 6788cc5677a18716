"""The seam between the door and the execution: what goes in, what comes out."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias

import msgspec
from graphql import GraphQLError

from gateway.execution.account import Account

LONGEST_ID: Final = 256
"""Of a document, in characters."""


class Operation(msgspec.Struct, frozen=True, gc=False):
    """What a client asked for: checked for shape, not yet parsed.

    Attributes:
        query: The document's text; None where the request names a document instead.
        name: Which of the document's operations is meant.
        variables: Their values.
        extensions: As they came.
        document_id: `documentId`: names the document by itself, without a text.
        query_hash: `extensions.persistedQuery.sha256Hash`: names the document with its text or without.
    """

    query: str | None
    name: str | None
    variables: dict[str, Any]
    extensions: dict[str, Any]
    document_id: str | None = None
    query_hash: str | None = None


class Texts(Protocol):
    """Knows documents by name."""

    def at_hand(self, operation: Operation) -> str | GraphQLError | None:
        """The text that an operation came with, or why it may not run; None where a name stands for the document."""

    async def text_of(self, operation: Operation) -> str | GraphQLError:
        """The text of the document that an operation means; or why it may not run, or cannot."""

    async def admitted(self, operation: Operation) -> None:
        """The operation's document is good, and it is about to run: a text that came with its hash may be kept."""


class Stream(Protocol):
    """What a subscription tells, one outcome after the other. The last one is refused where a failure is the end.

    Or the parts of one answer.
    """

    def __aiter__(self) -> AsyncIterator["Outcome"]:
        """Itself."""

    async def __anext__(self) -> "Outcome":
        """The next one."""

    async def aclose(self) -> None:
        """Ends it, wherever it is; whoever asks for a stream does so at last."""

    def at_end(self, call: Callable[["Outcome | None"], None]) -> None:
        """Has somebody be told when it has ended; of the last outcome, too: None for an answer that was cut off."""


class Part(msgspec.Struct):
    """What makes an outcome one part of an answer that comes in several; as graphql-core has them.

    Attributes:
        first: It has `data` and `errors` of its own; those of later parts stand in `incremental` and `completed`.
        pending: What is announced: `id`, `path`, `label`.
        incremental: What has come: `id`, `subPath`, and `data` or `items`, with `errors`.
        completed: What is over: `id`, and `errors` where it failed.
        more: A further part follows.
    """

    first: bool = False
    pending: list[dict[str, Any]] = []
    incremental: list[dict[str, Any]] = []
    completed: list[dict[str, Any]] = []
    more: bool = False


class Outcome(msgspec.Struct):
    """What came of an operation, of one event of a subscription, or of one part of an answer.

    Attributes:
        data: The `data` entry. Left out of the answer where nothing was executed.
        errors: Formatted errors: `message`, and `locations`, `path`, `extensions` where they apply.
        extensions: The `extensions` entry. Left out of the answer where it is empty.
        executed: False where the operation was refused before execution began: syntax, validation, operation not
            found, variables not coercible.
        method_not_allowed: True for a mutation by GET.
        status: The HTTP status, where the rest does not tell it: 401, 403 or 429 for callers who are turned away.
        max_age: Whole seconds for which the caller may use the answer again; 0 where it may not.
        retry_after_seconds: Until a further try makes sense, where known, for callers who are turned away.
        encoded: `data` as JSON, where it is at hand.
        stream: Of a subscription that has begun, or of an answer in parts; the rest means nothing then.
        finite: The stream is an answer in parts, which ends by itself.
        event_id: What an event is known by to a client that comes back.
        part: Of an answer in parts.
    """

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    extensions: dict[str, Any]
    executed: bool
    method_not_allowed: bool = False
    status: int | None = None
    retry_after_seconds: float | None = None
    max_age: int = 0
    encoded: bytes | None = None
    stream: Stream | None = None
    finite: bool = False
    event_id: str | None = None
    part: Part | None = None


class Exchange(msgspec.Struct):
    """One request, as far as execution may know it.

    Attributes:
        request_id: What the answer, its errors and the logs carry.
        headers: By lower-case name; a header that came more than once is joined with a comma.
        method: `POST`, or `GET`, which is for queries only.
        streams: The answer may be a stream.
        parts: The answer may come in parts.
        memory: For what is made of the headers alone: it is there again when a client repeats them.
        account: What becomes known of the operation.
    """

    request_id: str
    headers: Mapping[str, str]
    method: str
    streams: bool = False
    parts: bool = False
    memory: dict[str, Any] = {}
    account: Account = msgspec.field(default_factory=Account)


Execute: TypeAlias = Callable[[Operation, Exchange], Awaitable[Outcome]]
