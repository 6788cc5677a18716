"""How Losant is asked, and its words for roles."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Final, cast

import msgspec

from gateway.settings import Losant as LosantSettings
from gateway.settings.native_ids import losant_id
from gateway.upstreams.adapter import Adapter
from gateway.upstreams.reading import sound
from resolvers.device_usage import Window
from resolvers.identity import Upstream
from resolvers.roles import ResourceKind, ResourceRole, Role

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]

PER_PAGE = 100

PayloadStats = dict[str, dict[str, int]]
"""Payloads by category and source; categories without any are absent."""

_EVERY_CALL = (("_actions", "false"), ("_links", "true"), ("_embedded", "true"))
_HEADERS = {"Accept-Version": "^1.31.0"}

ROLES: Final = {
    "admin": Role.ADMIN,
    "edit": Role.EDITOR,
    "collaborate": Role.COLLABORATOR,
    "view": Role.VIEWER,
    "none": Role.NONE,
}


class LosantCalls(Adapter):
    """Asks Losant. Every official client sends the three `_…` parameters with every call, so the gateway does."""

    upstream = Upstream.LOSANT
    id_form = staticmethod(losant_id)
    id_words = "24 hexadecimal digits"
    credential_setting = "upstreams.losant.token"

    def credential(self, native_id: str | None = None) -> tuple[str, str]:  # noqa: ARG002  one token for all
        """The token, for every organization."""
        token = cast("LosantSettings", self._line.settings).token.get_secret_value()
        if not token:
            raise self.not_configured()
        return "Authorization", f"Bearer {token}"

    async def read(self, operation: str, parts: Iterable[str], query: Iterable[tuple[str, str]] = ()) -> bytes:
        """The body of a successful answer below `/orgs`."""
        return await self.get(operation, ("orgs", *parts), (*_EVERY_CALL, *query), headers=_HEADERS)


class ResourceRoleShape(msgspec.Struct, rename="camel"):
    """A role on one application or dashboard."""

    resource_id: str
    role: str


def resource_roles(
    applications: list[ResourceRoleShape] | None, dashboards: list[ResourceRoleShape] | None
) -> list[ResourceRole]:
    """The overrides of both kinds, in the graph's words."""
    if not applications and not dashboards:
        return []
    roles = []
    for kind, given in ((ResourceKind.APPLICATION, applications), (ResourceKind.DASHBOARD, dashboards)):
        shapes = sound(given) or []
        for shape in map(sound, shapes):
            role = ROLES.get(shape.role, Role.CUSTOM)
            roles.append(ResourceRole(resource_kind=kind, resource_id=shape.resource_id, role=role))
    return roles


def span(window: Window) -> tuple[tuple[str, str], ...]:
    """The window as the usage reports take it."""
    return ("start", milliseconds(window.since)), ("end", milliseconds(window.until))


def milliseconds(moment: dt.datetime) -> str:
    """Milliseconds since 1970, as text."""
    return str(round(moment.timestamp() * 1000))


def flag(value: bool) -> str:
    """`true` or `false`: the parameters are text."""
    return "true" if value else "false"
