"""The collection of garbage: none while a program starts, then the less often the less there is of it."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

FEWEST: Final = 20_000
"""New objects after which garbage is looked for, where there is some."""

MOST: Final = 200_000
"""The same where there is none: queries leave hardly any, and the looking takes time."""

SCARCE: Final = 0.01
"""Of the new objects, those that are garbage, where there is hardly any."""


@contextmanager
def uncollected() -> Iterator[None]:
    """None, until somebody turns it on: what is made on the way stays, and need not be looked through."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def collect_at_need() -> None:
    """Collects from now on; what there is by now stays for good."""
    gc.freeze()  # the little garbage in it is not worth a tenth of a second
    gc.set_threshold(FEWEST, 10, 10)
    gc.callbacks.append(_adapt)
    gc.enable()


def next_threshold(threshold: int, collected: int) -> int:
    """After how many new objects garbage is looked for next.

    Args:
        threshold: After how many that was done now.
        collected: How many were found.
    """
    return min(2 * threshold, MOST) if collected < SCARCE * threshold else FEWEST


def _adapt(phase: str, found: Mapping[str, Any]) -> None:
    if phase == "stop":
        threshold, *older = gc.get_threshold()
        gc.set_threshold(next_threshold(threshold, found["collected"]), *older)
