"""The tables under [upstreams] and [upstream_defaults]."""

import abc
import urllib.parse
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gateway.settings.native_ids import LIST, ClickHouseId, LockteraId, Secret, UpstreamName, Word
from gateway.settings.places import Says
from gateway.settings.tables import Address, Count, CountFromZero, Positive, SettingsTable, is_local, without_repeats

Attempts = Annotated[int, Field(ge=1, le=10)]
Percent = Annotated[int, Field(ge=1, le=100)]
Transport = Annotated[Literal["lean", "httpx"], Says("lean or httpx")]
Credentials = Annotated[Literal["gateway", "caller"], Says("gateway or caller", hidden=True)]


class UpstreamFigures(SettingsTable):
    """Time, attempts, room, breaker and transport of one upstream. Times in seconds."""

    read_deadline_seconds: Positive = 5.0
    write_deadline_seconds: Positive = 10.0
    connect_seconds: Positive = 1.0
    attempt_seconds: Positive = 2.5
    attempts: Attempts = 3
    concurrency: Count = 32
    queue: CountFromZero = 64
    max_response_bytes: Count = 10_485_760
    breaker_failures_percent: Percent = 50
    breaker_minimum_calls: Count = 20
    breaker_open_seconds: Positive = 5.0
    transport: Transport = "lean"


class FigureOverrides(SettingsTable):
    """The same figures in an upstream's own table: None where [upstream_defaults] holds."""

    read_deadline_seconds: Positive | None = None
    write_deadline_seconds: Positive | None = None
    connect_seconds: Positive | None = None
    attempt_seconds: Positive | None = None
    attempts: Attempts | None = None
    concurrency: Count | None = None
    queue: CountFromZero | None = None
    max_response_bytes: Count | None = None
    breaker_failures_percent: Percent | None = None
    breaker_minimum_calls: Count | None = None
    breaker_open_seconds: Positive | None = None
    transport: Transport | None = None

    def over(self, defaults: UpstreamFigures) -> UpstreamFigures:
        """The defaults, with what this table says in their place."""
        own = {name: getattr(self, name) for name in FigureOverrides.model_fields}
        return defaults.model_copy(update={name: value for name, value in own.items() if value is not None})


class Rate(SettingsTable):
    """At most `calls` requests in `seconds`, per credential; `calls = 0` is no limit."""

    calls: CountFromZero
    seconds: Positive


class LockteraRate(Rate):
    """Locktera's documented limit."""

    calls: CountFromZero = 100
    seconds: Positive = 60.0


class ClickHouseRate(Rate):
    """ClickHouse Cloud's documented limit, per key."""

    calls: CountFromZero = 10
    seconds: Positive = 10.0


class Upstream(FigureOverrides):
    """What the tables of all four have in common."""

    url: Address
    credentials: Credentials = "gateway"
    rate: Rate | None = None

    @property
    @abc.abstractmethod
    def holds_credential(self) -> bool:
        """Whether there is a credential of the gateway's own."""

    @property
    def configured(self) -> bool:
        """Whether it can be asked: with a credential of the gateway's, or with those that callers bring."""
        return self.credentials == "caller" or self.holds_credential

    @property
    def is_local(self) -> bool:
        """Whether it is looked for on this machine."""
        return is_local(urllib.parse.urlsplit(self.url).hostname or "")

    @property
    def rate_limit(self) -> Rate | None:
        """The limit that holds, or None when there is none."""
        return self.rate if self.rate is not None and self.rate.calls else None


class TokenUpstream(Upstream):
    """An upstream with one token for everything."""

    token: Secret = SecretStr("")

    @property
    def holds_credential(self) -> bool:
        """Whether there is a token."""
        return bool(self.token.get_secret_value())


class Losant(TokenUpstream):
    """[upstreams.losant]."""

    url: Address = "https://api.losant.com"


class Nks(TokenUpstream):
    """[upstreams.nks]."""

    url: Address = "https://api.nks.netapp.io"


class Locktera(TokenUpstream):
    """[upstreams.locktera]; it has no listing of its own, so its organizations stand here."""

    url: Address = "https://api.locktera.com/v1"
    rate: LockteraRate = LockteraRate()
    organizations: Annotated[tuple[LockteraId, ...], LIST] = ()

    _each_once = field_validator("organizations")(without_repeats)


class ClickHouseKey(SettingsTable):
    """One of [[upstreams.clickhouse.keys]]: a key belongs to one organization."""

    organization: ClickHouseId
    key_id: Word
    key_secret: Secret

    @model_validator(mode="after")
    def _whole_or_empty(self) -> "ClickHouseKey":
        if bool(self.key_id) != bool(self.key_secret.get_secret_value()):
            empty = "key_secret" if self.key_id else "key_id"
            raise PydanticCustomError("said", "{empty} is empty; give both, or neither", {"empty": empty})
        return self


class ClickHouse(Upstream):
    """[upstreams.clickhouse]; a key whose id and secret are both empty counts as none."""

    url: Address = "https://api.clickhouse.cloud"
    rate: ClickHouseRate = ClickHouseRate()
    keys: Annotated[tuple[ClickHouseKey, ...], LIST] = ()

    @field_validator("keys")
    @classmethod
    def _leave_out_empty_keys(cls, keys: tuple[ClickHouseKey, ...]) -> tuple[ClickHouseKey, ...]:
        return tuple(key for key in keys if key.key_id)

    @property
    def holds_credential(self) -> bool:
        """Whether there is a key."""
        return bool(self.keys)


class Upstreams(SettingsTable):
    """[upstreams]."""

    losant: Losant = Losant()
    nks: Nks = Nks()
    locktera: Locktera = Locktera()
    clickhouse: ClickHouse = ClickHouse()

    def named(self, upstream_name: UpstreamName) -> Upstream:
        """The upstream of that name."""
        upstreams: dict[UpstreamName, Upstream] = {
            "losant": self.losant,
            "nks": self.nks,
            "locktera": self.locktera,
            "clickhouse": self.clickhouse,
        }
        return upstreams[upstream_name]
