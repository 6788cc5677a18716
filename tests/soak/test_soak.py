"""The short form of `make soak`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_mixed_traffic_shows_no_defect_and_growth_past_a_bound_is_one() -> None:
    """The bound is one that every process breaks: it is the only fault that is found."""
    command = [sys.executable, "-m", "tests.soak", "--seconds", "8", "--warm-up", "4", "--growth", "-1000"]
    ended = subprocess.run(  # noqa: S603  our own program
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert "faults    1\n  memory grew by " in ended.stdout, ended.stdout + ended.stderr
    assert ended.returncode == 1
    assert "× read" in ended.stdout
