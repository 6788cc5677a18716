"""What became of an attempt, as one of a few classes."""

from functools import lru_cache
from typing import Final

from gateway.wire.trail import Attempt

TOO_MANY: Final = "429"
_CLASSES: Final = frozenset("12345")
_FAILURES: Final = {
    "UPSTREAM_TIMEOUT": "timeout",
    "UPSTREAM_UNAVAILABLE": "unavailable",
    "UPSTREAM_INVALID_RESPONSE": "invalid",
    "OUTCOME_UNKNOWN": "unknown",
    "CANCELLED": "cancelled",
}


@lru_cache(maxsize=256)
def outcome_class(outcome: str) -> str:
    """`2xx` and the like, `429`, `timeout`, `unavailable`, `invalid`, `unknown`, `cancelled`; `other` for the rest.

    Args:
        outcome: An HTTP status, or the code of a failure.
    """
    if outcome == TOO_MANY:
        return outcome
    if len(outcome) == 3 and outcome[0] in _CLASSES and outcome.isascii() and outcome.isdigit():  # noqa: PLR2004  a status
        return f"{outcome[0]}xx"
    return _FAILURES.get(outcome, "other")


def succeeded(attempt: Attempt) -> bool:
    """Whether it was answered with a status that is no error."""
    return outcome_class(attempt.outcome) in {"1xx", "2xx", "3xx"}
