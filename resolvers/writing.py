"""What all mutations share: payloads, user errors, and the choice of the upstream that is written to."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, Self, TypeVar

import strawberry

from resolvers.capabilities import Serves
from resolvers.context import Context, Info
from resolvers.costs import FREE
from resolvers.errors import BadUserInput, Failure, Problem, ProblemCode, Unsupported
from resolvers.identity import Link, OrganizationRef, Upstream, decode_part

C = TypeVar("C", bound=Serves)


@strawberry.type(
    description="An expected failure of a mutation. Nothing was changed, unless `code` says otherwise.",
    directives=[FREE],
)
class UserError:
    """One `Failure` of a mutation."""

    code: ProblemCode = strawberry.field(description="Why it failed. `OUTCOME_UNKNOWN`: the change may have been made.")
    message: str = strawberry.field(description="What failed and what to do, in a sentence for people.")
    field: list[str] | None = strawberry.field(
        description="The path into `input` of what is wrong; null where no single field is."
    )
    upstream: Upstream | None = strawberry.field(description="The upstream concerned; null where none is.")
    retryable: bool = strawberry.field(description="True where the same request may succeed later.")

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """The failure as data."""
        return cls(
            code=failure.code,
            message=failure.message,
            field=list(failure.field) if failure.field else None,
            upstream=failure.upstream,
            retryable=failure.retryable,
        )


@strawberry.type(description="What became of a change at one upstream.", directives=[FREE])
class UpstreamResult:
    """One upstream's part of a change of several."""

    upstream: Upstream = strawberry.field(description="Which one.")
    ok: bool = strawberry.field(description="True where the change was made there.")
    problem: Problem | None = strawberry.field(description="Why it was not, or may not have been; null where it was.")


@strawberry.type
class Payload:
    """What every mutation answers with."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Expected failures; empty where the change was made."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="The input's own, echoed.")


class Input(Protocol):
    """What every mutation is given."""

    client_mutation_id: str | None


P = TypeVar("P", bound=Payload)

GIVEN = strawberry.argument(description="What is to be done, in one object.")
"""The one argument that every mutation has."""


def client_mutation_id() -> Any:  # noqa: ANN401  as strawberry.field
    """The field that every input has."""
    return strawberry.field(
        default=None,
        description="Any text of the client's own, echoed. It is also the idempotency key of the call: a repetition "
        "with the same key and input is answered as the first call was, and not carried out again. Keys are kept for "
        "24 hours.",
    )


def write(
    info: Info, given: Input, payload: type[P], act: Callable[[], Awaitable[P]], scope: str, *, everywhere: bool = False
) -> Awaitable[P]:
    """Carries a mutation out at most once per idempotency key; its expected failures become `userErrors`.

    Args:
        info: The mutation's field.
        given: Its input.
        payload: The type of its payload.
        act: What it does.
        scope: What the caller must be granted.
        everywhere: For every organization.
    """

    def allowed() -> Awaitable[P]:
        info.context.allow(scope, everywhere=everywhere)
        return act()

    return info.context.once(info, given, payload, allowed)


def named(context: Context, text: str, *, field: tuple[str, ...] = ("organizationId",)) -> OrganizationRef:
    """The organization that an input names; whether it exists is for the upstream to say.

    Raises:
        BadUserInput: The id names nothing that could be one.
        NotFound: There is none of this key, or none that the caller may see.
    """
    try:
        return context.named(text)
    except Failure as failure:
        failure.field = field
        raise


def chosen(
    context: Context, ref: OrganizationRef, kind: type[C], upstream: Upstream | None, doing: str
) -> tuple[Link, C]:
    """The part of the organization that is written to, and its adapter.

    Args:
        context: The operation's surroundings.
        ref: The organization.
        kind: The capability that is needed.
        upstream: The one that the caller names, if any.
        doing: What is to be done, for sentences: `invite members`.

    Raises:
        BadUserInput: Several upstreams could do it and none is named, or the organization has no such part.
        Unsupported: The one that is named, or none at all, can do it.
    """
    serving = context.serving(ref, kind, None if upstream is None else [upstream])
    if not serving:
        if upstream is not None and upstream not in [link.upstream for link in ref.links]:
            raise BadUserInput(
                f"The organization is not linked to {upstream.title}.", field=("upstream",), upstream=upstream
            )
        who = upstream.title if upstream else "None of the organization's upstreams"
        raise Unsupported(
            f"{who} can{'not' if upstream else ''} {doing}.", upstream=upstream, field=_named_by(upstream)
        )
    if len(serving) > 1:
        words = ", ".join(link.upstream.name for link, _ in serving)
        raise BadUserInput(f"Several upstreams could {doing}: {words}. Say with `upstream` which.", field=("upstream",))
    return serving[0]


def part_named(context: Context, text: str, kind: str, field: str) -> tuple[Link, str]:
    """The organization's part and the native id that the global id of a member or invitation names.

    Raises:
        BadUserInput: It is no global id, or one of another kind of object.
    """
    found = decode_part(text)
    if found is None or found[0] != kind:
        raise BadUserInput(f"`{field}` must be the global id of {_ARTICLES[kind]}.", field=(field,))
    _, link, native_id = found
    return named(context, str(link), field=(field,)).link(link.upstream), native_id


def capable(context: Context, upstream: Upstream, kind: type[C], doing: str) -> C:
    """The upstream's adapter.

    Raises:
        Unsupported: It cannot do it.
    """
    adapter = context.adapters[upstream]
    if not isinstance(adapter, kind):
        raise Unsupported(f"{upstream.title} cannot {doing}.", upstream=upstream)
    return adapter


def _named_by(upstream: Upstream | None) -> tuple[str, ...] | None:
    return ("upstream",) if upstream else None


_ARTICLES = {"Member": "a member", "Invitation": "an invitation"}
