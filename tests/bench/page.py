"""The figures for the documentation: a picture and a table, which docs/pages/speed.md shows."""

import datetime as dt
import platform
import re
from pathlib import Path

from tests.bench.chart import chart, shown
from tests.bench.tables import SUBJECTS, per_second

FOLDER = Path("docs/pictures")


def page(cells, workloads, *, rounds, seconds):
    """The table, and a sentence about how it was measured, as Markdown.

    Args:
        cells: Of all rounds.
        workloads: By name.
        rounds: How many there were.
        seconds: Of one round of one server.
    """
    figures = per_second(cells)
    compared = {"cold", "ordinary"} <= set(figures)
    heads = [*(SUBJECTS[each] for each in figures), *(["times as many, nothing kept"] if compared else [])]
    lines = [f"| queries per CPU-second | upstream calls | {' | '.join(heads)} |", f"|---|--:|{'--:|' * len(heads)}"]
    for name in next(iter(figures.values())):
        row = [shown(figures[subject][name]) for subject in figures]
        if compared:
            row.append(f"**{shown(figures['cold'][name] / figures['ordinary'][name])}**")
        workload = workloads[name]
        lines.append(f"| {name}: {workload.title} | {workload.calls} | {' | '.join(row)} |")
    often = f"Medians of {rounds} rounds" if rounds > 1 else "One round"
    measured = f"{often} of {seconds:g} s each, on {dt.datetime.now(dt.UTC).date()}"
    return "\n".join([*lines, "", f"{measured}, by one core of {processor()}, Python {platform.python_version()}.", ""])


def processor():
    """The name that the kernel has for it."""
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def write(cells, workloads, *, rounds, seconds):
    """Both files."""
    (FOLDER / "speed.svg").write_text(chart(cells))
    (FOLDER / "speed.md").write_text(page(cells, workloads, rounds=rounds, seconds=seconds))
