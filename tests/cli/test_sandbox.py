import asyncio
import signal
import sqlite3
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.cli.refusal import CannotRunError
from gateway.cli.stand_ins import serve_stand_ins
from gateway.settings import Settings

Start = Callable[..., Any]

FREE_PORTS = ("--losant-port=0", "--nks-port=0", "--locktera-port=0", "--clickhouse-port=0")


def test_what_it_prints_are_the_settings_of_a_gateway_in_front_of_it(stand_ins: Any) -> None:
    settings = Settings.model_validate(tomllib.loads(stand_ins.out))
    assert settings.configured_upstreams == ("losant", "nks", "locktera", "clickhouse")
    assert "acme" in settings.organizations
    orgs = httpx.get(
        f"{settings.upstreams.losant.url}/orgs",
        headers={"Authorization": f"Bearer {settings.upstreams.losant.token.get_secret_value()}"},
    )
    assert orgs.json()["totalCount"] > 0


def test_it_says_where_faults_are_ordered(stand_ins: Any) -> None:
    line = next(line for line in stand_ins.out.splitlines() if "/__sandbox/faults" in line)
    assert httpx.get(line.split()[2]).json() == []


def test_its_state_is_in_the_file(stand_ins: Any) -> None:
    database = sqlite3.connect(stand_ins.folder / "state.sqlite")
    (documents,) = database.execute("SELECT COUNT(*) FROM documents WHERE kind LIKE 'losant.%'").fetchone()
    database.close()
    assert documents > 0


def test_a_signal_ends_it(start: Start) -> None:
    program = start("sandbox", *FREE_PORTS).until("[organizations.hollow]")
    assert program.signalled(signal.SIGTERM) == 0
    assert program.err == ""


def test_a_taken_port_is_one_sentence_that_names_its_option(stand_ins: Any) -> None:
    port = int(stand_ins.address.rpartition(":")[2])
    with pytest.raises(CannotRunError, match=rf"^Port {port} of 127\.0\.0\.1 is taken: .* with --nks-port .*\.$"):
        asyncio.run(serve_stand_ins("127.0.0.1", {"losant": 0, "nks": port}, None))


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear reader, " * 100)
    with pytest.raises(CannotRunError, match=r"letter\.txt cannot hold the sandbox \(file is not a database\): name "):
        asyncio.run(serve_stand_ins("127.0.0.1", {}, file))
