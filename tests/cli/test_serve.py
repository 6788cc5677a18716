import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

Start = Callable[..., Any]

ACME = '{ organization(id: "acme") { key name links { upstream } } }'
SECRETS = ("S3CRET-losant", "S3CRET-nks", "S3CRET-clickhouse")


@pytest.fixture
def deaf() -> Iterator[int]:
    """The port of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def closed() -> int:
    """A port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def settings(losant: int, nks: int) -> str:
    return f"""
        [upstreams.losant]
        url = "http://127.0.0.1:{losant}"
        token = "S3CRET-losant"
        [upstreams.nks]
        url = "http://127.0.0.1:{nks}"
        token = "S3CRET-nks"
        [upstreams.clickhouse]
        url = "http://127.0.0.1:{losant}"
        [[upstreams.clickhouse.keys]]
        organization = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
        key_id = "id"
        key_secret = "S3CRET-clickhouse"
        [callers]
        allow_anonymous_upstream_access = true
    """


def test_with_nothing_configured_it_serves_the_sandbox_and_says_so(served: Any) -> None:
    answer = httpx.post(f"{served.address}/graphql", json={"query": ACME}).json()
    assert "errors" not in answer
    assert answer["data"]["organization"]["key"] == "acme"
    assert answer["data"]["organization"]["name"]
    assert len(answer["data"]["organization"]["links"]) == 4
    assert "made up" in served.out
    assert "6 organizations: acme, " in served.out
    assert served.out.count("  ready  ") == 4


def test_the_first_address_printed_is_that_of_graphiql(served: Any) -> None:
    page = httpx.get(f"{served.address}/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert f"GraphiQL  {served.address}/\n" in "".join(f"{line.rstrip()}\n" for line in served.out.splitlines())
    assert f"{served.address}/graphql" in served.out


def test_a_good_start_and_good_requests_leave_the_log_empty(served: Any) -> None:
    httpx.get(f"{served.address}/livez").raise_for_status()
    assert served.err == ""


def test_answers_do_not_name_the_server(served: Any) -> None:
    assert "server" not in httpx.get(f"{served.address}/livez").headers


def test_small_answers_are_not_held_back(served: Any) -> None:
    """Nagle's algorithm against delayed acknowledgements costs 40 ms per answer."""
    seconds = []
    with httpx.Client(base_url=served.address) as client:
        for _ in range(21):
            began = time.perf_counter()
            client.post("/graphql", json={"query": "{ __typename }"}).raise_for_status()
            seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.03


def test_a_taken_port_is_one_sentence(served: Any, start: Start) -> None:
    port = served.address.rpartition(":")[2]
    program = start("serve", "--port", port)
    assert program.ended() == 1
    assert program.out == ""
    assert program.err == (
        f"Port {port} of 127.0.0.1 is taken: end the program that has it, or choose another port with --port "
        "(0 is any free one).\n"
    )


def test_real_upstreams_are_not_served_to_anyone_who_comes(tmp_path: Path, start: Start) -> None:
    """The sentence says both ways out, and shows no credential."""
    file = tmp_path / "real.toml"
    file.write_text('[upstreams.nks]\ntoken = "S3CRET-nks"\n')

    program = start("serve", "--port", "0", GATEWAY_CONFIG=str(file))

    assert program.ended() == 2
    assert program.out == ""
    [sentence] = program.err.splitlines()
    assert "its credentials of nks" in sentence
    for way in ("[[callers.api_keys]]", "callers.anonymous = []", "callers.allow_anonymous_upstream_access = true"):
        assert way in sentence
    assert "S3CRET" not in sentence


def test_every_wrong_setting_is_named(tmp_path: Path, start: Start) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text("[server]\nprot = 1\n[limits]\ndepth = 'deep'\n")
    program = start("serve", GATEWAY_CONFIG=str(file), GATEWAY_UPSTREAMS__NKS__TOKN="S3CRET-nks")
    assert program.ended() == 2
    assert program.out == ""
    assert f"{file}:2: server.prot is not a setting; did you mean server.port?\n" in program.err
    assert f"{file}:4: limits.depth: must be" in program.err
    assert "GATEWAY_UPSTREAMS__NKS__TOKN: is not a setting" in program.err
    assert "Traceback" not in program.err
    assert "S3CRET" not in program.err


def test_an_upstream_that_is_down_is_named_with_a_remedy_and_does_not_stop_the_start(
    tmp_path: Path, start: Start, closed: int, deaf: int
) -> None:
    file = tmp_path / "down.toml"
    file.write_text(settings(closed, deaf) + "[upstream_defaults]\nread_deadline_seconds = 0.8\n")
    program = start("serve", "--config", str(file), "--port", "0").until("Linked")
    httpx.get(f"{program.address}/livez").raise_for_status()
    assert "Upstream" not in program.out, "the addresses come first"
    program.until("Ctrl+C")
    assert f"http://127.0.0.1:{deaf}" in program.out
    assert re.search(r"NKS gave no (whole )?answer ", program.out)
    assert "Losant: See that upstreams.losant.url is right (http or https, host, port, path) and" in program.out
    assert f"`curl -v http://127.0.0.1:{closed}`" in program.out
    assert "Locktera: Set upstreams.locktera.token in gateway.toml" in program.out
    assert "made up" not in program.out
    assert str(file) in program.out
    assert program.signalled(signal.SIGTERM) == 0
    assert "Traceback" not in program.err
    for secret in SECRETS:
        assert secret not in program.out + program.err


def test_a_signal_ends_it_while_the_checks_still_run(tmp_path: Path, start: Start, closed: int, deaf: int) -> None:
    file = tmp_path / "deaf.toml"
    figures = "[upstream_defaults]\nread_deadline_seconds = 60.0\nattempt_seconds = 60.0\n"
    file.write_text(settings(closed, deaf) + figures)
    program = start("serve", "--config", str(file), "--port", "0").until("Linked")
    assert program.signalled(signal.SIGINT) == 0
    assert "Upstream" not in program.out
    assert program.err == ""


def test_the_sandbox_takes_the_place_of_the_upstreams_and_keeps_all_other_settings(
    tmp_path: Path, start: Start, closed: int, deaf: int
) -> None:
    file = tmp_path / "own.toml"
    file.write_text('profile = "production"\n' + settings(closed, deaf) + "[limits]\nbody_bytes = 10\n")
    program = start("serve", "--sandbox", "--config", str(file), "--port=0")
    program.until("Ctrl+C")
    assert "GraphiQL" not in program.out
    assert "made up, by the built-in sandbox (--sandbox)" in program.out
    assert "The profile is production, and all data are made up." in program.out
    assert program.out.count("  ready  ") == 4
    assert httpx.post(f"{program.address}/graphql", json={"query": ACME}).status_code == 413
    assert program.signalled(signal.SIGINT) == 0


def test_a_reader_of_the_banner_may_leave(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    with subprocess.Popen(
        [sys.executable, "-m", "gateway"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ | {"GATEWAY_SERVER__PORT": "0"},
        text=True,
    ) as program:
        assert program.stdout
        address = next(line.split()[1] for line in program.stdout if line.startswith("GraphiQL"))
        program.stdout.close()
        time.sleep(0.3)  # the table is printed meanwhile
        httpx.get(f"{address}livez").raise_for_status()
        program.terminate()
        assert program.wait(4) == 0
        assert program.stderr
        assert program.stderr.read() == ""
