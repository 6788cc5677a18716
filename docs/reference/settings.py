"""The page of all settings: kinds and defaults from the code, what each is for from settings.toml."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydantic
from pydantic_core import PydanticUndefined

from gateway.settings import UPSTREAM_NAMES, Settings, UpstreamFigures
from gateway.settings.places import Items, Leaf, Names, Place, Table, shape_of
from reference.cells import cell

WORDS = Path(__file__).parents[1] / "settings.toml"


def settings_words() -> dict[str, str]:
    """What each setting is for, by its path."""
    return dict(_paths(tomllib.loads(WORDS.read_text(encoding="utf-8"))))


def _paths(table: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, dict):
            yield from _paths(value, path)
        else:
            yield path, value


def settings_leaves() -> dict[str, tuple[str, object]]:
    """Each setting's kind in words and its default, by its path; `NAME` stands for a name of the operator's own."""
    figures = {f"upstreams.{name}.{figure}" for name in UPSTREAM_NAMES for figure in UpstreamFigures.model_fields}
    return {path: told for path, told in _leaves(shape_of(Settings), Settings) if path not in figures}


def _leaves(place: Table, model: type[pydantic.BaseModel], above: str = "") -> Iterator[tuple[str, tuple[str, object]]]:
    for name, inner in place.fields.items():
        path = f"{above}.{name}" if above else name
        field = model.model_fields[name]
        default = field.default if field.default is not PydanticUndefined else None
        required = field.is_required()
        below = _model_in(field.annotation)
        each: Place = inner
        while isinstance(each, Items | Names) and not isinstance(each.each, Leaf):
            path += "[]" if isinstance(each, Items) else ".NAME"
            each = each.each
        if isinstance(each, Table) and below:
            if isinstance(default, pydantic.BaseModel):
                below = type(default)
            yield from _leaves(shape_of(below), below, path)
        else:
            yield path, (_kind(each), "required" if required else default)


def _model_in(annotation: object) -> type[pydantic.BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return annotation
    inner = (_model_in(each) for each in getattr(annotation, "__args__", ()))
    return next((each for each in inner if each), None)


def _kind(place: Place) -> str:
    if isinstance(place, Items):
        return place.said or f"a list of: {_kind(place.each)}"
    if isinstance(place, Names):
        return f"a table: {_kind(place.each)} each"
    return place.phrase if isinstance(place, Leaf) else "a table"


def _default(value: object) -> str:
    if isinstance(value, str) and value == "required":
        return "required"
    if isinstance(value, pydantic.SecretStr):
        value = value.get_secret_value()
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, Path):
        value = str(value)
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`"


def settings_page() -> str:
    """Every setting, table by table."""
    words, leaves = settings_words(), settings_leaves()
    if unlike := sorted(words.keys() ^ leaves.keys()):
        raise SystemExit(f"docs/settings.toml and the code do not have the same settings: {', '.join(unlike)}.")
    lines = [
        "# Settings",
        "",
        "Printed from the code. A setting stands in `gateway.toml`, or in the environment: `GATEWAY_`, then its path",
        "in capitals with `__` between, such as `GATEWAY_SERVER__PORT`. The environment wins over the file, the",
        "command line over both. A mistake is told with its file, line and key.",
        "",
        "What stands in `[upstream_defaults]` may also stand in an upstream's own table, and holds for it alone.",
    ]
    tables: dict[str, list[str]] = {}
    for path, (kind, default) in leaves.items():
        table, _, name = path.rpartition(".")
        row = f"| `{name}` | {cell(kind)} | {_default(default)} | {cell(words[path])} |"
        tables.setdefault(table, []).append(row)
    for table, rows in tables.items():
        title = f"[[{table[:-2]}]]" if table.endswith("[]") else f"[{table}]"
        lines += [
            "",
            f"## `{title}`" if table else "## On top",
            "",
            "| setting | what it is | default | what it does |",
        ]
        lines += ["|---|---|---|---|", *rows]
    return "\n".join(lines) + "\n"
