"""The site as a whole: its pages are those that there should be, and lead to what there is."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType

from gateway.cli.commands import app
from gateway.settings import Settings
from resolvers.errors import ProblemCode
from resolvers.schema import graphql_schema

LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
NAMED = re.compile(r"`((?:docker|docs|gateway|resolvers|tests)/[A-Za-z0-9_./-]+)`")
MAKE = re.compile(r"(?:`|^    )make ([a-z-]+)", re.MULTILINE)
HEADINGS = ["## What the client does", "## What the operator does", "## An example"]


@pytest.fixture(scope="module")
def written(judge: Any) -> dict[str, str]:
    """The pages that docs/generate.py writes."""
    with pytest.MonkeyPatch.context() as context:
        context.syspath_prepend(judge.root / "docs")
        return {f"reference/{name}.md": page() for name, page in importlib.import_module("generate").PAGES.items()}


def names_of(folder: Path) -> set[str]:
    return {path.stem.replace("-", "_").upper() for path in folder.glob("*.md") if path.stem != "index"}


def limits_in(source: str) -> Iterator[str]:
    """The stable words of limits in a module: first arguments, attributes and entries that are called `limit`."""
    for node in ast.walk(ast.parse(source)):
        found: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            found = node.args[0] if node.func.id in {"LimitExceeded", "_more"} else None
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "limit":
            found = node.value
        elif isinstance(node, ast.Dict):
            named = zip(node.keys, node.values, strict=True)
            found = next(
                (value for key, value in named if isinstance(key, ast.Constant) and key.value == "limit"), None
            )
        if isinstance(found, ast.Constant) and isinstance(found.value, str) and found.value.isupper():
            yield found.value


def test_each_code_has_a_page_of_its_own(judge: Any) -> None:
    assert names_of(judge.pages / "errors") == {code.name for code in ProblemCode}


def test_each_limit_has_a_page_of_its_own(judge: Any) -> None:
    files = [path for name in ("gateway", "resolvers") for path in (judge.root / name).rglob("*.py")]
    known = {word for path in files if "sandbox" not in path.parts for word in limits_in(path.read_text())}

    assert len(known) > 10
    assert names_of(judge.pages / "limits") == known


def test_a_page_of_a_code_tells_what_to_do_and_shows_it(page: Any) -> None:
    folder, _, name = page.name.rpartition("/")
    if folder not in {"errors", "limits"} or name == "index.md":
        return
    code = name.removesuffix(".md").replace("-", "_").upper()
    answers = [block.text for block in page.blocks if block.language == "json"]

    assert page.text.startswith(f"# {code}\n")
    assert [each for each in HEADINGS if f"\n{each}\n" not in page.text] == []
    assert any(f'"{code}"' in each for each in answers)


def test_a_page_of_a_limit_tells_its_setting(page: Any) -> None:
    known = Settings().limits.model_dump()
    told = re.findall(r"`limits\.(\w+)`: `(\d+)` where nothing is said", page.text)

    assert [(name, value) for name, value in told if str(known[name]) != value] == []


def test_the_overview_of_limits_tells_what_holds_where_nothing_is_said(judge: Any) -> None:
    known = Settings().limits.model_dump()
    rows = re.findall(r"\| `limits\.(\w+)` \| (\d+) \|", (judge.pages / "limits" / "index.md").read_text())

    assert len(rows) > 10
    assert [(name, value) for name, value in rows if str(known[name]) != value] == []


def test_the_overviews_lead_to_every_page(judge: Any) -> None:
    for folder in ("errors", "limits"):
        index = (judge.pages / folder / "index.md").read_text()
        assert [path for path in (judge.pages / folder).glob("*-*.md") if f"({path.name})" not in index] == []


def test_the_readme_and_the_page_show_the_same_settings_for_the_internet(judge: Any, pages: Any) -> None:
    shown = [block.text for page in pages for block in page.blocks if page.name == "security.md"]
    readme = (judge.root / "README.md").read_text()

    assert shown
    assert f"```toml\n{shown[0]}```" in readme.partition("## Put it on the internet")[2]


def test_links_lead_somewhere(page_or_readme: Any, written: dict[str, str], judge: Any) -> None:
    page = page_or_readme
    made = {(judge.pages / name).resolve() for name in written} if "reference/" in page.text else set()
    links = [link for link, _ in LINK.findall(page.prose) if "://" not in link]
    missing = [each for each in links if not (page.path.parent / each).exists()]

    assert [each for each in missing if (page.path.parent / each).resolve() not in made] == []
    assert [each for each in NAMED.findall(page.prose) if not (judge.root / each).exists()] == []


def test_the_menu_has_every_page(pages: Any, written: dict[str, str], judge: Any) -> None:
    menu = (judge.root / "docs" / "mkdocs.yml").read_text().partition("\nnav:\n")[2]
    listed = re.findall(r"[ ]([a-z/-]+\.md)$", menu, re.MULTILINE)

    assert sorted(listed) == sorted([*(page.name for page in pages), *written])


def test_make_has_what_is_named(page_or_readme: Any, judge: Any) -> None:
    makefile = (judge.root / "Makefile").read_text()

    assert [each for each in MAKE.findall(page_or_readme.prose) if f"\n{each}:" not in makefile] == []


def test_every_example_of_a_client_is_shown(pages: Any, judge: Any) -> None:
    shown = {path for page in pages for block in page.blocks for path in block.included}
    there = {path for path in (judge.root / "docs" / "snippets").rglob("*") if path.is_file()}

    assert there - shown == set()


def test_every_setting_is_told_with_its_default_and_what_it_is_for(written: dict[str, str]) -> None:
    page = written["reference/settings.md"]

    assert "| `port` | a whole number from 0 to 65535 | `8000` | The port to listen on" in page
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > 90
    assert [row for row in rows if len(row) != 4 or not row[1] or len(row[3]) < 10] == []


def test_the_reference_has_every_type_and_command(written: dict[str, str]) -> None:
    types = [each.name for each in graphql_schema.type_map.values() if isinstance(each, GraphQLObjectType)]
    ours = [name for name in types if not name.startswith("__")]
    commands = [command.name or command.callback.__name__ for command in app.registered_commands]

    assert [each for each in ours if f"### {each} {{" not in written["reference/schema.md"]] == []
    assert [each for each in commands if f"## `gateway {each}`" not in written["reference/command-line.md"]] == []
    assert "gateway_upstream_breaker_state" in written["reference/metrics.md"]
