"""Every block of every page is true: queries answer so, settings can be read, commands do what is said."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.settings import load

pytestmark = pytest.mark.anyio

OF_OTHERS = {"typescript", "python", "graphql", "json", "text"}
"""Blocks in these languages may be files of the project, included: their own tests run them."""

HERE = Path(__file__).parent
GATEWAY = re.compile(r"^(?:echo (?P<input>'[^']*'|\"[^\"]*\") \| )?(?:\.venv/bin/)?gateway(?: (?P<rest>.*))?$")


def as_given(command: str, block: Any) -> dict[str, Any] | None:
    """A command of the gateway, as run_commands.py takes it; None where it is another program's."""
    found = GATEWAY.match(command.partition(" > ")[0])
    if not found:
        return None
    words = shlex.split(found["rest"] or "serve")
    given = shlex.split(found["input"])[0] + "\n" if found["input"] else ""
    return {"arguments": words, "input": given, "configured": "configured" in block.marks}


@pytest.fixture(scope="module")
def results(pages: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the commands of all pages print, by themselves."""
    blocks = [block for page in pages for block in page.blocks if block.language == "console"]
    found = [as_given(command, block) for block in blocks for command, _ in block.commands]
    given = list({json.dumps(each): each for each in found if each}.values())
    run = subprocess.run(  # noqa: S603  our own program
        [sys.executable, str(HERE / "run_commands.py")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path_factory.mktemp("commands"),
        timeout=240,
    )
    assert run.returncode == 0, run.stderr
    return {json.dumps(each): result for each, result in zip(given, json.loads(run.stdout), strict=True)}


@dataclass
class Reader:
    """Does what a page says, block by block.

    Attributes:
        story: The gateway and its sandbox.
        judge: Compares.
        codes: The codes in an answer.
        usable: Settings that can be read, from those that are shown.
        results: Of the gateway's commands.
        not_run: How the commands begin that no test runs.
        targets: Of the Makefile.
        folder: For files of settings.
    """

    story: Any
    judge: Any
    codes: Callable[[Any], set[str]]
    usable: Callable[[str], str]
    results: dict[str, dict[str, Any]]
    not_run: dict[str, str]
    targets: set[str]
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    async def read(self, block: Any) -> None:
        """Does what one block says."""
        if "defect" in block.marks:
            await self.story.break_the_way_to(block.marks["defect"])
        if block.language == "toml":
            self._settings(block)
            if "apply" in block.marks:
                await self.story.apply(tomllib.loads(self.usable(block.text)))
        elif block.language in {"console", "sh"}:
            for command, printed in block.commands:
                await self._command(block, command, printed)
            self._environment(block)
        elif block.included:
            assert block.language in OF_OTHERS, f"{block.where}: nothing checks a block of {block.language!r}"
        elif block.language == "graphql":
            await (self.story.listen(block.text) if "listens" in block.marks else self._operation(block))
        elif block.language == "json" and "told" in block.marks:
            found = await self.story.told(leaving="leaving" in block.marks)
            assert self.judge.fits(json.loads(block.text), found), f"{block.where}: {found}"
        elif block.language == "json":
            assert self.judge.fits(json.loads(block.text), self.story.answer), (
                f"{block.where}: {json.dumps(self.story.answer, indent=2, ensure_ascii=False)}"
            )
        else:
            assert block.language in {"text", ""}, f"{block.where}: nothing checks a block of {block.language!r}"

    async def _operation(self, block: Any) -> None:
        variables = json.loads(block.marks.get("variables", "{}"))
        answer = await self.story.post(block.text, variables, json.loads(block.marks.get("headers", "{}")))
        self._shows(block, f"{block.where}: {answer}")
        assert answer.get("data") or "shows" in block.marks, f"{block.where}: {answer}"

    def _settings(self, block: Any) -> None:
        file = self.folder / "gateway.toml"
        file.write_text(self.usable(block.text))
        load(file, environ={})

    def _environment(self, block: Any) -> None:
        """Whether what was exported are settings, and good ones."""
        nothing = self.folder / "empty.toml"
        nothing.touch()
        assert not any("no setting" in each for each in load(nothing, environ=self.environ).warnings), block.where

    async def _command(self, block: Any, command: str, printed: str) -> None:
        where = f"{block.where}: {command}"
        given = as_given(command, block)
        if given is not None:
            result = self.results[json.dumps(given)]
            assert result["code"] == int(block.marks.get("exit", "0")), f"{where}: {result}"
            assert self.judge.lines_fit(printed, result["printed"]), f"{where}:\n{result['printed']}"
        elif command.startswith("curl "):
            said = await self.story.curl(command)
            same = printed.startswith("{") and self.judge.fits(json.loads(printed), json.loads(said))
            assert same or self.judge.lines_fit(printed, said), f"{where}: {said}"
            self._shows(block, f"{where}: {said}")
        elif command.startswith("export "):
            name, _, value = shlex.split(command)[1].partition("=")
            self.environ[name] = value.replace("…", "left-out")
        elif command.startswith("make "):
            assert shlex.split(command)[1] in self.targets, where
        else:
            assert any(command.startswith(each) for each in self.not_run), f"{where}: no test runs it"

    def _shows(self, block: Any, said: str) -> None:
        """Whether the answer has the codes that the page says, and no other."""
        assert self.codes(self.story.answer) == set(block.marks.get("shows", "").replace(",", " ").split()), said


@pytest.fixture(scope="module")
def not_run() -> dict[str, str]:
    return {each["starts"]: each["because"] for each in tomllib.loads((HERE / "not_run.toml").read_text())["command"]}


@pytest.fixture(scope="module")
def targets(judge: Any) -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (judge.root / "Makefile").read_text(), re.MULTILINE))


@pytest.fixture
def reader(
    story: Any,
    judge: Any,
    codes: Any,
    usable: Any,
    results: dict[str, dict[str, Any]],
    not_run: dict[str, str],
    targets: set[str],
    tmp_path: Path,
) -> Reader:
    return Reader(story, judge, codes, usable, results, not_run, targets, tmp_path)


async def test_every_example_of_a_page_holds(page_or_readme: Any, reader: Any) -> None:
    with capture_logs():  # drawing a trace takes seconds
        for block in page_or_readme.blocks:
            await reader.read(block)


async def test_nothing_is_left_unrun_without_need(pages: Any, not_run: dict[str, str]) -> None:
    blocks = [block for page in pages for block in page.blocks if block.language == "console"]
    shown = [command for block in blocks for command, _ in block.commands]

    assert [each for each in not_run if not any(command.startswith(each) for command in shown)] == []
    assert [each for each, because in not_run.items() if len(because) < 15] == []
