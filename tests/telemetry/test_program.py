"""The program: a line per operation, and spans that cannot be exported."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

WITHOUT_EXTRA = "import sys; sys.modules['opentelemetry'] = None; from gateway.__main__ import main; main()"
"""The program where the extra is not installed."""


def environ(**given: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")} | given


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`gateway serve` in production, on the sandbox, and its address."""
    chosen = environ(GATEWAY_PROFILE="production", GATEWAY_SERVER__PORT="0")
    out = tmp_path / "out"
    with out.open("wb") as stdout, (tmp_path / "err").open("wb") as stderr:
        program = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--sandbox"],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=chosen,
        )
    end = time.monotonic() + 60
    while "Ctrl+C" not in out.read_text():
        assert program.poll() is None, (tmp_path / "err").read_text()
        assert time.monotonic() < end
        time.sleep(0.05)
    address = next(word for word in out.read_text().split() if word.startswith("http://127.0.0.1:"))
    yield program, address.split("/graphql")[0].rstrip("/")
    program.kill()
    program.wait()


def test_in_production_each_operation_is_one_line_of_json_and_metrics_are_served(served, tmp_path):
    program, address = served
    ask = {"query": 'query Mine { organization(id: "acme") { name } }'}
    assert "errors" not in httpx.post(f"{address}/graphql", json=ask, headers={"X-Request-Id": "mine-1"}).json()
    metrics = httpx.get(f"{address}/metrics").text
    program.send_signal(signal.SIGTERM)

    assert program.wait(30) == 0
    [line] = [json.loads(line) for line in (tmp_path / "err").read_text().splitlines()]
    assert (line["event"], line["name"], line["request_id"], line["outcome"]) == ("operation", "Mine", "mine-1", "ok")
    assert 'gateway_operations_total{kind="query",outcome="ok"} 1.0' in metrics


def run(folder: Path, *arguments: str, **given: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603  our own program
        [sys.executable, *arguments],
        cwd=folder,
        env=environ(**given),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("command", ["serve", "check"])
def test_spans_that_cannot_be_exported_are_a_sentence(tmp_path, command):
    chosen = {"GATEWAY_OTEL__ENDPOINT": "http://127.0.0.1:1", "GATEWAY_SERVER__PORT": "0"}
    ended = run(tmp_path, "-c", WITHOUT_EXTRA, command, **chosen)

    assert ended.returncode == 2
    assert ended.stdout == ""
    [sentence] = ended.stderr.splitlines()
    assert "Install organization-gateway[otel]" in sentence


def test_without_the_setting_the_extra_is_not_missed(tmp_path):
    ended = run(tmp_path, "-c", WITHOUT_EXTRA, "check")

    assert ended.returncode == 1
    assert ended.stderr == ""


def test_the_dashboard_can_be_printed(tmp_path):
    printed = run(tmp_path, "-m", "gateway", "dashboard")

    assert printed.returncode == 0
    assert json.loads(printed.stdout)["title"] == "Organization gateway"
