"""A manifest that cannot be used keeps the gateway from starting, in one sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

Start = Callable[..., Any]

GOOD = {"f00": "query Who { viewer { kind } }"}
BAD = {"f00": "query Who { viewer { nam } }"}


def settings(folder: Path, manifest: Path, **documents: str) -> str:
    file = folder / "gateway.toml"
    table = "".join(f"{name} = {value}\n" for name, value in documents.items())
    file.write_text(f"[documents]\nmanifest = {json.dumps(str(manifest))}\n{table}")
    return str(file)


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("check",)])
def test_a_document_that_cannot_run_ends_the_process_with_its_name(
    tmp_path: Path, start: Start, command: tuple[str, ...]
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(BAD))

    program = start(*command, GATEWAY_CONFIG=settings(tmp_path, manifest))

    assert program.ended() == 2
    assert program.out == ""
    [sentence] = program.err.splitlines()
    assert sentence.startswith(
        f'The manifest {manifest} is refused: operation "Who" (id "f00") cannot run: Cannot query'
    )


def test_trust_without_a_manifest_ends_the_process_with_what_to_set(start: Start) -> None:
    program = start("serve", "--port", "0", GATEWAY_DOCUMENTS__TRUSTED_ONLY="true")

    assert program.ended() == 2
    assert program.out == ""
    assert "GATEWAY_DOCUMENTS__TRUSTED_ONLY: nothing could run without registered documents" in program.err


def test_a_manifest_that_is_missing_ends_the_process(start: Start) -> None:
    missing = start("serve", "--port", "0", GATEWAY_DOCUMENTS__MANIFEST="manifest.json")
    assert missing.ended() == 2
    assert missing.err == (
        "The manifest manifest.json cannot be read: No such file or directory. Set documents.manifest to a readable "
        "file.\n"
    )


def test_registered_documents_are_served(tmp_path: Path, start: Start) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(GOOD))
    config = settings(tmp_path, manifest, trusted_only="true")

    program = start("serve", "--port", "0", GATEWAY_CONFIG=config).until("http://127.0.0.1")

    answer = httpx.post(f"{program.address}/graphql", json={"documentId": "f00"}).json()
    assert answer["data"]["viewer"]["kind"]
    refused = httpx.post(f"{program.address}/graphql", json={"query": "{ viewer { kind } }"}).json()
    assert refused["errors"][0]["extensions"]["reason"] == "DOCUMENT_NOT_TRUSTED"
