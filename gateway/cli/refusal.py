"""What keeps a command from running, as its operator reads it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

FAILED: Final = 1
WRONG_SETTINGS: Final = 2


class CannotRunError(Exception):
    """The command cannot run here; it says why, and what to do.

    Attributes:
        exit_code: The process's.
    """

    def __init__(self, said: str, exit_code: int = FAILED) -> None:
        super().__init__(said)
        self.exit_code = exit_code


@contextmanager
def told() -> Iterator[None]:
    """Turns `CannotRunError` into its text on standard error and its exit code."""
    try:
        yield
    except CannotRunError as error:
        print(error, file=sys.stderr)  # noqa: T201  that is its task
        raise typer.Exit(error.exit_code) from None
