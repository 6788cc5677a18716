"""Words the parts of an answer: their errors, and what stands in their extensions."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, IncrementalStreamResult, InitialIncrementalExecutionResult
from graphql.execution import PendingResult, SubsequentIncrementalExecutionResult

from gateway.execution.actual import actual_cost
from gateway.execution.assembly import Assembly, Path
from gateway.execution.estimates import Part as Estimate
from gateway.execution.extensions import extensions, staleness
from gateway.execution.faults import failed, reported
from gateway.execution.operation import Exchange, Outcome, Part
from resolvers.context import Context


class Telling:
    """What the parts of one operation's answer say.

    What was reported, or was found to be old, is told with the part that has the field. What it did cost, the trace,
    and how many errors were omitted is told with the last.

    Args:
        exchange: The request.
        context: Of the operation.
        estimate: Of its cost.
        most: Errors of all parts together.
        exploring: Everyone is told more; see `extensions`.

    Attributes:
        errors: All that there were.
    """

    def __init__(self, exchange: Exchange, context: Context, estimate: Estimate, most: int, *, exploring: bool) -> None:
        self._exchange = exchange
        self._context = context
        self._estimate = estimate
        self._most = most
        self._exploring = exploring
        self._places: dict[str, Path] = {}
        self._assembly = Assembly({})
        self._reported = 0
        self._waiting: list[dict[str, Any]] = []
        self._stale: set[Any] = set()
        self._shown = 0
        self.errors: list[dict[str, Any]] = []

    def first(self, result: InitialIncrementalExecutionResult) -> Outcome:
        """The first part, which is told before the next is asked for."""
        data = result.data or {}
        self._assembly = Assembly(data)
        errors = self._told([*self._failed(result.errors), *self._held()])
        part = Part(first=True, pending=self._pending(result.pending), more=True)
        return Outcome(data, errors, self._extensions(more=True), executed=True, part=part)

    def further(self, result: SubsequentIncrementalExecutionResult) -> Outcome:
        """Any other."""
        incremental = []
        # what is announced here may be what some of it is for
        pending = self._pending(result.pending or ())
        for each in result.incremental or ():
            path: Path = [*self._places[each.id], *(each.sub_path or ())]
            entry: dict[str, Any] = {"id": each.id}
            if each.sub_path:
                entry["subPath"] = each.sub_path
            if isinstance(each, IncrementalStreamResult):
                entry["items"] = each.items
                self._assembly.extend(path, each.items)
            else:
                entry["data"] = each.data
                self._assembly.merge(path, each.data)
            errors = self._told([*self._failed(each.errors), *self._held()])
            incremental.append(entry | {"errors": errors} if errors else entry)
        completed = []
        for over in result.completed or ():
            place = self._places.pop(over.id)
            errors = self._failed(over.errors)
            if errors:
                errors = self._told(errors + self._held(place), least=1)
            completed.append({"id": over.id, "errors": errors} if errors else {"id": over.id})
        part = Part(pending=pending, incremental=incremental, completed=completed, more=result.has_next)
        return Outcome(None, [], self._extensions(more=result.has_next), executed=True, part=part)

    def _pending(self, pending: Sequence[PendingResult]) -> list[dict[str, Any]]:
        for each in pending:
            self._places[each.id] = each.path
        return [dict(each.formatted) for each in pending]

    def _failed(self, errors: Sequence[GraphQLError] | None) -> list[dict[str, Any]]:
        return [failed(each, self._exchange.request_id) for each in errors or ()]

    def _held(self, lost: Path | None = None) -> list[dict[str, Any]]:
        """What was reported of fields that have come by now, or never will: those below a path that is lost."""
        came = self._context.reported[self._reported :]
        self._reported += len(came)
        waiting, self._waiting = [*self._waiting, *(reported(path, failure) for path, failure in came)], []
        held: list[dict[str, Any]] = []
        for each in waiting:
            path = each["path"]
            is_lost = lost is not None and path[: len(lost)] == [*lost]
            (held if is_lost or self._assembly.holds(path) else self._waiting).append(each)
        return held

    def _told(self, errors: list[dict[str, Any]], least: int = 0) -> list[dict[str, Any]]:
        """As many as there is room for, but not less than `least`."""
        room = max(least, self._most - self._shown)
        self.errors += errors
        shown = errors[:room]
        self._shown += len(shown)
        return shown

    def _extensions(self, *, more: bool) -> dict[str, Any]:
        stale = {
            place: age
            for place, age in self._context.stale.items()
            if place not in self._stale and (not more or self._assembly.holds(place[0]))
        }
        self._stale.update(stale)
        if more:
            return staleness(stale)
        self.errors += self._waiting
        self._exchange.account.actual = actual_cost(self._estimate, self._assembly.data)
        omitted = len(self.errors) - self._shown
        return extensions(self._exchange, self._context, omitted, exploring=self._exploring, stale=stale)
