"""How often garbage is looked for."""

import gc
import subprocess
import sys

from gateway.cli.collection import FEWEST, MOST, next_threshold

WATCHED = """
import gc
from gateway.cli.collection import collect_at_need
collect_at_need()
kept = [[] for _ in range(600_000)]
clean = gc.get_threshold()[0]
for _ in range(600_000):
    ring = []
    ring.append(ring)
print(clean, gc.get_threshold()[0])
"""


def test_garbage_is_looked_for_less_often_as_long_as_there_is_none():
    asked = [FEWEST]
    while asked[-1] < MOST:
        asked.append(next_threshold(asked[-1], collected=10))
    assert asked == [20_000, 40_000, 80_000, 160_000, 200_000]
    assert next_threshold(MOST, collected=0) == MOST


def test_garbage_is_looked_for_often_as_soon_as_there_is_some():
    assert next_threshold(MOST, collected=MOST // 10) == FEWEST


def test_a_program_finds_its_own_pace():
    ended = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=True)  # noqa: S603  our own program
    clean, littered = map(int, ended.stdout.split())
    assert clean == MOST
    assert littered == FEWEST
    assert gc.get_threshold()[0] not in {MOST, FEWEST}, "it is the program's own, and not that of its tests"
