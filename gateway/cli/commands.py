"""The commands and their options."""

import asyncio
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import __version__
from gateway.cli.collection import uncollected
from gateway.cli.refusal import FAILED, WRONG_SETTINGS, CannotRunError, told

if TYPE_CHECKING:  # it brings the whole graph along
    from gateway.check import UpstreamCheck
    from gateway.settings import Settings

app = typer.Typer(
    help="One GraphQL graph for an organization that lives in Losant, NetApp NKS, Locktera and ClickHouse Cloud.",
    epilog="Without a command it serves.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
schema = typer.Typer(help="The GraphQL schema.")
app.add_typer(schema, name="schema")

Config = Annotated[
    Path | None,
    typer.Option(metavar="FILE", envvar="GATEWAY_CONFIG", help="The settings file; ./gateway.toml where it is there."),
]
Host = Annotated[str | None, typer.Option(metavar="H", help="The address to listen on (server.host).")]
Port = Annotated[
    int | None, typer.Option(metavar="P", min=0, max=65535, help="The port; 0 is any free one (server.port).")
]


_WITHOUT_UPSTREAM = (
    "The profile is production, and no upstream has a credential: set upstreams.NAME.token or "
    'upstreams.clickhouse.keys (or credentials = "caller"), in the file or the environment; --sandbox serves made-up '
    "data."
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"organization-gateway {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of the program itself."""


@app.command("serve")
def serve_(
    context: typer.Context,
    config: Config = None,
    host: Host = None,
    port: Port = None,
    *,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Run on the built-in sandbox with made-up data.")] = False,
) -> None:
    """Serve the gateway; on the sandbox where no upstream is configured."""
    with told(), uncollected():
        settings = _settings(context, config, {"server.host": host, "server.port": port})
        from gateway.cli.banner import Origin  # noqa: PLC0415  wrong settings are told before
        from gateway.cli.log_lines import set_up_log_lines  # noqa: PLC0415  the same
        from gateway.cli.workers import served  # noqa: PLC0415  the same

        if not sandbox and settings.exposed_upstreams:
            raise CannotRunError(_exposed(settings), WRONG_SETTINGS)
        if not sandbox and settings.profile == "production" and settings.names_no_upstream:
            raise CannotRunError(_WITHOUT_UPSTREAM, WRONG_SETTINGS)
        why = "--sandbox" if sandbox else "no upstream has a credential" if settings.names_no_upstream else ""
        set_up_log_lines()
        raise typer.Exit(served(settings, Origin(_file(config), why)))


@app.command("sandbox")
def sandbox_(  # noqa: PLR0913, PLR0917  each is an option
    host: Annotated[str, typer.Option(metavar="H", help="The address to listen on.")] = "127.0.0.1",
    losant_port: Annotated[int, typer.Option(metavar="P", min=0, max=65535)] = 8101,
    nks_port: Annotated[int, typer.Option(metavar="P", min=0, max=65535)] = 8102,
    locktera_port: Annotated[int, typer.Option(metavar="P", min=0, max=65535)] = 8103,
    clickhouse_port: Annotated[int, typer.Option(metavar="P", min=0, max=65535)] = 8104,
    file: Annotated[
        Path | None, typer.Option(metavar="PATH", help="A SQLite file that keeps the state; in memory without it.")
    ] = None,
) -> None:
    """Serve the four stand-ins alone; what it prints is a gateway.toml that points at them."""
    ports = {"losant": losant_port, "nks": nks_port, "locktera": locktera_port, "clickhouse": clickhouse_port}
    with told():
        from gateway.cli.log_lines import set_up_log_lines  # noqa: PLC0415  help is told before
        from gateway.cli.stand_ins import serve_stand_ins  # noqa: PLC0415  the same

        set_up_log_lines()
        asyncio.run(serve_stand_ins(host, ports, file))


@app.command()
def check(
    context: typer.Context,
    config: Config = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask each upstream once; 0 when all that are configured are good, and at least one is."""
    with told():
        settings = _settings(context, config, {})
        found, cache = asyncio.run(_asked(settings))
        if as_json:
            typer.echo(json.dumps([_members(each) for each in found], indent=2))
        else:
            from gateway.cli.banner import Paper, upstream_table  # noqa: PLC0415  wrong settings are told before

            paper = Paper()
            paper.print(upstream_table(found, settings.warnings))
            if cache:
                paper.print(f"\n{cache}")
        configured = [each for each in found if each.configured]
        if not configured or not all(each.good for each in configured):
            raise typer.Exit(FAILED)


Query = Annotated[str, typer.Argument(metavar="QUERY", help="A GraphQL document; - reads it from standard input.")]
Variables = Annotated[str, typer.Option(metavar="JSON", help='Of the document, such as {"id": "acme"}.')]


@app.command()
def query(context: typer.Context, query: Query, variables: Variables = "{}", config: Config = None) -> None:
    """Run one operation with the gateway's credentials, and print the answer; 0 when it has no errors."""
    with told():
        settings = _settings(context, config, {})
        from gateway.cli.asking import answered, text_of, variables_of  # noqa: PLC0415  wrong settings are told before
        from gateway.cli.log_lines import set_up_log_lines  # noqa: PLC0415  the same

        set_up_log_lines()
        answer = answered(settings, text_of(query), variables_of(variables), explained=False)
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        if "errors" in answer:
            raise typer.Exit(FAILED)


@app.command()
def explain(  # noqa: PLR0913  each is an option
    context: typer.Context,
    query: Query,
    variables: Variables = "{}",
    config: Config = None,
    *,
    run: Annotated[bool, typer.Option("--run", help="Run it for real, and tell times and sources, too.")] = False,
    at: Annotated[
        str, typer.Option(metavar="URL", help="Ask a gateway that runs: tells what its cache and its breakers do, too.")
    ] = "",
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME: VALUE", help="Sent with --at; @FILE has one in each line."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell which upstream calls an operation makes, in waves; nothing is asked of an upstream without --run."""
    with told():
        settings = None if at else _settings(context, config, {})
        from gateway.cli.asking import answered, rehearsed, text_of, variables_of  # noqa: PLC0415  told after settings
        from gateway.cli.elsewhere import explained_at, headers_of  # noqa: PLC0415  the same
        from gateway.cli.explanation import explanation  # noqa: PLC0415  the same
        from gateway.cli.log_lines import set_up_log_lines  # noqa: PLC0415  the same

        set_up_log_lines()
        text, values = text_of(query), variables_of(variables)
        if settings is None:
            answer = explained_at(at, text, values, headers_of(header or []), run=run)
        else:
            answer = answered(settings, text, values, explained=True) if run else rehearsed(settings, text, values)
        if as_json:
            typer.echo(json.dumps({"errors": answer.get("errors", []), **answer.get("extensions", {})}, indent=2))
        else:
            from gateway.cli.banner import Paper  # noqa: PLC0415  the same

            Paper().print(explanation(answer, real=run))
        if "trace" not in answer.get("extensions", {}):
            raise typer.Exit(FAILED)


@schema.command("print")
def print_(
    *,
    federation: Annotated[bool, typer.Option("--federation", help="As a subgraph of Apollo Federation.")] = False,
    stitching: Annotated[bool, typer.Option("--stitching", help="With the directives of graphql-tools.")] = False,
) -> None:
    """Print the schema's SDL, or that for gateways which join graphs."""
    if federation and stitching:
        raise typer.BadParameter("not with --stitching: they are two schemas", param_hint="--federation")
    from resolvers import schema as graph  # noqa: PLC0415  the other commands do without

    sys.stdout.write(graph.federation() if federation else graph.stitching() if stitching else graph.sdl())


@schema.command("diff")
def diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="An SDL file, git:REF, REF:PATH, or the URL of an endpoint or of SDL.")
    ],
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME: VALUE", help="Sent to a URL; @FILE has one in each line."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what changed since an earlier schema; 1 when a change breaks clients."""
    with told():
        from gateway.cli.schema_diff import compared  # noqa: PLC0415  help is told before

        text, breaks = compared(old, header or [], as_json=as_json)
        typer.echo(text, nl=False)
        if breaks:
            raise typer.Exit(FAILED)


@app.command()
def dashboard() -> None:
    """Print a Grafana dashboard of the gateway's metrics, to be imported there."""
    sys.stdout.write((files("gateway.telemetry") / "dashboard.json").read_text())


@app.command("hash-key")
def hash_key() -> None:
    """Read an API key from standard input, or make one, and print its hash for callers.api_keys."""
    from gateway.callers.api_keys import LONGEST, SHORTEST, STRONG, hashed, new_key  # noqa: PLC0415  it brings the graph

    key = "" if sys.stdin.isatty() else sys.stdin.readline().strip()
    with told():
        if not key:
            key = new_key()
            typer.echo(f"The key, shown this once: {key}", err=True)
        elif not SHORTEST <= len(key) <= LONGEST or not key.isascii() or not key.isprintable() or set(key) & {" ", ","}:
            raise CannotRunError(
                f"A key has {SHORTEST} to {LONGEST} visible ASCII characters, without spaces and commas.",
                WRONG_SETTINGS,
            )
        elif len(key) < STRONG:
            typer.echo(f"A key of less than {STRONG} characters is easy to guess; without input one is made.", err=True)
    typer.echo(f'hash = "{hashed(key)}"')


def _exposed(settings: "Settings") -> str:
    names = ", ".join(settings.exposed_upstreams)
    return (
        f"Anyone who reaches the gateway could use its credentials of {names}. Grant access to [[callers.api_keys]] "
        "(gateway hash-key) or [callers.jwt] and set callers.anonymous = []; or, if it is meant, set "
        "callers.allow_anonymous_upstream_access = true."
    )


async def _asked(settings: "Settings") -> "tuple[list[UpstreamCheck], str | None]":
    from gateway.cli.assembly import assembled  # noqa: PLC0415  wrong settings are told before
    from gateway.cli.log_lines import set_up_log_lines  # noqa: PLC0415  the same

    set_up_log_lines()
    gateway = assembled(settings)
    try:
        return await gateway.check(), await gateway.shared_cache()
    finally:
        await gateway.close()


def _members(found: "UpstreamCheck") -> dict[str, object]:
    names = ("url", "configured", "reachable", "authenticated", "said", "remedy")
    return {"upstream": found.upstream.word, **{name: getattr(found, name) for name in names}}


def _settings(context: typer.Context, config: Path | None, overrides: dict[str, object]) -> "Settings":
    from gateway.settings import SettingsError, load  # noqa: PLC0415  help is told before

    source = context.get_parameter_source("config")
    of_environment = source is not None and source.name == "ENVIRONMENT"  # load reads it itself, and names it so
    try:
        return load(None if of_environment else config, overrides=overrides)
    except SettingsError as error:
        said = "\n  ".join(["The settings cannot be used:", *map(str, error.mistakes)])
        raise CannotRunError(said, WRONG_SETTINGS) from None


def _file(config: Path | None) -> str | None:
    from gateway.settings.reading import DEFAULT_FILE  # noqa: PLC0415  help is told before

    return str(config) if config else DEFAULT_FILE if Path(DEFAULT_FILE).exists() else None
