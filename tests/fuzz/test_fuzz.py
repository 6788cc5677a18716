"""A short run of the fuzzer, and whether it sees the defects that it is there for."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
KINDS = {
    "query",
    "mutation",
    "query with a mistake",
    "mutation with a mistake",
    "ids",
    "envelope",
    "headers",
    "methods",
    "upload",
    "lengths",
    "chunks",
    "bytes",
    "bytes of uploads",
}

BROKEN = """
import asyncio, json, os, sys
defect, count = sys.argv[1], 0
GOOD = {"data": {"viewer": {"name": None}}}

def error(message, **extensions):
    return {"errors": [{"message": message, "extensions": extensions}]}

ANSWERS = {
    "status": (503, GOOD),
    "code": (200, error("It failed.", code="INTERNAL", requestId="1")),
    "leak": (200, error("'NoneType' object", code="BAD_USER_INPUT", requestId="1")),
    "anonymous": (200, error("Wrong.", code="BAD_USER_INPUT")),
}
kept = []

async def serve(reader, writer):
    global count
    count += 1
    asked = await reader.read(65_536)
    if asked and count > 5:
        if defect == "death":
            os._exit(1)
        if defect == "traceback":
            print("Traceback (most recent call last):", file=sys.stderr, flush=True)
        if defect in {"memory", "memory that is no cache's", "cache"}:
            kept.append(b"x" * 1_000_000)
        if defect == "descriptors":
            kept.append(os.open("/dev/null", os.O_RDONLY))
        if defect == "silence":
            writer.close()
            return
        if defect == "slowness" and asked.startswith(b"GET"):
            await asyncio.sleep(0.3)
    if asked.startswith(b"GET /metrics "):
        told = {"cache": len(kept) * 1_000_000, "memory that is no cache's": len(kept) * 500_000}.get(defect, 0)
        head = "HTTP/1.1 200 X|Connection: close||".replace("|", "\\r\\n")
        writer.write(f"{head}gateway_cache_bytes {told / 2}\\ngateway_document_bytes {told / 2}\\n".encode())
        writer.close()
        return
    status, answer = ANSWERS.get(defect, (200, GOOD)) if count > 5 else (200, GOOD)
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 {status} X|Content-Type: application/json|Content-Length: {len(body)}|Connection: close||"
    writer.write(head.replace("|", "\\r\\n").encode() + body)
    await writer.drain()
    writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await server.serve_forever()

asyncio.run(main())
"""
SAID = {
    "none": "faults       0",
    "status": "status 503",
    "code": "INTERNAL: It failed.",
    "leak": "a message that shows 'NoneType'",
    "anonymous": "an error without a code or a request id",
    "death": "the process has ended",
    "traceback": "a traceback in its log",
    "memory": "memory grew",
    "memory that is no cache's": "memory grew",
    "cache": "faults       0",
    "descriptors": "open descriptors grew",
    "silence": "closed without an answer",
    "slowness": "an answer after 0.3 s",
}

Fuzz = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzz]:
    """Starts the fuzzer in a process of its own."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        folder = tmp_path_factory.mktemp("fuzz")
        options = ["--seed", "7", "--folder", str(folder), *arguments]
        process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-m", "tests.fuzz", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_hostile_traffic_shows_no_defect(fuzz: Fuzz, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    process = fuzz("--requests", "360", "--slowest", "15", "--growth", "200", "--summary", str(figures))
    said, _ = process.communicate(timeout=240)

    assert process.returncode == 0, said
    found: dict[str, Any] = json.loads(figures.read_text())
    assert found["sent"] == 360
    assert set(found["kinds"]) == KINDS
    assert sum(kind["data"] for kind in found["kinds"].values()) > 60, "so many are carried out"


@pytest.fixture(scope="module")
def seen(fuzz: Fuzz, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """What the fuzzer says of servers with one defect each: its exit code and its output."""
    server = tmp_path_factory.mktemp("broken") / "server.py"
    server.write_text(BROKEN)
    options = ("--requests", "90", "--only-attacks", "--slowest", "0.2", "--growth", "15")
    running = {defect: fuzz(*options, "--", sys.executable, str(server), defect) for defect in SAID}
    ended = {defect: process.communicate(timeout=300)[0] for defect, process in running.items()}
    return {defect: (running[defect].returncode, said) for defect, said in ended.items()}


@pytest.mark.parametrize("defect", SAID)
def test_the_fuzzer_sees_each_defect(seen: dict[str, tuple[int, str]], defect: str) -> None:
    code, said = seen[defect]

    assert SAID[defect] in said
    assert code == (0 if defect in {"none", "cache"} else 1)


def test_a_request_that_showed_a_defect_can_be_sent_again(fuzz: Fuzz, tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    server.write_text(BROKEN.replace("count > 5", "True"))
    kept = tmp_path / "kept"
    first = fuzz(
        *("--requests", "3", "--only-attacks", "--folder", str(kept)), "--", sys.executable, str(server), "status"
    )
    first.communicate(timeout=120)
    file = next(iter(kept.iterdir()))
    again = fuzz("--replay", str(file), "--", sys.executable, str(server), "status")
    said, _ = again.communicate(timeout=120)

    assert again.returncode == 1
    assert "FAULT status 503" in said
