"""Objects and lists of which a part is yet to come, and cannot fail them: see `promises`."""

from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

if TYPE_CHECKING:
    from gateway.execution.plans.strands import Strands

NONE_YET: Final = Context()


class Partial(Struct, eq=False):
    """An object or a list with promises in it, none of which can fail it.

    Whoever begins it, or a promise, has counted it as owed.

    Attributes:
        strands: The execution's.
        results: A dict by keys, or a list by indices.
        waiting: Where there are promises, or what is partial itself.
        rest: What is left to do with an operation's answer when all has come.
        context: Of which those of what it holds are made.
    """

    strands: "Strands"
    results: Any
    waiting: Sequence[Any]
    rest: Callable[[Any], Any] | None = None
    context: Context = NONE_YET

    def start(self, into: Any, key: Any, context: Context | None) -> None:  # noqa: ANN401  a dict and a key, or a list and an index
        """Takes its place, and begins what it holds.

        Args:
            into: Where its place is.
            key: Its place there.
            context: The present one, which nobody else will run in; None where that is the task's.
        """
        results, waiting = self.results, self.waiting
        into[key] = results
        if len(waiting) == 1:
            [only] = waiting
            results[only].start(results, only, context)
        else:
            self.context = copy_context() if context is None else context
            self.strands.owed += len(waiting) - 1
            self.strands.ready.append(self)

    def step(self) -> None:
        """All that it holds has its turn, one after the other, each in a context of its own."""
        results, copied = self.results, self.context.copy
        for key in self.waiting:
            context = copied()
            context.run(results[key].start, results, key, context)
