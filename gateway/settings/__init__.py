"""The settings of a gateway: `load` reads them, `Settings` holds them, `SettingsError` says what is wrong with them."""

from gateway.settings.cache_address import CacheAddress
from gateway.settings.callers import SCOPES, ApiKey, Budget, Callers, Jwt, Scope
from gateway.settings.mistakes import Mistake, SettingsError
from gateway.settings.native_ids import UPSTREAM_NAMES, UpstreamName
from gateway.settings.reading import load
from gateway.settings.shape import (
    Cache,
    Documents,
    Identity,
    Limits,
    OrganizationLinks,
    Server,
    Settings,
)
from gateway.settings.upstreams import (
    ClickHouse,
    ClickHouseKey,
    Locktera,
    Losant,
    Nks,
    Rate,
    Upstream,
    UpstreamFigures,
    Upstreams,
)

__all__ = [
    "SCOPES",
    "UPSTREAM_NAMES",
    "ApiKey",
    "Budget",
    "Cache",
    "CacheAddress",
    "Callers",
    "ClickHouse",
    "ClickHouseKey",
    "Documents",
    "Identity",
    "Jwt",
    "Limits",
    "Locktera",
    "Losant",
    "Mistake",
    "Nks",
    "OrganizationLinks",
    "Rate",
    "Scope",
    "Server",
    "Settings",
    "SettingsError",
    "Upstream",
    "UpstreamFigures",
    "UpstreamName",
    "Upstreams",
    "load",
]
