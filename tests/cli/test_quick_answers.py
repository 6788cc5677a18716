"""What needs no graph answers without it: its import is most of the time of a start."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from resolvers.schema import federation, sdl, stitching

IMPORTED = """
import sys
from gateway.__main__ import main
try:
    main()
finally:
    slow = {"graphql", "strawberry", "uvicorn", "gateway.settings"}
    print("imported:", *sorted(slow & set(sys.modules)), file=sys.stderr)
"""


def run(folder: Path, *arguments: str, code: str | None = None) -> "subprocess.CompletedProcess[str]":
    program = ["-c", code] if code else ["-m", "gateway"]
    return subprocess.run(  # noqa: S603  our own program
        [sys.executable, *program, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=20
    )


@pytest.mark.parametrize("arguments", [("--help",), ("serve", "--help")])
def test_help_imports_neither_the_graph_nor_the_settings(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    program = run(tmp_path, *arguments, code=IMPORTED)
    assert program.returncode == 0
    assert program.stdout
    assert program.stderr == "imported:\n"


def test_wrong_settings_are_told_without_the_graph(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("nonsense = 1\n")
    program = run(tmp_path, code=IMPORTED)
    assert program.returncode == 2
    assert "gateway.toml:1: nonsense is not a setting" in program.stderr
    assert program.stderr.endswith("imported: gateway.settings\n")


def test_an_unknown_option_is_wrong_usage(tmp_path: Path) -> None:
    program = run(tmp_path, "serve", "--prot", "1")
    assert program.returncode == 2
    assert "--port" in program.stderr
    assert "Traceback" not in program.stderr


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout == f"organization-gateway {version('organization-gateway')}\n"


def test_schema_print_prints_the_sdl_and_nothing_else(tmp_path: Path) -> None:
    program = run(tmp_path, "schema", "print")
    assert program.returncode == 0
    assert program.stdout == sdl()
    assert program.stderr == ""


@pytest.mark.parametrize(("flag", "expected"), [("--federation", federation), ("--stitching", stitching)])
def test_schema_print_prints_the_schema_for_gateways_that_join_graphs(tmp_path: Path, flag: str, expected) -> None:
    program = run(tmp_path, "schema", "print", flag)
    assert program.returncode == 0
    assert program.stdout == expected()
    assert program.stderr == ""


def test_one_schema_is_printed_at_a_time(tmp_path: Path) -> None:
    program = run(tmp_path, "schema", "print", "--federation", "--stitching")
    assert program.returncode == 2
    assert program.stdout == ""
    assert "Traceback" not in program.stderr
