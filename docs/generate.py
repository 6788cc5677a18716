"""Writes the reference pages from the code, as one JSON object of pages by their names, to standard output.

`settings.toml` beside it has what each setting is for; everything else is read from the code itself.
"""

import asyncio
import io
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pydantic
import typer
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
)
from prometheus_client.parser import text_string_to_metric_families
from pydantic_core import PydanticUndefined
from typer.core import TyperCommand, TyperGroup

from gateway.app import Gateway
from gateway.cli.commands import app
from gateway.sandbox.serve import Sandbox
from gateway.settings import UPSTREAM_NAMES, Settings, UpstreamFigures
from gateway.settings.places import Items, Leaf, Names, Place, Table, shape_of
from gateway.upstreams import ADAPTERS
from resolvers.capabilities import Capability, capabilities
from resolvers.identity import Upstream
from resolvers.schema import graphql_schema

HERE = Path(__file__).parent
ASKED = '{ organization(id: "acme") { name members(first: 1) { nodes { name } } customizations { theme } } }'


def settings_words() -> dict[str, str]:
    """What each setting is for, by its path."""
    return dict(_paths(tomllib.loads((HERE / "settings.toml").read_text(encoding="utf-8"))))


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
    words = settings_words()
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
    for path, (kind, default) in settings_leaves().items():
        table, _, name = path.rpartition(".")
        row = f"| `{name}` | {_cell(kind)} | {_default(default)} | {_cell(words[path])} |"
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


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def command_line_page() -> str:
    """Every command and its options."""
    lines = [
        "# Command line",
        "",
        "Printed from the code. After `make run` the program is `.venv/bin/gateway`.",
        "",
        "It ends with 0 when all is well, 1 when what it was asked to check is not, 2 when the usage or the settings",
        "are wrong.",
        "",
    ]
    lines += _command(typer.main.get_command(app), "gateway")
    return "\n".join(lines) + "\n"


def _command(command: TyperCommand | TyperGroup, name: str) -> Iterator[str]:
    yield f"## `{name}`"
    yield ""
    yield (command.help or "").strip()
    yield ""
    rows = []
    for each in command.params:
        if each.name == "help":
            continue
        title = each.metavar or each.name.upper() if each.param_type_name == "argument" else ", ".join(each.opts)
        if each.param_type_name == "option" and each.metavar:
            title += f" {each.metavar}"
        said = getattr(each, "help", None) or ""
        variable = f" Or `{each.envvar}`." if each.envvar else ""
        default = f" Default: `{each.default}`." if isinstance(each.default, int | str) and each.default else ""
        rows.append(f"| `{title}` | {_cell(said + variable + (default if each.default is not True else ''))} |")
    if rows:
        yield from ("| option | what it does |", "|---|---|", *rows, "")
    for below, inner in getattr(command, "commands", {}).items():
        yield from _command(inner, f"{name} {below}")


KINDS = (
    ("Roots", lambda each: each.name in {"Query", "Mutation", "Subscription"}),
    ("Objects", lambda each: isinstance(each, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)),
    ("Inputs", lambda each: isinstance(each, GraphQLInputObjectType)),
    ("Enums", lambda each: isinstance(each, GraphQLEnumType)),
    ("Scalars", lambda each: isinstance(each, GraphQLScalarType)),
)


def schema_page() -> str:
    """Every type with its fields."""
    lines = [
        "# Schema",
        "",
        "Printed from the code; the same stands in `schema.graphql` and in the explorer.",
        "",
    ]
    left = {name: each for name, each in graphql_schema.type_map.items() if not name.startswith("__")}
    for title, belongs in KINDS:
        lines += [f"## {title}", ""]
        for name in sorted(left):
            if belongs(left[name]):
                lines += _type(left.pop(name))
    return "\n".join(lines) + "\n"


def _type(each: GraphQLNamedType) -> Iterator[str]:
    yield from (f"### {each.name}", "", _cell(each.description or ""), "")
    if isinstance(each, GraphQLEnumType):
        yield from ("| value | meaning |", "|---|---|")
        yield from (f"| `{name}` | {_cell(value.description or '')} |" for name, value in each.values.items())
        yield ""
    elif isinstance(each, GraphQLUnionType):
        yield from (", ".join(f"`{inner.name}`" for inner in each.types), "")
    elif not isinstance(each, GraphQLScalarType):
        yield from ("| field | type | meaning |", "|---|---|---|")
        for name, field in each.fields.items():  # type: ignore[attr-defined]  the kinds that are left have fields
            meaning = _cell(field.description or "")
            arguments = "".join(
                f"<br>`{inner}: {argument.type}`: {_cell(argument.description or '')}"
                for inner, argument in getattr(field, "args", {}).items()
            )
            yield f"| `{name}` | `{field.type}` | {meaning}{arguments} |"
        yield ""


def capabilities_page() -> str:
    """What each upstream can do."""
    lines = [
        "# Capabilities",
        "",
        "Printed from the code: what each upstream can do for an organization. The same stands in the graph, as",
        "`links { capabilities }` of one organization and `upstreams { capabilities }` of all.",
        "",
        f"| | {' | '.join(each.upstream.title for each in ADAPTERS)} |",
        f"|---|{'---|' * len(ADAPTERS)}",
    ]
    for word in Capability:
        marks = ["yes" if word in capabilities(each) else "" for each in ADAPTERS]
        if any(marks):
            lines.append(f"| `{word.name}` | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


async def _metrics() -> str:
    sandbox = Sandbox()
    transports = {Upstream(name): httpx.ASGITransport(each) for name, each in sandbox.applications.items()}
    gateway = Gateway(Settings.model_validate(tomllib.loads(sandbox.settings_toml())), transports, on_sandbox=True)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gateway") as client:
            (await client.post("/graphql", json={"query": ASKED})).raise_for_status()
            return (await client.get("/metrics")).text
    finally:
        await gateway.close()
        sandbox.store.close()


def metrics_page() -> str:
    """Every metric of the gateway's own."""
    lines = [
        "# Metrics",
        "",
        "Read from `/metrics` of a gateway that has answered one query. Beside these there are the usual `process_…`.",
        "",
        "| metric | kind | labels | what it tells |",
        "|---|---|---|---|",
    ]
    for family in text_string_to_metric_families(asyncio.run(_metrics())):
        if not family.name.startswith("gateway_"):
            continue
        labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
        name = family.name + ("_total" if family.type == "counter" else "")
        told = ", ".join(f"`{each}`" for each in labels)
        lines.append(f"| `{name}` | {family.type} | {told} | {_cell(family.documentation)} |")
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    return {
        "reference/settings.md": settings_page(),
        "reference/command-line.md": command_line_page(),
        "reference/schema.md": schema_page(),
        "reference/capabilities.md": capabilities_page(),
        "reference/metrics.md": metrics_page(),
    }


if __name__ == "__main__":
    written = io.StringIO()
    json.dump(pages(), written)
    sys.stdout.write(written.getvalue())
