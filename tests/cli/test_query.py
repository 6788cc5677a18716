"""Writes on the command line, which keep to the ledger of writes as a gateway does."""

from pathlib import Path
from typing import Any

import pytest

WRITE = """mutation { inviteMember(input: {
  organizationId: "acme", upstream: LOSANT, email: "robin@acme.example", role: EDITOR, clientMutationId: "robin"
}) { invitation { status } userErrors { code } } }"""


@pytest.fixture(scope="module")
def config(stand_ins: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings on stand-ins, which keep the ledger in a folder that is told."""
    folder = tmp_path_factory.mktemp("shared")
    file = folder / "gateway.toml"
    file.write_text(f'{stand_ins.out}\n[server]\nstate_dir = "{folder}/state"\n')
    return file


def test_a_write_beside_a_running_gateway_says_whom_to_ask(start: Any, config: Path) -> None:
    running = start("serve", "--config", str(config), "--port", "0").until("Ctrl+C")
    write, read = (
        start("query", "--config", str(config), WRITE),
        start("query", "--config", str(config), "{ __typename }"),
    )
    assert write.ended() == 1
    assert write.out == ""
    assert write.err == (
        f"Another gateway keeps its ledger of writes in {config.parent}/state. Give each its own server.state_dir. "
        "Or send this write to the one that runs.\n"
    )
    assert read.ended() == 0, "reads need no ledger"
    running.close()
    again = start("query", "--config", str(config), WRITE)
    assert again.ended() == 0, again.out + again.err
    assert '"PENDING"' in again.out


def test_a_write_without_a_place_for_the_ledger_says_so(start: Any, config: Path) -> None:
    program = start("query", "--config", str(config), WRITE, GATEWAY_SERVER__STATE_DIR=str(config / "state"))
    assert program.ended() == 1
    assert "Set server.state_dir to a folder that the gateway can write." in program.err
    assert "Traceback" not in program.err
