"""Locktera, document protection: REST API v1.

Everything is an organization; only the configured ones and the caller's own can be listed. The vendor's pages and its
OpenAPI file contradict each other: both shapes are read, and a single object where a list is due.

Source: the vendor's documentation site and its OpenAPI file.
"""

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any, cast

import msgspec

from gateway.settings import Locktera as LockteraSettings
from gateway.settings.native_ids import locktera_id
from gateway.upstreams.adapter import Adapter
from gateway.upstreams.loading import Loader
from gateway.upstreams.reading import Shape, free, part, safe, sound, text, url
from resolvers.activities import Activity, ActivityQuestion, ActivitySource, Actor, ActorKind, ReadsActivities
from resolvers.customizations import Customizations, CustomizationsMode, ReadsCustomizations, UpdatesCustomizations
from resolvers.errors import Conflict, Failure, UpstreamInvalidResponse
from resolvers.identity import Link, Upstream
from resolvers.merging import Part, merge_parts
from resolvers.organization_changes import DeletesOrganizations, UpdatesOrganizations
from resolvers.profiles import ListsOrganizations, Profile, ReadsOrganizations
from resolvers.scalars import BigInt, write_instant
from resolvers.spending import MonthlyConsumption, ReportsConsumption

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class OrganizationShape(msgspec.Struct):
    """An organization, in either of the two documented shapes."""

    id: str
    name: str | None = None
    org_name: str | None = None
    created_at: Instant | None = None
    customizations: dict[str, Any] | None = None

    def profile(self) -> Profile:
        """The facts that Locktera has."""
        own = self.customizations
        logo = _word(own, "logo_url") if isinstance(own, dict) else own
        return Profile(
            native_id=self.id,
            name=text(self.name) or text(self.org_name),
            logo_url=url(logo, Upstream.LOCKTERA),
            created_at=self.created_at,
        )


class AccessShape(msgspec.Struct):
    """An entry of the access log. Assumed: `user` is an e-mail address where it holds an `@`, else an id."""

    timestamp: Instant
    action: str
    user: str | None = None
    status: str | None = None
    org_id: str | None = None
    ip: str | None = None

    def activity(self, link: Link, native_id: str) -> Activity:
        """In the graph's words."""
        named = isinstance(self.user, str) and "@" in self.user
        return Activity(
            link=link,
            native_id=native_id,
            upstream=Upstream.LOCKTERA,
            source=ActivitySource.ACCESS_LOG,
            occurred_at=self.timestamp,
            action=self.action,
            outcome=self.status,
            actor=Actor(
                kind=ActorKind.USER,
                id=None if named else self.user,
                name=self.user if named else None,
                ip_address=self.ip,
                user_agent=None,
            ),
            service_id=None,
            target=self.org_id,
            details=None,
        )


class AuditShape(msgspec.Struct):
    """An entry of the children audit."""

    timestamp: Instant
    action: str
    admin_id: str | None = None
    org_id: str | None = None
    address_id: str | None = None
    ip: str | None = None
    old_data: dict[str, Any] | None = None
    new_data: dict[str, Any] | None = None

    def activity(self, link: Link, native_id: str) -> Activity:
        """In the graph's words."""
        details = {"address_id": self.address_id, "old_data": self.old_data, "new_data": self.new_data}
        kept = {name: value for name, value in details.items() if value is not None}
        return Activity(
            link=link,
            native_id=native_id,
            upstream=Upstream.LOCKTERA,
            source=ActivitySource.CHILDREN_AUDIT,
            occurred_at=self.timestamp,
            action=self.action,
            outcome=None,
            actor=Actor(kind=ActorKind.USER, id=self.admin_id, name=None, ip_address=self.ip, user_agent=None),
            service_id=None,
            target=self.org_id,
            details=free(kept) if kept else None,
        )


class RefusalShape(msgspec.Struct):
    """The body of a refusal, where it is JSON."""

    message: str | None = None


class ConsumptionShape(msgspec.Struct):
    """The consumption of a month."""

    month: str
    api_calls: int | None = None
    storage_used: float | None = None

    def consumption(self) -> MonthlyConsumption:
        """In the graph's words."""
        return MonthlyConsumption(
            upstream=Upstream.LOCKTERA,
            month=self.month,
            api_calls=cast("BigInt | None", self.api_calls),
            storage_used_gb=self.storage_used,
        )


