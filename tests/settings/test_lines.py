"""The line of a key is where that key stands, however the document is written."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.settings.lines import lines_of
from gateway.settings.places import Path


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1", ("a",), 1),
        ("\n# a = 0\n  a = 1", ("a",), 3),
        ("[a]\nb = 1", ("a",), 1),
        ("[a]\nb = 1", ("a", "b"), 2),
        ("[a.b]\n[a]\nc = 1", ("a",), 2),
        ("[ a . 'b' ]\n\"c d\" = 1", ("a", "b", "c d"), 2),
        ("a.b.c = 1\na.d = 2", ("a", "b"), 1),
        ("a.b.c = 1\na.d = 2", ("a", "d"), 2),
        ("a = { b = 1, c = { d = 2 } }", ("a", "c", "d"), 1),
        ("a = [\n  1,\n  # 2\n  [\n 3, 4 ],\n]", ("a", 1), 4),
        ("a = [\n  1,\n  # 2\n  [\n 3, 4 ],\n]", ("a", 1, 1), 5),
        ("a = [\n  { b = 1 },\n  { b = 2 }\n]", ("a", 1, "b"), 3),
        ("[[a]]\nb = 1\n[[a]]\nb = 2", ("a",), 1),
        ("[[a]]\nb = 1\n[[a]]\nb = 2", ("a", 1, "b"), 4),
        ("[[a]]\n[[a.b]]\n[[a]]\n[[a.b]]\n[a.b.c]\nd = 1", ("a", 1, "b", 0, "c", "d"), 6),
        ('a = """\nb = 1\n[c]\n""""\nb = 2', ("b",), 5),
        ("a = '''\nb = 1\n'''''\nb = 2", ("b",), 4),
        ('a = "\\"#" # b = 1\nb = 2', ("b",), 2),
        ("a = ''\nb = \"\"\nc = 1979-05-27 07:32:00\nd = 1", ("d",), 4),
        ("a = 1\r\nb = 2\r\n", ("b",), 2),
    ],
)
def test_a_key_is_found_in_its_line(text: str, path: Path, line: int) -> None:
    assert lines_of(text)[path] == line


def test_text_in_strings_and_comments_holds_no_keys() -> None:
    assert lines_of('a = """\nb = 1\n[c]\n"""\n# [d]\ne = "f = 1" # g = 2') == {("a",): 1, ("e",): 6}


def test_text_that_is_no_toml_gives_the_lines_before_it() -> None:
    assert lines_of("a = 1\n= 2\nc = 3") == {("a",): 1}


def test_lists_deep_in_each_other_end_in_no_crash() -> None:
    assert lines_of("a = " + "[" * 50_000)[("a",)] == 1


@dataclass
class _Writer:
    """Writes TOML, and remembers in which line it wrote each key."""

    draw: st.DrawFn
    text: str = ""
    lines: dict[Path, int] = field(default_factory=dict)
    count: int = 0

    def write(self, text: str) -> None:
        self.text += text

    def mark(self, path: Path) -> None:
        self.lines.setdefault(path, self.text.count("\n") + 1)

    def name(self) -> str:
        """A new name, unlike every other one; some need quotes."""
        self.count += 1
        return self.draw(st.sampled_from(["k", "a-b_", "a.b#", "é ", "]=", '"'])) + str(self.count)

    def key(self, above: Path, names: list[str]) -> Path:
        """Writes a key, dotted when there are several names, and answers its path."""
        path = above
        for index, name in enumerate(names):
            self.write(self.draw(st.sampled_from([".", " . ", "\t."])) if index else "")
            path = (*path, name)
            self.mark(path)
            self.write(self.quoted(name))
        return path

    def quoted(self, name: str) -> str:
        plain = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
        styles = ["'" + name + "'", '"' + name.replace('"', '\\"') + '"']
        return self.draw(st.sampled_from([name, *styles] if plain else styles))

    def pair(self, above: Path, depth: int, *, one_line: bool) -> None:
        path = self.key(above, [self.name() for _ in range(self.draw(st.integers(1, 3)))])
        self.write(self.draw(st.sampled_from(["=", " = ", "\t= "])))
        self.value(path, depth, one_line=one_line)

    def value(self, path: Path, depth: int, *, one_line: bool) -> None:
        kind = self.draw(st.sampled_from(["plain", "long", "list", "table"] if depth else ["plain"]))
        if kind == "list":
            self.items(path, depth - 1, one_line=one_line)
        elif kind == "table":
            self.write("{ ")
            for index in range(self.draw(st.integers(0, 3))):
                self.write(", " if index else "")
                self.pair(path, depth - 1, one_line=True)
            self.write(" }")
        elif kind == "long" and not one_line:
            self.write(
                self.draw(st.sampled_from(['"""\nk1 = 1\n[k2]\n\\""" """', "'''\n[[k1]]\n' ''\n'''''", '""""""']))
            )
        else:
            self.write(
                self.draw(st.sampled_from(["1", "-1.5e3", "true", "'#['", '"\\"]{"', '""', "1979-05-27 07:32:00"]))
            )

    def items(self, path: Path, depth: int, *, one_line: bool) -> None:
        gap = st.sampled_from([" "] if one_line else ["", " ", "\n", " # ], k1 = 1\n\n "])
        self.write("[" + self.draw(gap))
        count = self.draw(st.integers(0, 3))
        for index in range(count):
            self.mark((*path, index))
            self.value((*path, index), depth, one_line=one_line)
            self.write(self.draw(gap) + ("," if index + 1 < count else self.draw(st.sampled_from(["", ","]))))
            self.write(self.draw(gap))
        self.write("]")

    def pairs(self, above: Path) -> None:
        for _ in range(self.draw(st.integers(0, 3))):
            self.write(self.draw(st.sampled_from(["", "\n", "# k1 = 1\n", "  "])))
            self.pair(above, 3, one_line=False)
            self.write(self.draw(st.sampled_from(["\n", " # [k1]\n", "\n\n"])))

    def header(self, names: list[str], path: Path, brackets: str) -> None:
        """Writes a header whose names lead to the path; the path also holds the indexes of arrays of tables."""
        self.write("[" * len(brackets))
        at = 0
        for index, name in enumerate(names):
            self.write("." if index else "")
            self.mark(path[: at + 1])
            at += 2 if path[at + 1 : at + 2] and isinstance(path[at + 1], int) else 1
            self.write(self.quoted(name))
        self.mark(path)
        self.write("]" * len(brackets) + "\n")


@st.composite
def documents(draw: st.DrawFn) -> _Writer:
    writer = _Writer(draw)
    writer.pairs(())
    for _ in range(draw(st.integers(0, 4))):
        names = [writer.name() for _ in range(draw(st.integers(1, 2)))]
        if draw(st.booleans()):
            writer.header(names, tuple(names), "[")
            writer.pairs(tuple(names))
            continue
        for index in range(draw(st.integers(1, 3))):
            writer.header(names, (*names, index), "[[")
            writer.pairs((*names, index))
            if draw(st.booleans()):
                inner = writer.name()
                writer.header([*names, inner], (*names, index, inner), "[")
                writer.pairs((*names, index, inner))
    return writer


def _paths(value: object, above: Path = ()) -> Iterator[Path]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*above, key)
        yield from _paths(inner, (*above, key))


@settings(deadline=None)
@given(documents())
def test_every_key_of_a_document_is_found_where_it_was_written(document: _Writer) -> None:
    assert lines_of(document.text) == document.lines
    assert set(document.lines) == set(_paths(tomllib.loads(document.text)))
