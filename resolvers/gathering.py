"""Several coroutines at the same time, without a task for each that need not wait."""

import asyncio
from collections.abc import Coroutine, Generator, Iterable
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def gathered(coroutines: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What each returns, in order.

    Each begins at once, in the task of the caller: what several of them load is asked for together, with whatever else
    the operation loads now. Only those that have to wait go on in tasks of their own, so that one that sets itself a
    time limit (`asyncio.timeout`) must not be given.

    Raises:
        Exception: The first that one raised; the others are cancelled.
    """
    begun = [*coroutines]
    if len(begun) == 1:
        return [await begun[0]]
    tasks: dict[int, asyncio.Task[T]] = {}
    results: list[Any] = []
    try:
        for number, each in enumerate(begun):
            try:
                waits = each.send(None)
            except StopIteration as end:
                results.append(end.value)
            else:
                results.append(None)
                _await(waits, again=False)  # another may wait for the same future
                tasks[number] = asyncio.ensure_future(_resumed(each, waits))
        for number, task in tasks.items():
            results[number] = await task
    finally:
        for task in tasks.values():
            task.cancel()
    return results


@coroutine
def _resumed(each: Coroutine[Any, Any, T], waits: Any) -> Generator[Any, Any, T]:  # noqa: ANN401  a future, or None
    """A coroutine that has begun, and what it waits for."""
    _await(waits, again=True)
    while True:
        try:
            sent = yield waits
        except BaseException as error:  # noqa: BLE001  whatever its task is told, it is told
            act, given = each.throw, error
        else:
            act, given = each.send, sent  # type: ignore[assignment]  # one argument, as `throw` takes here
        try:
            waits = act(given)
        except StopIteration as end:
            value: T = end.value
            return value


def _await(waits: Any, *, again: bool) -> None:  # noqa: ANN401  a future, or None
    """Tells a future that whoever got it will wait for it: asyncio's protocol between futures and tasks."""
    if waits is not None:
        waits._asyncio_future_blocking = again  # noqa: SLF001  the protocol
