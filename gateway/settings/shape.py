"""The settings as a whole: the same names and defaults as gateway.toml has."""

import dataclasses
import urllib.parse
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr, Strict, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gateway.settings.cache_address import CacheAddress, checked
from gateway.settings.callers import BudgetOfAll, Callers
from gateway.settings.front import Front
from gateway.settings.live import Live
from gateway.settings.native_ids import (
    LIST,
    UPSTREAM_NAMES,
    ClickHouseId,
    LockteraId,
    LosantId,
    NksId,
    UpstreamName,
)
from gateway.settings.places import Says, spoken
from gateway.settings.tables import (
    Count,
    CountFromZero,
    FromZero,
    SettingsTable,
    web_address,
    without_repeats,
)
from gateway.settings.telemetry import Log, Otel, Ready
from gateway.settings.upstreams import UpstreamFigures, Upstreams

SHOWN: Final = 3
"""How many names a warning lists before it counts the rest."""

OrganizationName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"),
    Says("1 to 64 letters, digits, _, . or -, and begin with a letter or digit"),
]


def _origin(text: str) -> str:
    address = web_address(text).lower()
    if urllib.parse.urlsplit(address).path:
        raise ValueError("not an origin")
    return address


Origin = Annotated[str, AfterValidator(_origin), Says("an origin such as https://app.example.com")]
HostName = Annotated[
    str,
    StringConstraints(pattern=r"^(\*\.)?[A-Za-z0-9.-]{1,253}$"),
    Says("a host name without a port"),
]


CachedOperation = Annotated[
    str,
    StringConstraints(pattern=rf"^({'|'.join(UPSTREAM_NAMES)})\.[A-Za-z0-9_.-]{{1,64}}$"),
    Says("an upstream, a dot and one of its operations, such as losant.org.get"),
]


