"""Reads the settings: the file, over it the environment, over both the command line."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, Final

import pydantic
from pydantic_core import ErrorDetails

from gateway.settings.environment import CONFIG, Given, everything_in, read_environment
from gateway.settings.lines import lines_of
from gateway.settings.mistakes import Mistake, SettingsError, Sources
from gateway.settings.places import Path, shape_of
from gateway.settings.refusals import refusals
from gateway.settings.shape import IgnoredVariables, Settings

DEFAULT_FILE: Final = "gateway.toml"
_COMMAND_LINE: Final = "command line"
_POSITION: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def load(
    config: FilePath | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Reads and checks the settings.

    Args:
        config: The file; without it GATEWAY_CONFIG, else ./gateway.toml, which may be missing.
        environ: The environment; the process's own when it is None.
        overrides: What the command line says: tables (`{"server": {"port": 1}}`) or dotted keys (`{"server.port": 1}`).
            None stands for "not said".

    Raises:
        SettingsError: With every mistake that was found.
    """
    environ = os.environ if environ is None else environ
    shape = shape_of(Settings)
    file, text = _read_file(config, environ.get(CONFIG, ""))
    tree = _parse(file, text)
    environment = read_environment(environ, shape)
    given: dict[Path, str] = {}
    mistakes = list(environment.mistakes)
    for item in (*environment.given, *_overrides(overrides or {}, ())):
        if not _put(tree, item.path, item.value):
            mistakes.append(Mistake(item.name, "leaves a gap in the list; number its items from 0"))
        given.update(dict.fromkeys(everything_in(item), item.name))
    settings: Settings | None = None
    errors: list[ErrorDetails] = []
    try:
        settings = Settings.model_validate(tree, context=IgnoredVariables(environment.ignored))
    except pydantic.ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
    refused = list(refusals(tree))
    if settings is None or refused or mistakes:
        sources = Sources(shape, file, lines_of(text) if errors or refused else {}, given)
        mistakes += [sources.read(error) for error in errors]
        mistakes += [sources.mistake(path, said) for path, said in refused]
        raise SettingsError(sorted(mistakes, key=_reading_order)) from None
    return settings


def _reading_order(mistake: Mistake) -> tuple[str, int]:
    where, _, line = mistake.where.rpartition(":")
    return (where, int(line)) if where and line.isdigit() else (mistake.where, 0)


def _read_file(config: FilePath | None, from_environment: str) -> tuple[str, str]:
    """The name and the text of the file; no text when there is none and none was named."""
    named = str(config) if config is not None else from_environment
    file = named or DEFAULT_FILE
    source = f"{CONFIG}: " if config is None and named else ""
    try:
        return file, FilePath(file).read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        if not named:
            return file, ""
        said = f"{source}there is no such file; create it, or name another one"
    except OSError as error:
        said = f"{source}cannot be read ({error.strerror}); name a readable file"
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError([Mistake(f"{file}:{line}", "is not UTF-8 text; save the file as UTF-8")]) from None
    raise SettingsError([Mistake(file, said)])


def _parse(file: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        position = _POSITION.search(message)
        line = int(position[1]) if position and position[1] else text.count("\n") + (not text.endswith("\n"))
        reason = _POSITION.sub("", message)
        where = f" (column {position[2]})" if position and position[2] else " (end of the file)"
        mistake = Mistake(f"{file}:{line}", f"is not valid TOML: {reason}{where}")
    except (ValueError, RecursionError):
        mistake = Mistake(file, "is not valid TOML: a number is too long, or lists stand too deep in each other")
    raise SettingsError([mistake]) from None


def _overrides(tables: Mapping[str, Any], above: Path) -> Iterator[Given]:
    for key, value in tables.items():
        path = (*above, *key.split("."))
        if isinstance(value, Mapping):
            yield from _overrides(value, path)
        elif value is not None:
            yield Given(path, value, _COMMAND_LINE)


def _put(tree: dict[str, Any], path: Path, value: object) -> bool:
    """Sets the value at a path, over what is there; tables are joined. False when it would leave a gap in a list."""
    node: Any = tree
    for part, following in zip(path, (*path[1:], None), strict=True):
        if isinstance(part, int):
            if part > len(node):
                return False
            if part == len(node):
                node.append(None)
        if following is None:
            old = node[part] if isinstance(part, int) else node.get(part)
            node[part] = _joined(old, value)
            return True
        kind = list if isinstance(following, int) else dict
        below = node[part] if isinstance(part, int) else node.get(part)
        if not isinstance(below, kind):
            below = node[part] = kind()
        node = below
    return True


def _joined(old: object, new: object) -> object:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{key: _joined(old.get(key), value) for key, value in new.items()}}
