"""What is often over at once: begun without what watches over what takes time."""

from collections.abc import Awaitable, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")

Steps = Generator[Any, None, T]


def begun(awaitable: Awaitable[T]) -> tuple[Steps[T] | None, Any]:
    """Run it up to where it first waits.

    Returns:
        None and what came of it, where it did not wait; else what `rest` takes.
    """
    steps = awaitable.__await__()
    try:
        return steps, next(steps)
    except StopIteration as ended:
        return None, ended.value


@coroutine
def rest(steps: Steps[T], waits: object) -> Generator[Any, None, T]:
    """Wait for the rest of what has begun."""
    while True:
        try:
            yield waits
            break
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as error:  # noqa: BLE001  it belongs to what waits
            try:
                waits = steps.throw(error)
            except StopIteration as ended:
                result: T = ended.value
                return result
    return (yield from steps)
