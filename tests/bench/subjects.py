"""The processes: the servers that are measured, the stand-in, and what the kernel tells of them."""

import json
import os
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from tests.bench.bodies import CLICKHOUSE, LINKED, LOCKTERA, LOSANT, NKS, SIZES, of_activities
from tests.fuzz.subject import Subject

_TICKS = os.sysconf("SC_CLK_TCK")
_HERE = Path(__file__).parent
COLD = "[cache]\nfresh_seconds = 0\nstale_if_error_seconds = 0\n"


def processors():
    """The one for the server that is measured, and those for everything else; the same where there is one only."""
    allowed = sorted(os.sched_getaffinity(0))
    return {allowed[-1]}, set(allowed[:-1] or allowed)


class Measured(Subject):
    """A process that prints its address, on processors of its own.

    Args:
        command: Starts it.
        on: The processors.
    """

    def __init__(self, command, on):
        super().__init__(command)
        self._on = on

    def __enter__(self):
        own = os.sched_getaffinity(0)
        os.sched_setaffinity(0, self._on)  # what is started inherits it
        try:
            return super().__enter__()
        except BaseException:
            if self._process:  # it runs, and nobody else ends it
                self.__exit__(None, None, None)
            raise
        finally:
            os.sched_setaffinity(0, own)

    def wait_for(self, words):
        """Until it has written them; for a minute at most."""
        end = time.monotonic() + 60
        while words not in self.said and self.lives and time.monotonic() < end:
            time.sleep(0.02)

    def processor_seconds(self):
        """Of the process and those below it, user's and system's."""
        return sum(_seconds(each) for each in _tree(self._process.pid))


class Upstreams(Measured):
    """The stand-in.

    Args:
        world: What it answers.
        on: Its processors.
    """

    def __init__(self, world, on):
        self._place = tempfile.TemporaryDirectory(prefix="gateway-bench-")
        file = Path(self._place.name) / "bodies"
        world.write(file)
        super().__init__((sys.executable, "-P", str(_HERE / "upstream.py"), str(file)), on)

    def __exit__(self, kind, error, trace):
        super().__exit__(kind, error, trace)
        self._place.cleanup()

    def taken(self):
        """The calls since this was last asked, and those of them that it did not know."""
        told = self._get("/__taken")
        return told["taken"], told["unknown"]

    def wait(self, milliseconds):
        """Let every answer wait."""
        self._get(f"/__latency/{milliseconds}")

    def _get(self, path):
        with urllib.request.urlopen(f"http://{self.host}:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)


@contextmanager
def server(kind, upstream_port, on, settings=COLD, *, by_callers=False):
    """One that is measured: `gateway`, or `ordinary`.

    Args:
        kind: Which one.
        upstream_port: The stand-in's.
        on: Its processors.
        settings: Further tables.
        by_callers: Losant takes its callers' own credentials.
    """
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as place:
        file = Path(place) / "gateway.toml"
        file.write_text(
            f'[server]\nport = 0\nstate_dir = "{place}"\n{_settings(upstream_port, by_callers=by_callers)}{settings}'
        )
        commands = {
            "gateway": (sys.executable, "-m", "gateway", "serve", "--config", str(file)),
            "ordinary": (sys.executable, "-P", str(_HERE / "ordinary.py"), str(file)),
        }
        with Measured(commands[kind], on) as measured:
            if kind == "gateway":
                measured.wait_for("Ctrl+C ends it")  # it has asked each upstream once, and asks none of its own accord
            yield measured


def _settings(port, *, by_callers):
    """All but the cache: rates are lifted, for it is not them that is measured; deadlines are long."""
    address = f"http://127.0.0.1:{port}"
    lines = [
        "[upstream_defaults]",
        "read_deadline_seconds = 60.0\nwrite_deadline_seconds = 60.0\nattempt_seconds = 30.0",
        "concurrency = 256\nqueue = 8192",
        "[limits]\ncost = 1_000_000\npage = 1000",
        '[callers]\nanonymous = ["read", "members:write"]\nallow_anonymous_upstream_access = true',
    ]
    for name in ("losant", "nks", "locktera", "clickhouse"):
        path = "/v1" if name == "locktera" else ""
        lines.append(f'[upstreams.{name}]\nurl = "{address}{path}"\nrate = {{ calls = 0, seconds = 1 }}')
        if name != "clickhouse":
            lines.append('credentials = "caller"' if by_callers and name == "losant" else 'token = "a-token"')
    busy = [number for size in SIZES for number in of_activities(size)]
    for number in (*LINKED, *busy):
        digits = f"{number:04d}"
        own = CLICKHOUSE.replace("~~~~", digits)
        key = f'organization = "{own}"\nkey_id = "key{digits}"\nkey_secret = "a-secret"'
        lines.append(f"[[upstreams.clickhouse.keys]]\n{key}")
        if number in LINKED:
            others = f'losant = "{LOSANT}"\nnks = {NKS}\nlocktera = "{LOCKTERA}"'.replace("~~~~", digits)
            lines.append(f'[organizations.acme-{digits}]\n{others}\nclickhouse = "{own}"')
        else:
            lines.append(f'[organizations.busy-{digits}]\nclickhouse = "{own}"')
    return "\n".join(lines) + "\n"


def _tree(process):
    found = [process]
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for each in children.read_text().split():
            found += _tree(int(each))
    return found


def _seconds(process):
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS
