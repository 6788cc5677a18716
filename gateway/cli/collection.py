"""The collection of garbage while a program starts."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """None, until somebody turns it on: what is made on the way stays, and need not be looked through."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
