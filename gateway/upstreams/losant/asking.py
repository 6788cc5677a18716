"""How Losant is asked, and its words for roles."""

import datetime as dt
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import msgspec

from gateway.settings.native_ids import losant_id
from gateway.upstreams.bearer import BearerAdapter
from gateway.upstreams.reading import Shape, safe, sound
from resolvers.device_usage import Window
from resolvers.errors import BadUserInput, UpstreamInvalidResponse
from resolvers.identity import Upstream
from resolvers.roles import ResourceKind, ResourceRole, ResourceRoleInput, Role

PER_PAGE = 100

PayloadStats = dict[str, dict[str, int]]
"""Payloads by category and source; categories without any are absent."""

ROLES: Final = {
    "admin": Role.ADMIN,
    "edit": Role.EDITOR,
    "collaborate": Role.COLLABORATOR,
    "view": Role.VIEWER,
    "none": Role.NONE,
}


_WORDS: Final = {role: word for word, role in ROLES.items()}
_RESOURCE_ROLES = (Role.COLLABORATOR, Role.VIEWER, Role.NONE)


class RefusalShape(msgspec.Struct, gc=False):
    """The body of a refusal."""

    message: str | None = None


_REFUSAL = Shape(Upstream.LOSANT, RefusalShape)


class LosantCalls(BearerAdapter):
    """Asks Losant. Every official client sends the three `_…` parameters with every call, so the gateway does."""

    upstream = Upstream.LOSANT
    id_form = staticmethod(losant_id)
    id_words = "24 hexadecimal digits"
    credential_setting = "upstreams.losant.token"
    every_query = (("_actions", "false"), ("_links", "true"), ("_embedded", "true"))
    every_header = MappingProxyType({"Accept-Version": "^1.31.0"})

    def write(  # noqa: PLR0913  as many as a request has parts
        self,
        operation: str,
        method: str,
        parts: Sequence[str],
        body: Mapping[str, object] | None = None,
        *,
        query: Iterable[tuple[str, str]] = (),
        further: Iterable[str] = (),
    ) -> Coroutine[Any, Any, bytes]:
        """The body of the answer to a change below `/orgs`; `further` organizations are changed, too."""
        return self.change(
            operation,
            method,
            ("orgs", *parts),
            (*self.every_query, *query),
            body=None if body is None else msgspec.json.encode(body),
            native_id=parts[0] if parts else None,
            further=further,
            headers=self.every_header,
        )

    def reason(self, body: bytes) -> str | None:
        """The member `message`."""
        try:
            return safe(_REFUSAL.read(body).message)
        except UpstreamInvalidResponse:
            return None


class ResourceRoleShape(msgspec.Struct, rename="camel", gc=False):
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


@lru_cache(maxsize=256)
def span(window: Window) -> tuple[tuple[str, str], ...]:
    """The window as the usage reports take it; an operation asks for the same of every organization."""
    return ("start", milliseconds(window.since)), ("end", milliseconds(window.until))


def milliseconds(moment: dt.datetime) -> str:
    """Milliseconds since 1970, as text."""
    return str(round(moment.timestamp() * 1000))


def flag(value: bool) -> str:
    """`true` or `false`: the parameters are text."""
    return "true" if value else "false"


def role_word(role: Role, field: tuple[str, ...]) -> str:
    """Losant's word for a role.

    Raises:
        BadUserInput: It has none.
    """
    word = _WORDS.get(role)
    if word is not None:
        return word
    known = ", ".join(meaning.name for meaning in ROLES.values())
    raise BadUserInput(f"Losant has no role {role.name}; it has {known}.", field=field, upstream=Upstream.LOSANT)


def resource_role_words(roles: Sequence[ResourceRoleInput] | None) -> dict[str, list[dict[str, str]]]:
    """The overrides as Losant takes them: one list per kind that is given. Each list replaces what was there."""
    if roles is None:
        return {}
    lists: dict[str, list[dict[str, str]]] = {"applicationRoles": [], "dashboardRoles": []}
    for number, each in enumerate(roles):
        field = ("resourceRoles", str(number))
        if each.role not in _RESOURCE_ROLES:
            raise BadUserInput(
                "A role on one resource is COLLABORATOR, VIEWER or NONE.",
                field=(*field, "role"),
                upstream=Upstream.LOSANT,
            )
        try:
            resource_id = losant_id(each.resource_id)
        except ValueError:
            raise BadUserInput(
                "A resource's id at Losant is 24 hexadecimal digits.",
                field=(*field, "resourceId"),
                upstream=Upstream.LOSANT,
            ) from None
        name = "applicationRoles" if each.resource_kind is ResourceKind.APPLICATION else "dashboardRoles"
        lists[name].append({"resourceId": resource_id, "role": role_word(each.role, field)})
    return lists if not roles else {name: entries for name, entries in lists.items() if entries}
