"""The seam to an upstream: a `Call` goes in, an `Answer` comes out, or a `Failure` is raised."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final, Protocol

import msgspec

from gateway.wire.trail import Trail
from resolvers.identity import Upstream

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class Call(msgspec.Struct, eq=False):
    """One request to an upstream, made for one caller; what it asks for is not changed once it is on its way.

    Two are equal that ask for the same, whoever wants it and whatever becomes of it.

    Attributes:
        upstream: Which one.
        operation: Its name in the upstream's own documentation, such as `org.deviceCounts`.
        method: HTTP method.
        path: Below the upstream's base URL; every id in it is checked and quoted.
        query: Names and values, in order, not yet encoded.
        headers: Beside those that the wire sets.
        credential: Header that shows who calls; kept apart so that it is never shown and keys what may be shared.
        body: The request's, or None.
        content_type: Of the body.
        organizations: Native ids of those that it reads or changes; empty where it is about all of them.
        batch: How many objects that were wanted at the same time it reads in one go.
        marks: Headers that say for which request and trace it is; they change no answer.
        fresh: A read that no kept answer and no call in flight may serve.
        fits: Whether an answer is what the caller expects; a cache keeps no other. None: nothing is kept.
        trail: What becomes of it.
    """

    upstream: Upstream
    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = NO_HEADERS
    credential: tuple[str, str] | None = None
    body: bytes | None = None
    content_type: str = "application/json"
    organizations: tuple[str, ...] = ()
    batch: int = 1
    marks: Mapping[str, str] = NO_HEADERS
    fresh: bool = False
    fits: "Callable[[Answer], bool] | None" = None
    trail: Trail = msgspec.field(default_factory=Trail)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Call) and self._asked == other._asked

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # the headers have none

    def __repr__(self) -> str:
        """Without the credential, the body and the marks."""
        shown = ("upstream", "operation", "method", "path", "query", "headers", "content_type", "organizations")
        return f"Call({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)}, fresh={self.fresh})"

    @property
    def _asked(self) -> tuple[object, ...]:
        shape = self.upstream, self.operation, self.method, self.path, self.query, dict(self.headers)
        return *shape, self.credential, self.body, self.content_type, self.organizations, self.fresh

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, and may be sent again."""
        return self.method == "GET"


class Answer(msgspec.Struct, gc=False):
    """What an upstream answered. It may be for several callers: nobody changes it.

    Attributes:
        status: HTTP status.
        headers: By lower-case name.
        body: Decoded, whole, and no longer than the upstream's limit.
        read: By what the body was read, and what it says so; None where nobody left that here for others.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    read: tuple[object, object] | None = None


class Landing(Protocol):
    """Is told of the end of a call that nobody awaits."""

    def land(self, outcome: Answer | BaseException) -> None:
        """It has ended; the first time counts."""


class Carrier(Protocol):
    """What carries such a call out."""

    def cancel(self) -> object:
        """Ends it, at once or soon; it is told of all the same."""


class Step(Protocol):
    """A part of the chain. Retries, breakers, caches and transports are steps."""

    def send(self, call: Call) -> Awaitable[Answer]:
        """Carries the call out, or hands it to the next step.

        Raises:
            Failure: No answer came, or none that fits HTTP. An answer of any status is an answer.
        """
