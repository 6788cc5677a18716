"""Mistakes in the settings, as a person reads them. No sentence holds a secret."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic_core import ErrorDetails

from gateway.settings.places import (
    Items,
    Leaf,
    Names,
    Path,
    Place,
    Table,
    closest,
    find,
    spoken,
    suggestions,
)

PREFIX: Final = "GATEWAY_"
LONGEST_SHOWN: Final = 40
_KINDS: Final = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    type(None): "null",
}
_KEY_ERROR: Final = "[key]"  # how pydantic ends the place of an error in a table's key


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong: where it stands (empty when nowhere), what it is and what to do."""

    where: str
    said: str

    def __str__(self) -> str:
        return f"{self.where}: {self.said}" if self.where else self.said


class SettingsError(Exception):
    """The settings cannot be used. Holds every mistake; its text is one line for each."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(*mistakes)
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        return "\n".join(map(str, self.mistakes))


def dotted(path: Path) -> str:
    """`upstreams.clickhouse.keys[0].key_id`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        bare = part.replace("-", "").replace("_", "").isalnum() and part.isascii()
        text += ("." if text else "") + (part if bare else json.dumps(part[:LONGEST_SHOWN]))
    return text


def variable(path: Path) -> str:
    """`GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__0__KEY_ID`."""
    return PREFIX + "__".join(str(part).upper() for part in path)


@dataclass(frozen=True)
class Sources:
    """Where each value came from: a line of the file, a variable of the environment, or the command line."""

    shape: Table
    file: str
    lines: Mapping[Path, int]
    given: Mapping[Path, str]  # the variable, or "command line"

    def mistake(self, path: Path, said: str) -> Mistake:
        """`said` about the value at a path, after where that is."""
        where = self._origin(path)
        return Mistake(where, said if where == variable(path) else f"{dotted(path)}: {said}")

    def unknown(self, path: Path) -> Mistake:
        """A key that is no setting."""
        return Mistake(self._origin(path), f"{dotted(path)} is not a setting{hint(self.shape, path)}")

    def _origin(self, path: Path) -> str:
        for end in range(len(path), 0, -1):
            known = path[:end]
            if known in self.given:
                return self.given[known]
            if known in self.lines:
                return f"{self.file}:{self.lines[known]}"
            beside = next((at for at in self.given if at[:end] == known), None)
            if beside is not None:
                return self.given[beside]
        return self.file

    def read(self, error: ErrorDetails) -> Mistake:
        """A mistake from what pydantic found."""
        path, kind = error["loc"], error["type"]
        if kind == "extra_forbidden":
            return self.unknown(path)
        if kind == "missing":
            return self._missing(path)
        if kind == "said":
            return self.mistake(path, error["msg"])
        if path[-1:] == (_KEY_ERROR,):
            above = find(self.shape, path[:-2])
            named = above.key.phrase if isinstance(above, Names) else "text"
            return self.mistake(path[:-1], f"the name must be {named}")
        place = find(self.shape, path)
        return self.mistake(path, wrong_value(place, error["input"]) if place else error["msg"])

    def _missing(self, path: Path) -> Mistake:
        where = self._origin(path)
        place = find(self.shape, path)
        wanted = f"; it must be {place.phrase}" if isinstance(place, Leaf) else ""
        return Mistake(where, f"{dotted(path)} is missing{wanted}")


def wrong_value(place: Place, value: object) -> str:
    """What is said about a value that does not belong at its place."""
    if isinstance(place, Leaf):
        return f"must be {place.phrase}{_instead(place, value)}"
    wanted = "a list" if isinstance(place, Items) else "a table"
    if isinstance(place, Items) and place.said and isinstance(value, list | tuple):
        return f"must be {place.said}"
    return f"must be {wanted}, not {kind_of(value)}"


def _instead(place: Leaf, value: object) -> str:
    if place.hidden:
        return f", not {kind_of(value)}" if not isinstance(value, str) else ""
    if not isinstance(value, str | int | float):
        return f", not {kind_of(value)}"
    if isinstance(value, bool):
        return f", not {str(value).lower()}"
    if isinstance(value, int) and value.bit_length() > LONGEST_SHOWN:
        return ""
    shown = repr(value[:LONGEST_SHOWN]) + "…" * (len(value) > LONGEST_SHOWN) if isinstance(value, str) else repr(value)
    meant = closest(value, place.words)
    return f", not {shown}" + (f"; did you mean {meant}?" if meant else "")


def kind_of(value: object) -> str:
    """What kind of value it is, in TOML's words."""
    return _KINDS.get(type(value), "a table" if isinstance(value, Mapping) else "a date or a time")


def hint(shape: Table, path: Path, *, as_variable: bool = False) -> str:
    """`; did you mean …?`, or nothing when no setting is like it."""
    meant = suggestions(shape, path)
    write = variable if as_variable else dotted
    return f"; did you mean {spoken([write(known) for known in meant])}?" if meant else ""
