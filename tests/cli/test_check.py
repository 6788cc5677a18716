import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dirty_equals import IsStr

Start = Callable[..., Any]


@pytest.fixture(scope="module")
def checks(start: Start, stand_ins: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Checks, made at the same time, which is quicker."""
    file: Path = tmp_path_factory.mktemp("checks") / "sandbox.toml"
    file.write_text(stand_ins.out)
    return {
        "good": start("check", "--json", GATEWAY_CONFIG=str(file)),
        "refused": start("check", "--config", str(file), GATEWAY_UPSTREAMS__NKS__TOKEN="S3CRET-nks"),
        "bare": start("check", "--json"),
        "unlinked": start("check", GATEWAY_ORGANIZATIONS__ACME__NKS="2"),
    }


def test_it_is_good_when_every_configured_upstream_is(checks: dict[str, Any]) -> None:
    program = checks["good"]
    assert program.ended() == 0
    assert program.err == ""
    found = json.loads(program.out)
    assert [each["upstream"] for each in found] == ["losant", "nks", "locktera", "clickhouse"]
    assert found[1] == {
        "upstream": "nks",
        "url": IsStr(regex=r"http://127\.0\.0\.1:\d+"),
        "configured": True,
        "reachable": True,
        "authenticated": True,
        "said": "The token sees 9 organizations.",
        "remedy": None,
    }


def test_it_is_bad_when_one_credential_is_refused(checks: dict[str, Any]) -> None:
    program = checks["refused"]
    assert program.ended() == 1
    states = {line.split("  ")[0].strip(): line.split() for line in program.out.splitlines() if "http" in line}
    assert "refused" in states["NKS"]
    assert all("ready" in states[name] for name in ("Losant", "Locktera", "ClickHouse Cloud"))
    assert "NKS: Put a valid credential into upstreams.nks.token." in program.out
    assert "S3CRET" not in program.out + program.err


def test_it_is_bad_when_none_is_configured(checks: dict[str, Any]) -> None:
    program = checks["bare"]
    assert program.ended() == 1
    found = json.loads(program.out)
    assert [each["configured"] for each in found] == [False] * 4
    assert all(each["reachable"] is None and each["remedy"] for each in found)


def test_a_link_that_leads_nowhere_is_told(checks: dict[str, Any]) -> None:
    program = checks["unlinked"]
    assert program.ended() == 1
    assert "! organizations.acme links to nks, but upstreams.nks has no token.\n" in program.out


def test_wrong_settings_have_an_exit_code_of_their_own(start: Start) -> None:
    program = start("check", "--json", "--config", "missing.toml")
    assert program.ended() == 2
    assert program.out == ""
    assert "missing.toml: there is no such file" in program.err
