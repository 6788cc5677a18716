"""What a query costs: `python -m tests.bench` prints Markdown.

The gateway, with nothing kept and with its default cache, and beside it the same graph served the ordinary way answer
the same requests over the same stand-in, in rounds that alternate. What counts is the processor time of the server per
query: it depends least on what else the machine does. The server that is measured has a processor of its own, the load
and the stand-in share the others.
"""

import argparse
import gc
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench import page
from tests.bench.bodies import World
from tests.bench.cells import Bench
from tests.bench.chart import chart
from tests.bench.checking import check
from tests.bench.growth import growth
from tests.bench.latency import half_of_saturation, latency
from tests.bench.subjects import COLD, Upstreams, processors, server
from tests.bench.tables import details, ratios
from tests.bench.workloads import workloads

WORKLOADS = ("R1", "R2", "R3", "R4", "R5", "R6")
CHART = Path("build/bench.svg")
MOST_ORDINARY = 16
"""What is slow is asked no more at once: the rest would wait for minutes."""
SLOW = {"R3"}
"""Seconds each, the ordinary way: one at a time."""
SUBJECTS = {"cold": ("gateway", COLD), "hot": ("gateway", ""), "ordinary": ("ordinary", COLD)}


def options():
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workloads", default=",".join(WORKLOADS), metavar="NAMES")
    parser.add_argument("--subjects", default=",".join(SUBJECTS), metavar="NAMES", help="some of cold,hot,ordinary")
    parser.add_argument("--concurrency", default="1,16,64", metavar="NUMBERS")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one round of one server")
    parser.add_argument("--quick", action="store_true", help="one round of 1.5 s, 16 at once: about a minute")
    parser.add_argument("--growth", action="store_true", help="what a query costs as its world grows, and nothing else")
    parser.add_argument(
        "--check", action="store_true", help="whether answers and upstream calls are right, and no more"
    )
    parser.add_argument("--docs", action="store_true", help="write the picture and the table of docs/pages/speed.md")
    parser.add_argument("--out", type=Path, metavar="FILE", help="for the Markdown, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="for each cell, as JSON lines")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="whose run.py sets GATEWAY_DIR beside other servers")
    chosen = parser.parse_args()
    for names, known in ((chosen.workloads, WORKLOADS), (chosen.subjects, SUBJECTS)):
        if unknown := set(names.split(",")) - set(known):
            parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if chosen.quick:
        chosen.rounds, chosen.seconds, chosen.concurrency = 1, 1.5, "16"
    return chosen


def at_once(chosen, subject, workload):
    """The concurrencies of one subject, one at least of the yardstick's among them."""
    wanted = [int(each) for each in chosen.concurrency.split(",")]
    if "ordinary" not in chosen.subjects:
        return wanted
    few = [] if workload.name in SLOW else [each for each in wanted if each <= MOST_ORDINARY]
    few = few or [1]
    return few if subject == "ordinary" else sorted({*wanted, max(few)})


def measure(chosen, bench, servers, asked):
    """All cells, round by round."""
    cells = []
    for subject, served in servers.items():
        for workload in asked:
            bench.measure(subject, served, workload, 1, min(chosen.seconds, 1.0), hot=subject == "hot")
    for number in range(chosen.rounds):
        turn = number % len(servers)
        order = [*servers.items()][turn:] + [*servers.items()][:turn]
        for workload in asked:
            for subject, served in order:
                for concurrency in at_once(chosen, subject, workload):
                    figures = (subject, served, workload, concurrency, chosen.seconds)
                    cells.append(bench.measure(*figures, hot=subject == "hot", seed=number + 2))
                    told(f"round {number + 1}: {subject} {workload.name} x{concurrency}: {cells[-1].cpu:.3f} ms")
    return cells


def told(words):
    """How far it is."""
    sys.stderr.write(f"{words}\n")


def written(chosen, cells, text):
    """Keep what was asked to be kept."""
    sys.stdout.write(text)
    if chosen.out:
        chosen.out.write_text(text)
    if chosen.json:
        with chosen.json.open("a") as file:
            file.writelines(f"{json.dumps(cell.record())}\n" for cell in cells)
    wrong = [f"{each.subject} {each.workload} x{each.concurrency}: {each.told}" for each in cells if each.errors]
    sys.stdout.write("".join(f"\nFOUND {each}\n" for each in wrong))
    return bool(wrong)


def peers(chosen):
    """What another benchmark tells of this checkout and of other servers."""
    command = [sys.executable, "run.py", *(["--quick"] if chosen.quick else [])]
    here = os.environ | {"GATEWAY_DIR": str(Path.cwd())}
    ended = subprocess.run(command, cwd=chosen.peers, env=here, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  the caller's own
    return ended.stdout


def run(chosen):
    """All that was asked for; 0 where every answer was right."""
    world = World()
    known = workloads(world)
    asked = [known[name] for name in chosen.workloads.split(",")]
    apart, rest = processors()
    os.sched_setaffinity(0, rest)
    with ExitStack() as stack:
        upstreams = stack.enter_context(Upstreams(world, rest))
        bench = Bench(upstreams, len(rest))
        if chosen.growth:
            cells, text, bad = growth(bench, upstreams, apart, chosen.seconds)
            return written(chosen, cells, text) or bad
        servers = {}
        for subject in chosen.subjects.split(","):
            kind, settings = SUBJECTS[subject]
            servers[subject] = stack.enter_context(server(kind, upstreams.port, apart, settings))
        if chosen.check:
            return check(servers, upstreams, asked)
        cells = measure(chosen, bench, servers, asked)
        text = f"## Queries per CPU-second\n\n{ratios(cells)}\n{details(cells, known, bench.per_call())}\n"
        if "cold" in servers and "R2" in chosen.workloads:
            text += f"\n{latency(servers['cold'], upstreams, known['R2'], chosen.seconds)}\n"
            rate = max(each.rate for each in cells if (each.subject, each.workload) == ("cold", "R2"))
            text += f"\n{half_of_saturation(servers['cold'], known['R2'], rate, chosen.seconds)}\n"
        if chosen.peers:
            text += f"\n{peers(chosen)}\n"
        CHART.parent.mkdir(exist_ok=True)
        CHART.write_text(chart(cells))
        if chosen.docs:
            page.write(cells, known, rounds=chosen.rounds, seconds=chosen.seconds)
        return written(chosen, cells, text)


def main():
    """Run; what was started ends with it, whatever ends it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    gc.disable()  # who measures must not stop to look for garbage
    try:
        bad = run(options())
    except KeyboardInterrupt:
        return 130
    told(f"{time.monotonic() - began:.0f} s")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
