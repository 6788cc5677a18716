"""The seam between the door and the execution: what goes in, what comes out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client asked for: checked for shape, not yet parsed."""

    query: str
    name: str | None
    variables: dict[str, Any]
    extensions: dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What came of an operation.

    Attributes:
        data: The `data` entry. Left out of the answer where nothing was executed.
        errors: Formatted errors: `message`, and `locations`, `path`, `extensions` where they apply.
        extensions: The `extensions` entry. Left out of the answer where it is empty.
        executed: False where the operation was refused before execution began: syntax, validation, operation not
            found, variables not coercible.
        method_not_allowed: True for a mutation by GET.
        status: The HTTP status, where the rest does not tell it: 401 or 403 for callers who are turned away.
    """

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    extensions: dict[str, Any]
    executed: bool
    method_not_allowed: bool = False
    status: int | None = None


@dataclass(slots=True)
class Exchange:
    """One request, as far as execution may know it.

    Attributes:
        request_id: What the answer, its errors and the logs carry.
        headers: By lower-case name; a header that came more than once is joined with a comma.
        method: `POST`, or `GET`, which is for queries only.
    """

    request_id: str
    headers: Mapping[str, str]
    method: str


Execute: TypeAlias = Callable[[Operation, Exchange], Awaitable[Outcome]]
