"""The figures as Markdown."""

import statistics

SUBJECTS = {
    "cold": "gateway, nothing kept",
    "hot": "gateway, default cache",
    "ordinary": "Strawberry and httpx, the ordinary way",
}
COLUMNS = (
    "at once",
    "CPU ms per query, median (least)",
    "queries/s",
    "p50 ms",
    "p99 ms",
    "RSS MB",
    "calls per query",
    "errors",
)
BUSY = 0.9


def median(cells, name):
    """Of one figure."""
    return statistics.median(getattr(each, name) for each in cells)


def grouped(cells):
    """The cells of all rounds, by workload, concurrency and subject."""
    found = {}
    for cell in cells:
        found.setdefault((cell.workload, cell.concurrency, cell.subject), []).append(cell)
    return found


def per_second(cells):
    """Queries per second of the server's processor time: medians by subject and workload.

    At the highest concurrency at which all subjects were measured: it is the same for all who are compared.
    """
    groups = grouped(cells)
    subjects = [each for each in SUBJECTS if any(key[2] == each for key in groups)]
    found = {subject: {} for subject in subjects}
    for workload in dict.fromkeys(key[0] for key in groups):
        measured = [{key[1] for key in groups if key[0] == workload and key[2] == each} for each in subjects]
        shared = max(set.intersection(*measured))
        for subject in subjects:
            found[subject][workload] = 1000 / max(median(groups[workload, shared, subject], "cpu"), 0.001)
    return found


def ratios(cells):
    """How much more each does with a second of processor time than the yardstick, and hot than cold."""
    found = per_second(cells)
    titles = [*next(iter(found.values()))]
    lines = [f"| queries per CPU-second | {' | '.join(titles)} |", f"|---|{'--:|' * len(titles)}"]
    for subject, figures in found.items():
        lines.append(f"| {SUBJECTS[subject]} | {' | '.join(f'{each:.0f}' for each in figures.values())} |")
    for one, other in (("cold", "ordinary"), ("hot", "cold")):
        if one in found and other in found:
            times = [found[one][each] / found[other][each] for each in titles]
            lines.append(f"| **{one} : {other}** | {' | '.join(f'**{each:.1f}**' for each in times)} |")
    return "\n".join(lines)


def details(cells, workloads, per_call):
    """All figures, the medians of the rounds.

    Args:
        cells: Of all rounds.
        workloads: By name.
        per_call: Microseconds of the stand-in.
    """
    lines = []
    for (name, concurrency, subject), found in grouped(cells).items():
        heading = f"\n### {name}: {workloads[name].title}; {workloads[name].calls} upstream calls at least\n"
        if heading not in lines:
            lines += [
                heading,
                f"| server | {' | '.join(COLUMNS)} |",
                f"|---|{'--:|' * len(COLUMNS)}",
            ]
        row = [f"{median(found, 'cpu'):.3f} ({min(each.cpu for each in found):.3f})"]
        row += [f"{median(found, 'rate'):.0f}{_mark(found)}"]
        row += [f"{median(found, each):.2f}" for each in ("p50", "p99")]
        row += [f"{max(each.memory for each in found):.0f}", f"{median(found, 'calls'):.2f}"]
        row += [str(sum(each.errors for each in found))]
        lines.append(f"| {SUBJECTS[subject]} | {concurrency} | {' | '.join(row)} |")
    busiest = max(median(found, "others") for found in grouped(cells).values())
    lines.append(
        f"\nThe stand-in took {per_call:.0f} µs of processor time per call. It and the load took at most {busiest:.0%} "
        f"of theirs; ^ marks the rates that may be their limit, where it was more than {BUSY:.0%}."
    )
    return "\n".join(lines)


def _mark(found):
    """Of a rate that may not be the server's own limit."""
    return " ^" if median(found, "others") > BUSY else ""
