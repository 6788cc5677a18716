"""The settings of what the gateway tells of itself: readiness, log lines, spans."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from gateway.settings.native_ids import LIST
from gateway.settings.places import Says
from gateway.settings.tables import SettingsTable, web_address, without_repeats

_POLICIES: Final = ("any", "all")


def _as_list(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _a_policy_or_upstreams(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words or (len(words) > 1 and set(words) & set(_POLICIES)):
        raise PydanticCustomError("said", "must be any, all or a list of upstreams")
    return words


def _collector(text: str) -> str:
    return web_address(text) if text else text


Ready = Annotated[
    tuple[Literal["any", "all", "losant", "nks", "locktera", "clickhouse"], ...],
    LIST,
    BeforeValidator(_as_list),
    AfterValidator(without_repeats),
    AfterValidator(_a_policy_or_upstreams),
    Says("any, all or a list of upstreams"),
]
"""Which upstreams must not be down for the gateway to be ready: any or all of the configured ones, or those named."""


class Log(SettingsTable):
    """[log]; `operations` is a line for each, on in production where nothing is said."""

    operations: bool | None = None


class Otel(SettingsTable):
    """[otel]; spans are exported where `endpoint` is set."""

    endpoint: Annotated[
        str,
        AfterValidator(_collector),
        Says("an http:// or https:// address without user name, query or fragment", hidden=True),
    ] = ""
    service_name: Annotated[
        str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,100}$"), Says("1 to 100 characters")
    ] = "organization-gateway"