_ORGANIZATION = Shape(Upstream.LOCKTERA, OrganizationShape)
_CUSTOMIZATIONS: Shape[dict[str, Any]] = Shape(Upstream.LOCKTERA, dict[str, Any])
_CONSUMPTION: Shape[Any] = Shape(Upstream.LOCKTERA, list[ConsumptionShape] | ConsumptionShape)  # type: ignore[arg-type]  # a union is no type
_LOGS: dict[ActivitySource, tuple[str, Shape[Any]]] = {
    ActivitySource.ACCESS_LOG: (
        "access_log",
        Shape(Upstream.LOCKTERA, list[AccessShape] | AccessShape),  # type: ignore[arg-type]  # a union is no type
    ),
    ActivitySource.CHILDREN_AUDIT: (
        "children_audit",
        Shape(Upstream.LOCKTERA, list[AuditShape] | AuditShape),  # type: ignore[arg-type]  # a union is no type
    ),
}

_REFUSAL = Shape(Upstream.LOCKTERA, RefusalShape)
_LONGEST_TEXT = 300

_Query = tuple[tuple[str, str], ...]


class Locktera(
    Adapter,
    ReadsOrganizations,
    ListsOrganizations,
    UpdatesOrganizations,
    DeletesOrganizations,
    ReadsActivities,
    ReadsCustomizations,
    UpdatesCustomizations,
    ReportsConsumption,
):
    """Locktera's part of an organization."""

    upstream = Upstream.LOCKTERA
    facts = frozenset({"name", "logo_url", "created_at"})
    logs = frozenset(_LOGS)
    id_form = staticmethod(locktera_id)
    id_words = "1 to 64 letters, digits, _ or -"
    writable = frozenset({"name"})
    credential_setting = "upstreams.locktera.token"

    @property
    def _settings(self) -> LockteraSettings:
        return cast("LockteraSettings", self._line.settings)

    def credential(self, native_id: str | None = None) -> tuple[str, str]:  # noqa: ARG002  one token for all
        """The API key, for every organization."""
        token = self._settings.token.get_secret_value()
        if not token:
            raise self.not_configured()
        return "Authorization", f"Bearer {token}"

    async def greet(self) -> str:
        """The organization that the key belongs to."""
        own = (await self._read_own()).profile()
        return f"The key belongs to {own.name or own.native_id}."

    async def profile(self, native_id: str) -> Profile:
        """One call."""
        return (await self._organization.load(native_id)).profile()

    @cached_property
    def _organization(self) -> Loader[str, OrganizationShape]:
        return Loader.each(self._read_organization)

    async def _read_organization(self, native_id: str) -> OrganizationShape:
        return _ORGANIZATION.read(await self.get("org.get", ("orgs", native_id)))

    @staticmethod
    def place(native_id: str) -> tuple[int, str]:
        """By id."""
        return 0, native_id

    async def listing(self) -> AsyncIterator[list[Profile]]:
        """The configured organizations, and the one that the API key belongs to."""
        own = self.listed(await self._read_own())
        self._organization.prime(own.id, own)
        profiles = {native_id: Profile(native_id=native_id) for native_id in self._settings.organizations}
        profiles[own.id] = own.profile()
        yield [profiles[native_id] for native_id in sorted(profiles)]

    async def _read_own(self) -> OrganizationShape:
        return _ORGANIZATION.read(await self.get("current_org", ("org",)))

    async def customizations(self, native_id: str) -> Customizations:
        """One call."""
        return await self._customizations.load(native_id)

    @cached_property
    def _customizations(self) -> Loader[str, Customizations]:
        return Loader.each(self._read_customizations)

    async def _read_customizations(self, native_id: str) -> Customizations:
        return _customizations(await self._read_values(native_id))

    async def _read_values(self, native_id: str) -> dict[str, Any]:
        return _CUSTOMIZATIONS.read(await self.get("customizations.get", ("orgs", native_id, "customizations")))

    async def update_customizations(
        self, native_id: str, values: Mapping[str, Any], mode: CustomizationsMode
    ) -> Customizations:
        """`PUT …/customizations`, bare; a merge reads before, and once more to see that nothing changed meanwhile."""
        if mode is CustomizationsMode.MERGE:
            before = await self._read_values(native_id)
            values = merge_patch(before, values)
            if await self._read_values(native_id) != before:
                raise Conflict("The customizations changed in between. Try again.", upstream=self.upstream)
        parts = ("orgs", native_id, "customizations")
        body = msgspec.json.encode(values)
        answer = await self.change("customizations.put", "PUT", parts, body=body, may_be_empty=True)
        stored = self.written(_CUSTOMIZATIONS, answer) if answer else {}
        if stored and not ("message" in stored and "message" not in values):
            self._customizations.prime(native_id, _customizations(stored))
        return await self.customizations(native_id)

    async def update_organization(self, native_id: str, name: str | None, description: str | None) -> None:  # noqa: ARG002  it keeps none
        """`PATCH /orgs/{id}`; what it answers is not documented, and not needed."""
        body = msgspec.json.encode({"name": name})
        await self.change("org.patch", "PATCH", ("orgs", native_id), body=body, may_be_empty=True)

    async def delete_organization(self, native_id: str) -> None:
        """`DELETE /orgs/{id}`: 200 with a message, or 204."""
        await self.change("org.delete", "DELETE", ("orgs", native_id), may_be_empty=True)

    def reason(self, body: bytes) -> str | None:
        """The member `message`, or the plain text."""
        try:
            return safe(_REFUSAL.read(body).message)
        except UpstreamInvalidResponse:
            return safe(body[:_LONGEST_TEXT].decode("utf-8", "replace").strip())

    async def consumption(self, native_id: str) -> list[MonthlyConsumption]:
        """One call."""
        return await self._consumption.load(native_id)

    @cached_property
    def _consumption(self) -> Loader[str, list[MonthlyConsumption]]:
        return Loader.each(self._read_consumption)

    async def _read_consumption(self, native_id: str) -> list[MonthlyConsumption]:
        given = _CONSUMPTION.read(await self.get("consumption", ("orgs", native_id, "consumption")))
        return [shape.consumption() for shape in map(sound, _many(given))]

    async def activities(self, native_id: str, question: ActivityQuestion) -> Part[Activity]:
        """One call per log."""
        return await merge_parts(
            self._log.load((native_id, source, _span(question))) for source in _LOGS if source in question.sources
        )

    async def activity(self, native_id: str, activity_id: str) -> Activity | None:
        """Looked up in its log: the API has no call for one entry."""
        for source, (name, _) in _LOGS.items():
            if activity_id.startswith(f"{name}."):
                entries = await self._log.load((native_id, source, ()))
                return next((entry for entry in entries.items if entry.native_id == activity_id), None)
        return None

    @cached_property
    def _log(self) -> Loader[tuple[str, ActivitySource, _Query], Part[Activity]]:
        return Loader.each(self._read_log)

    async def _read_log(self, key: tuple[str, ActivitySource, _Query]) -> Part[Activity]:
        native_id, source, span = key
        name, shape = _LOGS[source]
        entries = _many(shape.read(await self.get(name, ("orgs", native_id, name), span)))
        seen: Counter[str] = Counter()
        link = self.link(native_id)

        def activity(entry: AccessShape | AuditShape) -> Activity:
            content = blake2b(msgspec.json.encode(entry, enc_hook=str), digest_size=9).hexdigest()
            seen[content] += 1
            return entry.activity(link, f"{name}.{content}.{seen[content]}")

        return part(entries, activity)


