"""The program itself, in processes of their own, in an empty folder and with no GATEWAY_* in the environment."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


class Program:
    """A running `python -m gateway …`; what it prints goes to files."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self.folder = folder
        self._out, self._err = folder / "out", folder / "err"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-m", "gateway", *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=inherited | environ,
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    @property
    def address(self) -> str:
        """The first one that it printed, without the slash at its end."""
        found = re.search(r"http://127\.0\.0\.1:\d+/", self.out)
        assert found, self.out + self.err
        return found[0].rstrip("/")

    def until(self, text: str, seconds: float = 60) -> "Program":
        """Waits for a text on standard output."""
        end = time.monotonic() + seconds
        while text not in self.out:
            assert self._process.poll() is None, self.err
            assert time.monotonic() < end, f"{text!r} is not in:\n{self.out}{self.err}"
            time.sleep(0.02)
        return self

    def ended(self, seconds: float = 60) -> int:
        """Waits for the end; the exit code."""
        return self._process.wait(seconds)

    def interrupt(self, number: signal.Signals) -> None:
        """Sends a signal once."""
        self._process.send_signal(number)

    def signalled(self, number: signal.Signals, seconds: float = 4) -> int:
        """Sends a signal again and again, as impatient people do, and waits for the end; the exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._process.send_signal(number)
            try:
                return self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        raise AssertionError(f"It still runs {seconds} s after {number.name}.")

    def close(self) -> None:
        """Ends it whatever it does."""
        self._process.kill()
        self._process.wait()


Start = Callable[..., Program]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts a program in a folder of its own."""
    programs: list[Program] = []

    def start_(*arguments: str, **environ: str) -> Program:
        programs.append(Program(tmp_path_factory.mktemp("program"), *arguments, **environ))
        return programs[-1]

    yield start_
    for program in programs:
        program.close()


STAND_INS = ("sandbox", "--losant-port=0", "--nks-port=0", "--locktera-port=0", "--clickhouse-port=0")


@pytest.fixture(scope="session")
def _both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Program]]:
    """Started at the same time, which is quicker."""
    served = Program(tmp_path_factory.mktemp("served"), "serve", "--port", "0")
    stand_ins = Program(tmp_path_factory.mktemp("stand_ins"), *STAND_INS, "--file", "state.sqlite")
    yield served, stand_ins
    served.close()
    stand_ins.close()


@pytest.fixture(scope="session")
def served(_both: tuple[Program, Program]) -> Program:
    """`gateway serve` with nothing configured."""
    return _both[0].until("Ctrl+C")


@pytest.fixture(scope="session")
def stand_ins(_both: tuple[Program, Program]) -> Program:
    """`gateway sandbox`, on free ports, with its state in a file."""
    return _both[1].until("[organizations.hollow]")
