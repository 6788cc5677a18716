"""Settings from the environment: GATEWAY_ + the path in capitals, with __ between its parts."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.settings.mistakes import PREFIX, Mistake, hint, variable
from gateway.settings.places import Items, Leaf, Path, Place, Table, closest, find, settings_in, spoken, step

CONFIG: Final = f"{PREFIX}CONFIG"
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,4}")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")
_WORDS: Final = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
_SERVICE_LINK: Final = re.compile(
    rf"{PREFIX}(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_[A-Z]+)?)"
)
_SERVICE_PORT: Final = re.compile(r"(?:tcp|udp|sctp)://.*")


@dataclass(frozen=True)
class Given:
    """A value for a path, and the variable it came from."""

    path: Path
    value: object
    name: str


@dataclass(frozen=True)
class Environment:
    """What the environment says about the settings. Tables stand before what is in them."""

    given: tuple[Given, ...]
    mistakes: tuple[Mistake, ...]
    ignored: tuple[str, ...]


def read_environment(environ: Mapping[str, str], shape: Table) -> Environment:
    """Reads the GATEWAY_* variables.

    Left alone are GATEWAY_CONFIG and what Kubernetes sets in every container beside a service named "gateway". A name
    that is no path and is not like any setting (GATEWAY_HOME) is ignored; every other unknown one is a mistake.
    """
    given: list[Given] = []
    mistakes: list[Mistake] = []
    ignored: list[str] = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name == CONFIG or _is_service_link(name, environ[name]):
            continue
        path = _path(name, shape)
        place = find(shape, path) if path and name == name.upper() else None
        if place is None:
            meant = _meant(name, shape)
            if meant or "__" in name:
                mistakes.append(Mistake(name, f"is not a setting{meant}"))
            else:
                ignored.append(name)
            continue
        try:
            given.append(Given(path, _value(environ[name], place), name))
        except (ValueError, RecursionError):
            kind = "list" if isinstance(place, Items) else "table"
            mistakes.append(Mistake(name, f"must be a {kind} in JSON, and is not valid JSON"))
    return Environment(tuple(sorted(given, key=lambda g: len(g.path))), tuple(mistakes), tuple(ignored))


def _is_service_link(name: str, value: str) -> bool:
    return bool(_SERVICE_LINK.fullmatch(name) or (name.endswith("_PORT") and _SERVICE_PORT.fullmatch(value)))


def _path(name: str, shape: Table) -> Path:
    """The path that a variable's name spells: capitals become small letters, digits in a list its index."""
    path: list[str | int] = []
    place: Place | None = shape
    for part in name.removeprefix(PREFIX).lower().split("__"):
        key: str | int = int(part) if isinstance(place, Items) and _INDEX.fullmatch(part) else part
        path.append(key)
        place = step(place, key) if place is not None else None
    return tuple(path)


def _meant(name: str, shape: Table) -> str:
    """`; did you mean …?`, or nothing. Finds wrong keys, one _ for two, and parts left out at the front."""
    known = list(settings_in(shape))
    wanted = name.lower().removeprefix(PREFIX.lower()).replace("__", "_")
    ends = [path for path in known if wanted in ("_".join(map(str, path[cut:])) for cut in range(len(path)))]
    if ends:
        return f"; did you mean {spoken([variable(path) for path in ends[:3]])}?"
    if "__" in name:
        meant = hint(shape, _path(name, shape), as_variable=True)
        if meant:
            return meant
    flat = {"_".join(map(str, path)): path for path in known}
    near = closest(wanted, list(flat), cutoff=0.8)
    return f"; did you mean {variable(flat[near])}?" if near else ""


def _value(text: str, place: Place) -> object:
    """The value in a variable's text; text stays as it is where it is no such value, for the check to name it.

    Raises ValueError or RecursionError when JSON was due and is not there.
    """
    if isinstance(place, Leaf):
        return _single(text, place.kind)
    if isinstance(place, Items) and isinstance(place.each, Leaf) and not text.lstrip().startswith("["):
        return [item.strip() for item in text.split(",") if item.strip()]
    return json.loads(text)


def _single(text: str, kind: object) -> object:
    trimmed = text.strip()
    if kind is bool:
        return _WORDS.get(trimmed.lower(), text)
    if kind is int and _WHOLE.fullmatch(trimmed):
        return int(trimmed)
    if kind is float:
        try:
            return float(trimmed)
        except ValueError:
            return text
    return text


def everything_in(given: Given) -> Iterator[Path]:
    """The path of a value, and of all that is inside it."""
    waiting: list[tuple[Path, object]] = [(given.path, given.value)]
    while waiting:
        path, value = waiting.pop()
        yield path
        if isinstance(value, dict):
            waiting.extend(((*path, key), inner) for key, inner in value.items())
        elif isinstance(value, list):
            waiting.extend(((*path, index), inner) for index, inner in enumerate(value))