def _customizations(values: dict[str, Any]) -> Customizations:
    return Customizations(
        upstream=Upstream.LOCKTERA,
        values=free(values),
        theme=_word(values, "theme"),
        logo_url=url(_word(values, "logo_url"), Upstream.LOCKTERA),
        branding_color=_word(values, "branding_color"),
    )


def merge_patch(before: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7396: null removes a member, an object is merged into one, anything else replaces."""
    merged = dict(before)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            old = merged.get(name)
            merged[name] = merge_patch(old if isinstance(old, dict) else {}, value)
        else:
            merged[name] = value
    return merged


def _many(given: object) -> Iterable[Any]:
    return given if isinstance(given, list) else [given]


def _word(values: dict[str, Any], name: str) -> str | None:
    """A known member of the free-form object; a failure in its place where it is no text."""
    value = values.get(name)
    if value is None or isinstance(value, str | Failure):
        return cast("str | None", value)
    words = f"Locktera sent a value that does not fit its API (`{name}`)."
    return cast("str", UpstreamInvalidResponse(words, upstream=Upstream.LOCKTERA))


def _span(question: ActivityQuestion) -> _Query:
    """Assumed: the logs take the documented filter `start` and `end`. What they give is filtered again."""
    moments = (("start", question.since), ("end", question.until))
    return tuple((name, write_instant(moment)) for name, moment in moments if moment)
