"""What the command line says of the shared cache, and does with it."""

import asyncio
import subprocess
import sys

import pytest

from gateway.sandbox.serve import Sandbox

pytestmark = pytest.mark.anyio


@pytest.fixture
async def run(untouched_sandbox, tmp_path):
    """Runs a command of the gateway before stand-ins; what it prints."""
    async with Sandbox(store=untouched_sandbox.store.copy()) as sandbox:

        async def run(url: str, *words: str) -> tuple[int | None, str, str]:
            (tmp_path / "gateway.toml").write_text(f'[cache]\nurl = "{url}"\n{sandbox.settings_toml()}')
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
            )
            out, err = await process.communicate()
            return process.returncode, out.decode(), err.decode()

        yield run


async def test_check_says_that_it_is_there(server, run):
    code, out, _ = await run(server.url, "check")
    assert code == 0
    assert out.rstrip().endswith(f"The shared cache at 127.0.0.1:{server.port}/0 is there.")


async def test_check_says_why_it_is_away_and_is_content(make_server, run):
    server = make_server()
    code, out, _ = await run(server.url.replace("//", "//:correct-horse@"), "check")
    assert code == 0
    words = (
        f"The shared cache at 127.0.0.1:{server.port}/0 is away, and the gateway goes on without it: ConnectionError"
    )
    assert words in out
    assert "correct-horse" not in out


async def test_what_is_only_explained_puts_nothing_there(server, run):
    code, out, err = await run(server.url, "explain", '{ organization(id: "acme") { name } }')
    assert (code, "losant" in out.lower()) == (0, True), err
    assert server.command("DBSIZE") == b":0\r\n"

    code, out, err = await run(server.url, "query", '{ organization(id: "acme") { name } }')
    assert (code, "Acme Corporation" in out) == (0, True), err
    assert server.command("DBSIZE") != b":0\r\n"
