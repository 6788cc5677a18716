"""The last resort against what holds a process that should end."""

import subprocess
import sys

import pytest

HELD = """
import threading, time
from gateway.cli.ending import end_within
threading.Thread(target=time.sleep, args=(60,)).start()
print("begun")
end_within(0.1, lambda: {over})
"""


@pytest.mark.parametrize(("over", "code"), [(True, 0), (False, 1)])
def test_a_process_that_a_thread_holds_ends_all_the_same(over: bool, code: int) -> None:
    ended = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", HELD.format(over=over)], capture_output=True, text=True, timeout=40, check=False
    )
    assert ended.returncode == code
    assert ended.stdout.startswith("begun\n")
    assert ("did not end in time" in ended.stdout + ended.stderr) is not over
