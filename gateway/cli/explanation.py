"""The upstream calls of an operation, as a person reads them."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


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
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (
        "Wave",
        "Upstream",
        "Operation",
        "Calls",
        "Batch",
        *(["From", "Attempts", "ms", "Bytes"] if real else []),
    ):
        table.add_column(
            name, justify="right" if name in {"Wave", "Calls", "Batch", "Attempts", "ms", "Bytes"} else "left"
        )
    for row in _rows(trace["calls"], real=real):
        table.add_row(*row)
    calls, waves = trace["upstreamCalls"], trace["waves"]
    total = f"{calls} upstream call{'' if calls == 1 else 's'} in {waves} wave{'' if waves == 1 else 's'}"
    total += f", estimated cost {cost['estimated']}"
    total += f", {trace['durationMs']:.0f} ms" if real else ". Rehearsed on made-up answers; no upstream was asked."
    return Group(*([table] if trace["calls"] else []), Text(total), *said)


def _rows(calls: list[dict[str, Any]], *, real: bool) -> Iterator[tuple[str, ...]]:
    """Calls of one wave to one operation are one row."""
    groups: dict[tuple[int, str, str, str], list[dict[str, Any]]] = {}
    for call in calls:
        groups.setdefault((call["wave"], call["upstream"], call["operation"], call["source"]), []).append(call)
    for (wave, upstream, operation, source), members in sorted(groups.items()):
        largest = max(each["batch"] for each in members)
        row: tuple[str, ...] = (str(wave), upstream, operation, str(len(members)), str(largest))
        if real:
            attempts = sum(len(each["attempts"]) for each in members)
            longest = max(each["durationMs"] for each in members)
            row = (*row, source.lower(), str(attempts), f"{longest:.1f}", str(sum(each["bytes"] for each in members)))
        yield row
