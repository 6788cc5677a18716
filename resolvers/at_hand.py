"""What an asynchronous resolver would give at once: said by a plain function, for those who can do without awaiting."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypeVar

R = TypeVar("R", bound=Callable[..., Any])

AWAY: Final = object()
"""The resolver has to be asked."""

AtHand: TypeAlias = Callable[[Any, Any], Any]
"""Of a field's object and the context: the value that the resolver would give without waiting, or AWAY."""

_NAME: Final = "__at_hand__"


def at_hand(known: AtHand) -> Callable[[R], R]:
    """Says how to know a resolver's value without it. The resolver takes no arguments."""

    def marked(resolve: R) -> R:
        setattr(resolve, _NAME, known)
        return resolve

    return marked


def at_hand_of(resolve: Callable[..., Any]) -> AtHand | None:
    """What was said of a resolver; None where nothing was."""
    known: AtHand | None = getattr(resolve, _NAME, None)
    return known
