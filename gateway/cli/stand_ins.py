"""The sandbox alone, served until a signal ends it."""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.cli.banner import Paper
from gateway.cli.ending import interruption
from gateway.cli.refusal import CannotRunError
from gateway.cli.sockets import listening_socket
from gateway.sandbox.serve import Sandbox


async def serve_stand_ins(host: str, ports: Mapping[str, int], file: Path | None) -> None:
    """Serves the four stand-ins until SIGINT or SIGTERM; prints a gateway.toml that points at them.

    Raises:
        CannotRunError: A port is taken, or the file is no sandbox's.
    """
    with interruption() as stopped:
        for name, port in ports.items():
            listening_socket(host, port, option=f"--{name}-port").close()
        try:
            sandbox = Sandbox(str(file) if file else ":memory:", host, ports)
        except sqlite3.Error as error:
            raise CannotRunError(f"{file} cannot hold the sandbox ({error}): name another file.") from None
        async with sandbox:
            Paper().print("\n".join(_lines(sandbox, file)), soft_wrap=True)
            await stopped.wait()


def _lines(sandbox: Sandbox, file: Path | None) -> Iterator[str]:
    """TOML; all else are comments."""
    kept = f"Its state is kept in {file}." if file else "Its state is in memory."
    yield f"# The sandbox: four stand-ins with made-up data, until Ctrl+C. {kept}"
    yield "#"
    for name, url in sandbox.urls.items():
        yield f"#   {name:<12}{url:<31}{_credential(sandbox, name)}"
    yield "#"
    yield "# Faults of each stand-in, for example:"
    fault = '{"fault": "status", "status": 503, "times": 3}'
    yield f"#   curl {sandbox.urls['nks']}/__sandbox/faults -d '{fault}'"
    yield "#"
    yield "# Settings of a gateway in front of it; all that is printed here is a gateway.toml:"
    yield ""
    yield sandbox.settings_toml().rstrip()


def _credential(sandbox: Sandbox, name: str) -> str:
    if name != "clickhouse":
        return f"token {getattr(sandbox.credentials, name)}"
    first, *others = sandbox.credentials.clickhouse
    return f"key {first.key_id}, secret {first.key_secret}, and {len(others)} more below"
