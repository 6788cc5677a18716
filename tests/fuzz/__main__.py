"""Hostile traffic for a real gateway: `python -m tests.fuzz --requests 30000`; see `--help`."""

import argparse
import asyncio
import os
import random
import sys
from pathlib import Path

from tests.fuzz.exchange import fire
from tests.fuzz.report import Report
from tests.fuzz.run import Bounds, Run
from tests.fuzz.shot import Shot
from tests.fuzz.subject import GATEWAY, Subject
from tests.fuzz.traffic import Traffic
from tests.fuzz.verdict import faults


def options() -> argparse.Namespace:
    """The command line; defaults come from the environment where it has them."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    environ = os.environ
    parser.add_argument("--requests", type=int, default=int(environ.get("FUZZ_REQUESTS", "30000")), metavar="N")
    parser.add_argument("--seed", type=int, default=int(environ.get("FUZZ_SEED", "0")), help="0 is a random one")
    parser.add_argument("--at-once", type=int, default=8, metavar="N", help="connections")
    parser.add_argument("--slowest", type=float, default=1.0, metavar="SECONDS", help="of one answer")
    parser.add_argument("--growth", type=float, default=Bounds.memory, metavar="MB", help="after a third, caches apart")
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"), help="keeps requests that showed a fault")
    parser.add_argument("--only-attacks", action="store_true", help="no documents from hypothesis-graphql: quicker")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="send one of those again, alone")
    parser.add_argument("--sentences", action="store_true", help="print every kind of error that was told")
    parser.add_argument("--summary", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("command", nargs="*", default=GATEWAY, help="serves GraphQL in the place of the sandbox")
    return parser.parse_args()


def main() -> int:
    """Run; 0 where there was no fault."""
    chosen = options()
    with Subject(tuple(chosen.command)) as subject:
        if chosen.replay:
            return asyncio.run(replay(subject, Shot.load(chosen.replay)))
        seed = chosen.seed or random.SystemRandom().randrange(1, 10**6)
        report = Report(seed)
        bounds = Bounds(seconds=chosen.slowest, memory=chosen.growth)
        run = Run(subject, report, bounds, at_once=chosen.at_once, folder=chosen.folder)
        traffic = Traffic(seed, subject.ids(), documents=not chosen.only_attacks)
        asyncio.run(run.all(traffic, chosen.requests))
    sys.stdout.write(report.table() + "\n")
    if chosen.sentences:
        sys.stdout.write("\n" + report.told() + "\n")
    if chosen.summary:
        report.write(chosen.summary)
    return 1 if report.faults else 0


async def replay(subject: Subject, shot: Shot) -> int:
    """Send a kept request again, and show what it is and what comes back."""
    result = await fire(shot, subject.host, subject.port)
    sys.stdout.write(f"{shot.sent[:4_000].decode('latin-1')}\n\n--- {len(result.answers)} in {result.seconds:.3f} s\n")
    for answer in result.answers:
        sys.stdout.write(f"{answer.status} {answer.body[:4_000].decode('utf-8', 'replace')}\n")
    found = [*faults(shot, result), *subject.faults()]
    sys.stdout.write("".join(f"FAULT {each}\n" for each in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
