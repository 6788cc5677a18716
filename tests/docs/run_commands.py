"""Runs commands of the gateway in one process, which is quicker than one for each.

From standard input: `[{"arguments": [...], "input": "...", "configured": false}]`; printed:
`[{"code": 0, "printed": "..."}]`. `configured` commands find the stand-ins in their environment.
Commands that serve are read by the command line, and not carried out: they would not end.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from typing import Any

import typer
from typer.testing import CliRunner

from gateway.cli.commands import app
from gateway.sandbox.serve import Sandbox

SERVING = {"serve", "sandbox"}
SANDBOX = ["serve", "--sandbox"]
ADDRESS = "http://127.0.0.1:8000"
"""Of the gateway that the pages ask; here it is another port."""


def listening(sandbox: Sandbox) -> dict[str, str]:
    """Starts the stand-ins in a thread; the environment that leads to them."""
    started = threading.Event()

    async def serve() -> None:
        async with sandbox:
            started.set()
            await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    started.wait(60)
    upstreams = tomllib.loads(sandbox.settings_toml())["upstreams"]
    environ = {f"GATEWAY_UPSTREAMS__{name.upper()}__URL": each["url"] for name, each in upstreams.items()}
    for name, each in upstreams.items():
        if "token" in each:
            environ[f"GATEWAY_UPSTREAMS__{name.upper()}__TOKEN"] = each["token"]
    for number, key in enumerate(upstreams["clickhouse"]["keys"]):
        for member, value in key.items():
            environ[f"GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__{number}__{member.upper()}"] = value
    return environ


class Served:
    """`gateway serve`, for commands that ask a gateway that runs.

    Attributes:
        printed: What it told.
    """

    def __init__(self) -> None:
        self.printed = ""
        self._process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-m", "gateway", *SANDBOX, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )

    def address(self) -> str:
        """Waits until it listens."""
        for line in self._process.stdout or ():
            self.printed += line
            if "Ctrl+C" in line:
                break
        found = re.search(r"http://127\.0\.0\.1:\d+", self.printed)
        if not found:
            raise RuntimeError(f"It did not say where it listens: {self.printed}")
        return found[0]

    def end(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()


def carried_out(given: dict[str, Any], environ: dict[str, str]) -> dict[str, Any]:
    """One command."""
    arguments = given["arguments"]
    if arguments[:1] and arguments[0] in SERVING:
        command = typer.main.get_command(app)
        try:
            command.commands[arguments[0]].make_context(arguments[0], arguments[1:])
        except Exception as error:  # noqa: BLE001  of the command line's own kinds
            return {"code": 2, "printed": repr(error)}
        return {"code": 0, "printed": ""}
    found = CliRunner().invoke(app, arguments, input=given["input"] or None, env=environ if given["configured"] else {})
    return {"code": found.exit_code, "printed": found.output}


def main() -> None:
    """All of them."""
    commands = json.load(sys.stdin)
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        del os.environ[name]
    os.environ |= {"COLUMNS": "200", "NO_COLOR": "1"}
    needed = any(each["configured"] for each in commands)
    asking = [each for each in commands if each["arguments"] == SANDBOX or ADDRESS in " ".join(each["arguments"])]
    served = Served() if asking else None
    environ = listening(Sandbox()) if needed else {}
    printed = {id(each): carried_out(each, environ) for each in commands if each not in asking}
    if served:
        try:
            address = served.address()
            for each in asking:
                there = {**each, "arguments": [word.replace(ADDRESS, address) for word in each["arguments"]]}
                printed[id(each)] = carried_out(there, environ)
                if each["arguments"] == SANDBOX:
                    printed[id(each)]["printed"] = served.printed.replace(address, ADDRESS)
        finally:
            served.end()
    json.dump([printed[id(each)] for each in commands], sys.stdout)


if __name__ == "__main__":
    main()
