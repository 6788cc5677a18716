"""The page of all commands and their options."""

from collections.abc import Iterator

import typer
from typer.core import TyperCommand, TyperGroup

from gateway.cli.commands import app
from reference.cells import cell


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
        rows.append(f"| `{title}` | {cell(said + variable + (default if each.default is not True else ''))} |")
    if rows:
        yield from ("| option | what it does |", "|---|---|", *rows, "")
    for below, inner in getattr(command, "commands", {}).items():
        yield from _command(inner, f"{name} {below}")
