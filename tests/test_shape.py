"""The shape of the project: what newcomers rely on, and what rots where nothing checks it."""

import re
import subprocess
from pathlib import Path

import pytest

from gateway.upstreams import ADAPTERS
from resolvers.capabilities import Capability, capabilities

ROOT = Path(__file__).parents[1]
TOP_LEVEL = {
    "pyproject.toml",
    "gateway",
    "schema.graphql",
    "resolvers",
    "tests",
    "docker",
    "docs",
    "README.md",
    "Makefile",
    "CHANGELOG.md",
    "LICENSE",
}
LONGEST_FILE = 300
EDGELESS = {"utils", "common", "base", "manager", "managers", "helpers", "core", "misc", "service", "services"} | {
    "types",
    "models",
}


def tracked():
    """The files of the project: those that git knows and those that it would take in; all of them in an archive."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607  whichever git there is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).exists()]
    skipped = {".venv", "node_modules", "__pycache__", ".git"}
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [path for path in found if not skipped & set(path.parts)]


def test_nothing_else_stands_at_the_top():
    tops = {path.parts[0] for path in tracked()}

    assert {top for top in tops if not top.startswith(".")} <= TOP_LEVEL


def test_every_name_has_an_edge():
    ours = [path for path in tracked() if path.parts[0] in {"gateway", "resolvers", "tests"}]

    assert [path for path in ours for part in path.parts if part.removesuffix(".py") in EDGELESS] == []


def test_no_file_of_the_packages_is_longer_than_a_reader_likes():
    ours = [path for path in tracked() if path.parts[0] in {"gateway", "resolvers"} and path.suffix == ".py"]
    long = {path: length for path in ours if (length := len((ROOT / path).read_text().splitlines())) > LONGEST_FILE}

    assert long == {}


def test_the_readme_tells_each_upstreams_capabilities():
    readme = (ROOT / "README.md").read_text()
    titles = [adapter.upstream.title for adapter in ADAPTERS]
    rows = [f"| | {' | '.join(titles)} |"]
    for word in Capability:
        marks = ["yes" if word in capabilities(adapter) else "" for adapter in ADAPTERS]
        if any(marks):
            rows.append(f"| `{word.name}` | {' | '.join(marks)} |")

    assert [row for row in rows if row not in readme] == []
    assert len(re.findall(r"^\| `[A-Z_]+` \|(?: (?:yes)? \|){4}$", readme, re.MULTILINE)) == len(rows) - 1


@pytest.mark.parametrize("name", ["run", "test", "lint"])
def test_locked_requirements_have_hashes_and_name_no_address(name):
    text = (ROOT / ".requirements" / f"{name}.txt").read_text()

    assert "://" not in text
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert [each.split()[0] for each in requirements if "--hash=sha256:" not in each] == []
