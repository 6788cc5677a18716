"""The line of each key in a TOML document. tomllib gives the values alone; mistakes name the line too."""

import bisect
import contextlib
import re
import tomllib

from gateway.settings.places import Path

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\[\]{}\n#]+")


class _LostError(Exception):
    """The text is not TOML where a key or value was due."""


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, of every table, key and list item in a valid document.

    A table is where its header is, or else where a key first names it. What cannot be placed is left out: a line that
    is given is right.
    """
    scan = _Scan(text)
    with contextlib.suppress(_LostError, RecursionError):
        scan.document()
    return scan.lines


class _Scan:
    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._last: dict[Path, int] = {}  # the index of the newest table in each array of tables

    def document(self) -> None:
        here: Path = ()
        self._pass(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                here = self._header()
            else:
                self._pair(here)
            self._pass(_BLANK)

    def _header(self) -> Path:
        line = self._line()
        brackets = "[[" if self._text.startswith("[[", self._at) else "["
        self._at += len(brackets)
        *parents, name = self._key()
        path: Path = ()
        for parent in parents:
            path = (*path, parent)
            self.lines.setdefault(path, line)
            if path in self._last:
                path = (*path, self._last[path])
        path = (*path, name)
        if brackets == "[[":
            self.lines.setdefault(path, line)
            self._last[path] = self._last.get(path, -1) + 1
            path = (*path, self._last[path])
        self.lines[path] = line
        self._at += len(brackets)
        return path

    def _pair(self, here: Path) -> None:
        line = self._line()
        path = here
        for part in self._key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self._expect("=")
        self._pass(_SPACE)
        self._value(path)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._pass(_SPACE)
            if self._text[self._at : self._at + 1] in ('"', "'"):
                parts.append(str(tomllib.loads(f"key = {self._take(_STRING)}")["key"]))
            else:
                parts.append(self._take(_BARE_KEY))
            self._pass(_SPACE)
            if self._text[self._at : self._at + 1] != ".":
                return parts
            self._at += 1

    def _value(self, path: Path) -> None:
        opening = self._text[self._at : self._at + 1]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._take(_STRING if opening in ('"', "'") else _BARE_VALUE)

    def _array(self, path: Path) -> None:
        index = 0
        while not self._closed_by("]"):
            self.lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        while not self._closed_by("}"):
            self._pair(path)

    def _closed_by(self, closing: str) -> bool:
        """Steps over an opening bracket or a comma, and over the closing bracket when that comes next."""
        self._pass(_BLANK)
        if self._text[self._at : self._at + 1] in ("[", "{", ","):
            self._at += 1
            self._pass(_BLANK)
        closed = self._text[self._at : self._at + 1] == closing
        self._at += closed
        return closed

    def _line(self) -> int:
        return bisect.bisect_left(self._newlines, self._at) + 1

    def _pass(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise _LostError
        self._at = match.end()
        return match.group()

    def _expect(self, sign: str) -> None:
        if not self._text.startswith(sign, self._at):
            raise _LostError
        self._at += len(sign)
