"""The seam to an upstream: a `Call` goes in, an `Answer` comes out, or a `Failure` is raised."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.wire.trail import Trail
from resolvers.identity import Upstream


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an upstream.

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
        fits: Whether a body is what the caller expects; a cache keeps no other. None: nothing is kept.
        trail: What becomes of it.
    """

    upstream: Upstream
    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    credential: tuple[str, str] | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    content_type: str = "application/json"
    organizations: tuple[str, ...] = ()
    batch: int = field(default=1, compare=False)
    marks: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    fresh: bool = False
    fits: Callable[[bytes], bool] | None = field(default=None, repr=False, compare=False)
    trail: Trail = field(default_factory=Trail, repr=False, compare=False)

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, and may be sent again."""
        return self.method == "GET"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an upstream answered.

    Attributes:
        status: HTTP status.
        headers: By lower-case name.
        body: Decoded, whole, and no longer than the upstream's limit.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Step(Protocol):
    """A part of the chain. Retries, breakers, caches and transports are steps."""

    async def send(self, call: Call) -> Answer:
        """Carries the call out, or hands it to the next step.

        Raises:
            Failure: No answer came, or none that fits HTTP. An answer of any status is an answer.
        """
