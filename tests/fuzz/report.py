"""What a run counted, and the table of it."""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.exchange import Result
from tests.fuzz.shot import Shot
from tests.fuzz.verdict import has_data, messages

_OWN_WORDS = re.compile(r'"[^"]*"|`[^`]*`|\'[^\']*\'|\d+')
_COLUMNS = ("requests", "2xx", "4xx", "5xx", "none", "data", "slowest ms")


@dataclass
class Row:
    """The figures of one kind of request."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    silent: int = 0
    data: int = 0
    slowest: float = 0.0

    def cells(self) -> tuple[str, ...]:
        """As `_COLUMNS`."""
        hundreds = Counter[int]()
        for status, count in self.statuses.items():
            hundreds[status // 100] += count
        figures = (self.requests, hundreds[2], hundreds[4], hundreds[5], self.silent, self.data, self.slowest * 1000)
        return tuple(f"{figure:.0f}" for figure in figures)


@dataclass
class Report:
    """The figures of a run.

    Attributes:
        memory: MB, by how many requests had been sent.
        kept: The same of what the caches said that they hold.
        descriptors: How many, by the same.
        faults: What is wrong, with the file that replays it where there is one.
        slow: Requests that took longer than they may in the traffic.
        slowest_alone: The slowest of those when it was asked again alone, in seconds.
    """

    seed: int
    rows: dict[str, Row] = field(default_factory=lambda: defaultdict(Row))
    sentences: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    memory: dict[int, float] = field(default_factory=dict)
    kept: dict[int, float] = field(default_factory=dict)
    descriptors: dict[int, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    slow: int = 0
    slowest_alone: float = 0.0
    seconds: float = 0.0

    @property
    def sent(self) -> int:
        """All requests so far."""
        return sum(row.requests for row in self.rows.values())

    @property
    def grown(self) -> float:
        """MB between the first measurement and the last, without what the caches say that they hold."""
        beside = [memory - self.kept.get(sent, 0.0) for sent, memory in self.memory.items()]
        return beside[-1] - beside[0] if beside else 0.0

    def take(self, shot: Shot, result: Result) -> None:
        """Count one."""
        row = self.rows[shot.kind]
        row.requests += 1
        row.statuses.update(answer.status for answer in result.answers)
        row.silent += not result.answers
        row.data += has_data(result)
        if result.due:
            row.slowest = max(row.slowest, result.seconds)
        for code, message in messages(result):
            key = (code, _OWN_WORDS.sub("…", message)[:160])
            self.sentences[key] += 1
            self.examples.setdefault(key, message)

    def table(self) -> str:
        """For people."""
        rows = [("", *_COLUMNS), *((kind, *row.cells()) for kind, row in sorted(self.rows.items()))]
        whole = Row()
        for row in self.rows.values():
            whole.requests += row.requests
            whole.statuses += row.statuses
            whole.silent += row.silent
            whole.data += row.data
            whole.slowest = max(whole.slowest, row.slowest)
        rows.append(("all", *whole.cells()))
        lines = [f"{row[0]:24}" + "".join(f"{cell:>11}" for cell in row[1:]) for row in rows]
        statuses = ", ".join(f"{count} × {status}" for status, count in sorted(whole.statuses.items()))
        lines += ["", f"statuses     {statuses}"]
        lines += [f"memory       {_along(self.memory, 'MB')}", f"  in caches  {_along(self.kept, 'MB')}"]
        lines += [f"descriptors  {_along(self.descriptors, '')}"]
        lines += [
            f"seed         {self.seed}",
            f"time         {self.seconds:.0f} s",
            f"slow         {self.slow} in the traffic, {self.slowest_alone:.2f} s alone",
        ]
        lines += [f"faults       {len(self.faults)}", *(f"  {fault}" for fault in self.faults[:50])]
        return "\n".join(lines)

    def told(self) -> str:
        """Every kind of error, how often it came, and one of its sentences."""
        return "\n".join(
            f"{count:6} {code:24} {self.examples[code, text]}" for (code, text), count in self.sentences.most_common()
        )

    def write(self, path: Path) -> None:
        """For programs: the figures as JSON."""
        kinds = {kind: {"requests": row.requests, "data": row.data} for kind, row in self.rows.items()}
        content = {"seed": self.seed, "sent": self.sent, "kinds": kinds, "faults": self.faults}
        path.write_text(json.dumps(content, indent=2) + "\n")


def _along(figures: dict[int, float] | dict[int, int], unit: str) -> str:
    return " → ".join(f"{figure:.0f} {unit} after {count}".replace("  ", " ") for count, figure in figures.items())
