"""What a query costs as its world grows: nothing may be worse than linear, and nothing may be kept for ever."""

import json
import sys

from tests.bench.bodies import ALONE, FROM, MEMBERS, SIZES, TO, of_activities, of_members
from tests.bench.load import load, request
from tests.bench.subjects import COLD, server
from tests.bench.workloads import R1, R3, losant

AT_ONCE = 8
PAGES = (1, 10, 50, 100)
MANY = (1, 100, 5000)
LEAST = 1000
"""So many queries at least: what there is less of comes again and again."""
SLACK = 1.5
"""A figure may be by this factor more than linear: it is a measured one."""
FLAT = 1.15
"""The memory after the last of the others, by that after those before."""

_MEMBERS = "query M($id: ID!) { organization(id: $id) { members(first: 1000) { nodes { name email role } } } }"
_ACTIVITIES = (
    "query A($id: ID!) { organization(id: $id) { activities(first: 1000) { nodes { occurredAt action "
    "actor { kind name } } } } }"
)


def _posted(query, variables, headers=b""):
    return request(json.dumps({"query": query, "variables": variables}).encode(), headers)


def _pages(size):
    starts = range(0, 50 * size, size)
    pages = [[losant(ALONE[start + each]) for each in range(size)] for start in starts]
    return [_posted(R3, {"ids": page, "from": FROM, "to": TO}) for page in pages]


def _members(size):
    return [_posted(_MEMBERS, {"id": losant(number)}) for number in of_members(size)]


def _activities(size):
    return [_posted(_ACTIVITIES, {"id": f"busy-{number:04d}"}) for number in of_activities(size)]


def _operations(size, since=0):
    return [
        _posted(R1.replace("query R1", f"query R1n{since + each % size}"), {"id": losant(ALONE[each % len(ALONE)])})
        for each in range(max(size, LEAST))
    ]


def _callers(size, since=0):
    return [
        _posted(
            R1, {"id": losant(ALONE[each % 10])}, b"Losant-Authorization: Bearer caller%d\r\n" % (since + each % size)
        )
        for each in range(max(size, LEAST))
    ]


GROWING = {
    f"organizations per page, each with {MEMBERS} members and 30 days": (_pages, PAGES),
    "members of one organization": (_members, SIZES),
    "activities of one organization": (_activities, SIZES),
}
# how often as many come that were never there before: until what is kept of them is full
COMING = {
    "different operations, nothing kept": (_operations, COLD, False, 1),
    "callers with credentials of their own, default cache": (_callers, "", True, 2),
}


def growth(bench, upstreams, apart, seconds):
    """The cells, Markdown, and whether something grows that must not."""
    cells, lines, bad = [], ["## Growth"], False
    for title, (requests, sizes) in GROWING.items():
        lines += _head(title, "CPU by that of the row before, at most")
        before = None
        with server("gateway", upstreams.port, apart) as served:
            for size in sizes:
                work = _Work(served, requests(size), seconds)
                work.warm()
                cell = bench.cell((title, str(size), AT_ONCE), served, work.for_a_while, lambda _: "")
                grown = cell.cpu / before.cpu if before else 1.0
                most = size / int(before.workload) * SLACK if before else 1.0
                bad = bad or grown > most
                lines.append(f"{_row(cell, size)} {grown:.2f}, {most:.1f}{' TOO MUCH' if grown > most else ''} |")
                told(cell)
                cells.append(cell)
                before = cell
    for title, (requests, settings, by_callers, others) in COMING.items():
        lines += _head(title, "memory by that of the row before")
        with server("gateway", upstreams.port, apart, settings, by_callers=by_callers) as served:
            rows = [(str(size), requests(size)) for size in MANY]
            rows += [(f"{MANY[-1]} others", requests(MANY[-1], MANY[-1] * (each + 1))) for each in range(others)]
            for number, (name, asked) in enumerate(rows):
                work = _Work(served, asked)
                cell = bench.cell((title, name, AT_ONCE), served, work.each, lambda _: "")
                grown = cell.memory / cells[-1].memory if number else 1.0
                leaks = number == len(rows) - 1 and grown > FLAT
                bad = bad or leaks
                lines.append(f"{_row(cell, name)} {grown:.2f}{' TOO MUCH' if leaks else ''} |")
                told(cell)
                cells.append(cell)
    return cells, "\n".join(lines) + "\n", bad


def told(cell):
    """How far it is."""
    sys.stderr.write(
        f"{cell.workload} {cell.subject}: {cell.cpu:.3f} ms, {cell.memory:.0f} MB, {cell.queries} queries\n"
    )


class _Work:
    def __init__(self, served, requests, seconds=0.0):
        self._port, self._requests, self._seconds = served.port, requests, seconds

    def warm(self):
        load(self._port, self._requests, 1, 0.5)

    def for_a_while(self):
        return load(self._port, self._requests, AT_ONCE, self._seconds)

    def each(self):
        return load(self._port, self._requests, AT_ONCE, 0, times=1)


def _head(title, last):
    return [
        f"\n### {title[0].upper()}{title[1:]}\n",
        f"| | CPU ms per query | RSS MB | calls per query | errors | {last} |",
        "|--:|--:|--:|--:|--:|--:|",
    ]


def _row(cell, name):
    return f"| {name} | {cell.cpu:.3f} | {cell.memory:.0f} | {cell.calls:.2f} | {cell.errors} |"