class Server(Front):
    """[server]; port 0 is any free port.

    `origins` are those of web apps that browsers may let in, `hosts` the names that requests may be for; all where it
    is empty. `ready` says which upstreams must not be down: any, all, or those named. `metrics` serves /metrics.
    `workers` processes serve the port together, as replicas on one machine: they need cache.url.
    """

    host: Annotated[str, StringConstraints(min_length=1), Says("an address or a host name")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Count = 1
    state_dir: Annotated[Path, Strict(strict=False)] = Path(".gateway")
    origins: Annotated[tuple[Origin, ...], LIST] = ()
    hosts: Annotated[tuple[HostName, ...], LIST] = ()
    ready: Ready = ("any",)
    metrics: bool = True


class OrganizationLinks(SettingsTable):
    """[organizations.NAME]: the organization's own id in each upstream that has it."""

    losant: LosantId | None = None
    nks: NksId | None = None
    locktera: LockteraId | None = None
    clickhouse: ClickHouseId | None = None

    @model_validator(mode="after")
    def _linked(self) -> "OrganizationLinks":
        if not self.native_ids:
            raise PydanticCustomError(
                "said", "links to no upstream; give it at least one of {names}", {"names": spoken(UPSTREAM_NAMES)}
            )
        return self

    @property
    def native_ids(self) -> dict[UpstreamName, str]:
        """The linked upstreams, each with the organization's id there as text."""
        ids = {name: getattr(self, name) for name in UPSTREAM_NAMES}
        return {name: str(native_id) for name, native_id in ids.items() if native_id is not None}


class Identity(SettingsTable):
    """[identity]: whose name, slug and logo win."""

    order: Annotated[tuple[UpstreamName, ...], LIST, Field(min_length=1), Says("a list of at least one upstream")] = (
        "losant",
        "nks",
        "clickhouse",
        "locktera",
    )

    _each_once = field_validator("order")(without_repeats)


class Cache(SettingsTable):
    """[cache]; `fresh_seconds = 0` is off.

    `operations` gives single operations another freshness, by the names that the upstreams' own documentation has.
    """

    fresh_seconds: FromZero = 2.0
    operations: dict[CachedOperation, FromZero] = Field(default_factory=dict)
    stale_if_error_seconds: FromZero = 600.0
    max_entries: CountFromZero = 10_000
    max_bytes: CountFromZero = 67_108_864
    url: Annotated[
        SecretStr,
        AfterValidator(checked),
        Says("a valkey:// or redis:// address (with TLS: valkeys:// or rediss://)", hidden=True),
    ] = SecretStr("")

    @property
    def address(self) -> CacheAddress | None:
        """Of the cache that replicas share; None where they share none."""
        return CacheAddress.of(self.url.get_secret_value()) if self.url.get_secret_value() else None


class Limits(SettingsTable):
    """[limits] of a request and its document; see gateway.execution.limits for what each counts.

    `budget` limits a caller's operations together.
    """

    body_bytes: Count = 1_048_576
    characters: Count = 32_768
    tokens: Count = 2_000
    operations: Count = 50
    fragments: CountFromZero = 100
    values: CountFromZero = 500
    selections: Count = 2_000
    overlaps: CountFromZero = 2_000
    depth: Count = 12
    aliases: CountFromZero = 30
    root_fields: Count = 20
    directives: CountFromZero = 20
    parts: CountFromZero = 10
    variables: CountFromZero = 50
    introspection_depth: Count = 20
    errors: Annotated[int, Field(ge=2)] = 20
    cost: Count = 5_000
    page: Count = 100
    budget: BudgetOfAll = BudgetOfAll()


class Documents(SettingsTable):
    """[documents]; `automatic` is automatic persisted queries.

    `manifest` is the file of the registered documents; with `trusted_only` no others run.
    """

    trusted_only: bool = False
    manifest: str = ""
    automatic: bool = True


@dataclasses.dataclass(frozen=True)
class IgnoredVariables:
    """Environment variables that begin like settings and were left alone; the context of Settings' validation."""

    names: tuple[str, ...]


class Settings(SettingsTable):
    """Everything an operator can choose. `load` makes it."""

    profile: Literal["explore", "production"] = "explore"
    server: Server = Server()
    upstreams: Upstreams = Upstreams()
    organizations: dict[OrganizationName, OrganizationLinks] = Field(default_factory=dict)
    identity: Identity = Identity()
    callers: Callers = Callers()
    upstream_defaults: UpstreamFigures = UpstreamFigures()
    cache: Cache = Cache()
    limits: Limits = Limits()
    documents: Documents = Documents()
    live: Live = Live()
    log: Log = Log()
    otel: Otel = Otel()
    _ignored: tuple[str, ...] = ()

    def model_post_init(self, context: object) -> None:
        """Takes from the context the environment variables that look like settings and are none."""
        if isinstance(context, IgnoredVariables):
            self._ignored = context.names

    def figures(self, upstream_name: UpstreamName) -> UpstreamFigures:
        """The figures that hold for one upstream: its own, and [upstream_defaults] for the rest."""
        return self.upstreams.named(upstream_name).over(self.upstream_defaults)

    @property
    def configured_upstreams(self) -> tuple[UpstreamName, ...]:
        """The upstreams that can be asked: with the gateway's credential, or with callers' own."""
        return tuple(name for name in UPSTREAM_NAMES if self.upstreams.named(name).configured)

    @property
    def names_no_upstream(self) -> bool:
        """Whether neither the file nor the environment configures any upstream."""
        return not self.configured_upstreams

    @property
    def logs_operations(self) -> bool:
        """Whether each operation has a line in the log."""
        return self.profile == "production" if self.log.operations is None else self.log.operations

    @property
    def exposed_upstreams(self) -> tuple[UpstreamName, ...]:
        """The real upstreams that anyone could reach with the gateway's credentials although no setting allows it.

        One on this machine is a stand-in, and not real.
        """
        if not self.callers.anonymous or self.callers.allow_anonymous_upstream_access:
            return ()
        named = ((name, self.upstreams.named(name)) for name in self.configured_upstreams)
        return tuple(name for name, each in named if each.credentials == "gateway" and not each.is_local)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the banner: what is allowed, and probably not meant."""
        unlinked = (self._links_that_lead_nowhere(name) for name in UPSTREAM_NAMES)
        idle = (self._credential_without_use(name) for name in UPSTREAM_NAMES)
        return tuple(sentence for sentence in (*unlinked, *idle, self._ignored_variables()) if sentence)

    def _credential_without_use(self, upstream_name: UpstreamName) -> str:
        upstream = self.upstreams.named(upstream_name)
        if upstream.credentials == "gateway" or not upstream.holds_credential:
            return ""
        what = "keys are" if upstream_name == "clickhouse" else "token is"
        return f'upstreams.{upstream_name}.{what} not used: credentials is "caller".'

    def _ignored_variables(self) -> str:
        if not self._ignored:
            return ""
        verb = "is no setting and is" if len(self._ignored) == 1 else "are no settings and are"
        return f"{spoken(self._ignored, 'and')} {verb} ignored."

    def _links_that_lead_nowhere(self, upstream_name: UpstreamName) -> str:
        linked = {name: links.native_ids.get(upstream_name) for name, links in self.organizations.items()}
        if not self.upstreams.named(upstream_name).configured:
            names = [name for name, native_id in linked.items() if native_id]
            credential = "key" if upstream_name == "clickhouse" else "token"
            why = f"upstreams.{upstream_name} has no {credential}"
        elif upstream_name == "clickhouse" and self.upstreams.clickhouse.credentials == "gateway":
            keys = {key.organization for key in self.upstreams.clickhouse.keys}
            names = [name for name, native_id in linked.items() if native_id and native_id not in keys]
            why = f"upstreams.clickhouse.keys has no key for {'it' if len(names) == 1 else 'them'}"
        else:
            return ""
        if not names:
            return ""
        shown = [f"organizations.{name}" for name in names[:SHOWN]]
        if len(names) > SHOWN:
            shown.append(f"{len(names) - SHOWN} more")
        verb = "links" if len(names) == 1 else "link"
        return f"{spoken(shown, 'and')} {verb} to {upstream_name}, but {why}."
