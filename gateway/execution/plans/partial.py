"""Objects and lists of which a part is yet to come, and cannot fail them: see `promises`."""

from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from typing import Any

from gateway.execution.plans.strands import Strands


class Partial:
    """An object or a list with promises in it, none of which can fail it.

    Args:
        strands: The execution's.
        results: A dict by keys, or a list by indices.
        waiting: Where there are promises, or what is partial itself.

    Attributes:
        rest: What is left to do with an operation's answer when all has come.
    """

    __slots__ = ("_context", "_strands", "rest", "results", "waiting")

    def __init__(self, strands: Strands, results: Any, waiting: Sequence[Any]) -> None:  # noqa: ANN401  either
        self._strands = strands
        self.rest: Callable[[Any], Any] | None = None
        self.results = results
        self.waiting = waiting

    def start(self, into: Any, key: Any, context: Context | None) -> None:  # noqa: ANN401  a dict and a key, or a list and an index
        """Takes its place, and begins what it holds: a single one at once, else each in its turn."""
        into[key] = self.results
        self._begin(context)

    def queue(self, into: Any, key: Any) -> None:  # noqa: ANN401  the same
        """The same when its turn comes, in a context of its own."""
        into[key] = self.results
        self._context = copy_context()
        self._strands.owed += 1
        self._strands.ready.append(self)

    def step(self) -> None:
        """Its turn has come."""
        self._context.run(self._begin, self._context)
        self._strands.owed -= 1

    def _begin(self, context: Context | None) -> None:
        results, waiting = self.results, self.waiting
        if len(waiting) == 1:
            [key] = waiting
            results[key].start(results, key, context)
        else:
            for key in waiting:
                results[key].queue(results, key)
