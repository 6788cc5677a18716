"""What a command prints on standard output about a gateway and its upstreams."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway import __version__
from gateway.cli.sockets import listens_everywhere
from gateway.settings import Settings

if TYPE_CHECKING:  # it brings the whole graph along
    from gateway.check import UpstreamCheck

_WIDTH_OF_FILES: Final = 200
_WIDTH_OF_ADDRESSES: Final = 28
_ORGANIZATIONS_SHOWN: Final = 4


class Paper(Console):
    """Standard output; in a file or a pipe plain text, whose reader may leave without ending the program."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)
        if not self.is_terminal:
            self.width = _WIDTH_OF_FILES

    def on_broken_pipe(self) -> None:
        """Print nothing more."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the settings came from.

    Attributes:
        file: The settings file; None where there is none.
        sandbox: Why the gateway runs on its sandbox; empty where it does not.
    """

    file: str | None
    sandbox: str = ""


def heading(settings: Settings, origin: Origin, address: str) -> RenderableType:
    """The version, the addresses, what is served, and what its operator should know.

    Args:
        settings: The gateway's.
        origin: Of the settings.
        address: `http://HOST:PORT`.
    """
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    if settings.profile == "explore":
        grid.add_row("GraphiQL", Text(f"{address}/", style="cyan"))
    grid.add_row("GraphQL", Text(f"{address}/graphql", style="cyan"))
    if listens_everywhere(settings.server.host):
        grid.add_row("", Text("and at every other address of this machine", style="dim"))
    grid.add_row("Settings", Text(origin.file or "no file; environment and defaults"))
    if origin.sandbox:
        grid.add_row("Data", Text(f"made up, by the built-in sandbox ({origin.sandbox})", style="yellow"))
    grid.add_row("Linked", _linked(list(settings.organizations)))
    title = Text.assemble(("organization-gateway", "bold"), f" {__version__}")
    warnings = _marked([*_warnings(settings, origin)])
    return Group(title, "", grid, "", *warnings, *([""] if warnings else []))


def _linked(keys: Sequence[str]) -> str:
    if not keys:
        return "no organizations; link them under [organizations] in the settings"
    shown = ", ".join(keys[:_ORGANIZATIONS_SHOWN]) + (", …" if len(keys) > _ORGANIZATIONS_SHOWN else "")
    return f"{len(keys)} {'organization' if len(keys) == 1 else 'organizations'}: {shown}"


def _warnings(settings: Settings, origin: Origin) -> Iterator[str]:
    yield from settings.warnings
    if origin.sandbox and settings.profile == "production":
        yield "The profile is production, and all data are made up."


def _marked(warnings: Sequence[str]) -> list[Text]:
    return [Text(f"! {each}", style="yellow") for each in warnings]


def upstream_table(checks: Sequence["UpstreamCheck"], warnings: Sequence[str] = ()) -> RenderableType:
    """A line for each upstream: where it is, how it does, what was seen; under them, what to do.

    Args:
        checks: Of all upstreams.
        warnings: Of the settings, where they are not told elsewhere.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Upstream", no_wrap=True, style="bold")
    table.add_column("Address", min_width=_WIDTH_OF_ADDRESSES, overflow="fold")
    table.add_column("State", no_wrap=True)
    table.add_column("Seen")
    for check in checks:
        table.add_row(check.upstream.title, Text(check.url), _state(check), Text(check.said))
    used = [check for check in checks if check.configured]
    unused = [check for check in checks if not check.configured]
    said = [Text(), *_marked(warnings)] if warnings else []
    if not used:
        return Group(table, *said, *_remedies("What to do", unused))
    return Group(table, *said, *_remedies("What to do", used), *_remedies("Only where you use it", unused))


def _remedies(title: str, checks: Sequence["UpstreamCheck"]) -> list[RenderableType]:
    lines = [Text.assemble((check.upstream.title, "bold"), f": {check.remedy}") for check in checks if check.remedy]
    return [Text(), Text(title, style="dim"), *lines] if lines else []


def _state(check: "UpstreamCheck") -> Text:
    if not check.configured:
        return Text("not set", style="dim")
    if check.reachable is None:
        return Text("by caller", style="green")
    if not check.reachable:
        return Text("not ready", style="red")
    if not check.authenticated:
        return Text("refused", style="red")
    return Text("ready", style="green")
