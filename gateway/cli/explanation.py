"""The upstream calls of an operation, as a person reads them."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_Call: TypeAlias = dict[str, Any]
_Column: TypeAlias = Callable[[list[_Call]], str]


def explanation(answer: dict[str, Any], *, real: bool) -> RenderableType:
    """The upstream calls of an operation as a table, wave by wave.

    Args:
        answer: To the operation, with its trace.
        real: Real upstreams were asked, so that times mean something.
    """
    extensions = answer.get("extensions", {})
    errors = Counter(error["message"] for error in answer.get("errors", []))
    said = [
        Text(f"{message}{f' ({times} times)' if times > 1 else ''}", style="red") for message, times in errors.items()
    ]
    if "trace" not in extensions:
        return Group(*said)
    trace, cost = extensions["trace"], extensions["cost"]
    further = _OF_RUNS if real else _OF_PLANS if trace.get("planned") else {}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Wave", "Upstream", "Operation", "Calls", "Batch", *further):
        table.add_column(name, justify="left" if name in _WORDS else "right")
    for row in _rows(trace["calls"], list(further.values())):
        table.add_row(*row)
    calls, waves = trace["upstreamCalls"], trace["waves"]
    total = f"{calls} upstream call{'' if calls == 1 else 's'} in {waves} wave{'' if waves == 1 else 's'}"
    total += f", estimated cost {cost['estimated']}"
    if real:
        total += f", {trace['durationMs']:.0f} ms"
    elif trace.get("planned"):
        total += ". Planned as the gateway stands now; no upstream was asked."
    else:
        total += ". Rehearsed on made-up answers; no upstream was asked."
    return Group(*([table] if trace["calls"] else []), Text(total), *said)


def _rows(calls: list[_Call], further: list[_Column]) -> Iterator[tuple[str, ...]]:
    """Calls of one wave to one operation are one row."""
    groups: dict[tuple[int, str, str, str], list[_Call]] = {}
    for call in calls:
        groups.setdefault((call["wave"], call["upstream"], call["operation"], call["source"]), []).append(call)
    for (wave, upstream, operation, _), members in sorted(groups.items()):
        largest = max(each["batch"] for each in members)
        yield (
            *(str(wave), upstream, operation, str(len(members)), str(largest)),
            *(told(members) for told in further),
        )


def _source(members: list[_Call]) -> str:
    return str(members[0]["source"]).lower()


def _age(members: list[_Call]) -> str:
    oldest = max(each["ageSeconds"] for each in members)
    return f"{oldest:.1f} s" if oldest else ""


def _breaker(members: list[_Call]) -> str:
    return ", ".join(sorted({str(each["breaker"]).lower() for each in members}))


def _throttled(members: list[_Call]) -> str:
    longest = max(each["throttledSeconds"] for each in members)
    return f"{longest:.1f} s" if longest else ""


_WORDS: Final = frozenset({"Upstream", "Operation", "From", "Breaker"})
_OF_PLANS: Final[dict[str, _Column]] = {
    "From": _source,
    "Age": _age,
    "Breaker": _breaker,
    "Throttled": _throttled,
}
_OF_RUNS: Final[dict[str, _Column]] = {
    "From": _source,
    "Attempts": lambda members: str(sum(len(each["attempts"]) for each in members)),
    "ms": lambda members: f"{max(each['durationMs'] for each in members):.1f}",
    "Bytes": lambda members: str(sum(each["bytes"] for each in members)),
}
