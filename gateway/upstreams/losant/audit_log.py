"""Losant's audit log, which it keeps for enterprise organizations, for a year."""

from typing import Any, Final

import msgspec

from gateway.settings.native_ids import losant_id
from gateway.upstreams.loading import loaded
from gateway.upstreams.losant.asking import PER_PAGE, LosantCalls, milliseconds
from gateway.upstreams.reading import Instant, Shape, free, part
from resolvers.activities import Activity, ActivityQuestion, ActivitySource, Actor, ActorKind, ReadsActivities
from resolvers.identity import Link, Upstream
from resolvers.merging import Part

MOST_PAGES = 10
"""At most the newest 1 000 entries of a window are read."""

ACTOR_KINDS: Final = {
    "User": ActorKind.USER,
    "ApiToken": ActorKind.API,
    "Device": ActorKind.DEVICE,
    "Application": ActorKind.APPLICATION,
    "Flow": ActorKind.WORKFLOW,
}


class AuditLogShape(msgspec.Struct, rename="camel", gc=False):
    """An entry of the audit log."""

    id: str
    creation_date: Instant
    request_resource: str = ""
    request_action: str = ""
    response_status: int | None = None
    actor_type: str | None = None
    actor_id: str | None = None
    actor_name: str | None = None
    primary_target_id: str | None = None
    primary_target_type: str | None = None
    primary_target_name: str | None = None
    secondary_target_id: str | None = None
    secondary_target_type: str | None = None
    secondary_target_name: str | None = None
    request_query_params: dict[str, Any] | None = None
    request_path_params: dict[str, Any] | None = None
    request_body: dict[str, Any] | None = None
    response_body: dict[str, Any] | None = None

    def activity(self, link: Link) -> Activity:
        """In the graph's words."""
        status = self.response_status
        details = {word: value for name, word in _AUDIT_DETAILS.items() if (value := getattr(self, name)) is not None}
        return Activity(
            link=link,
            native_id=self.id,
            upstream=Upstream.LOSANT,
            source=ActivitySource.AUDIT_LOG,
            occurred_at=self.creation_date,
            action=f"{self.request_resource}.{self.request_action}",
            outcome=str(status) if isinstance(status, int) else status,
            actor=Actor(
                kind=ACTOR_KINDS.get(self.actor_type or "", ActorKind.UNKNOWN),
                id=self.actor_id,
                name=self.actor_name,
                ip_address=None,
                user_agent=None,
            ),
            service_id=None,
            target=self.primary_target_name or self.primary_target_id,
            details=free(details),
        )


_AUDIT_DETAILS = {
    member.name: member.encode_name
    for member in msgspec.structs.fields(AuditLogShape)
    if member.name.startswith(
        ("primary_", "secondary_", "request_query", "request_path", "request_body", "response_body")
    )
}


class AuditLogPage(msgspec.Struct, rename="camel", gc=False):
    """A page of the audit log."""

    items: list[AuditLogShape]
    total_count: int


_AUDIT_LOGS = Shape(Upstream.LOSANT, AuditLogPage)
_AUDIT_LOG = Shape(Upstream.LOSANT, AuditLogShape)


class LosantAuditLog(LosantCalls, ReadsActivities):
    """The audit log, read only when it is asked for by name."""

    logs = frozenset({ActivitySource.AUDIT_LOG})
    asked_logs = logs

    @loaded
    async def activities(self, native_id: str, question: ActivityQuestion) -> Part[Activity]:
        """The audit log, the newest first, page by page until there is enough."""
        until = min(filter(None, (question.until, question.resume)), default=None)
        found: Part[Activity] = Part([], counted=question.resume is None)
        for number in range(MOST_PAGES):
            query = [("sortField", "creationDate"), ("sortDirection", "desc")]
            query += [("page", str(number)), ("perPage", str(PER_PAGE))]
            query += [("start", milliseconds(question.since))] if question.since else []
            query += [("end", milliseconds(until))] if until else []
            parts = ("orgs", native_id, "audit-logs")
            page = await self.get(_AUDIT_LOGS, "auditLogs.get", parts, tuple(query), native_id=native_id)
            more = part(page.items, lambda shape: shape.activity(self.link(native_id)))
            found.items += more.items
            found.failures += more.failures
            found.truncated = (number + 1) * PER_PAGE < page.total_count and bool(page.items)
            if not found.truncated or (question.enough is not None and len(found.items) >= question.enough):
                break
        found.counted &= not found.truncated
        return found

    async def activity(self, native_id: str, activity_id: str) -> Activity | None:
        """One entry of the audit log."""
        try:
            log_id = losant_id(activity_id)
        except ValueError:
            return None
        return await self._audit_log(native_id, log_id)

    @loaded
    async def _audit_log(self, native_id: str, log_id: str) -> Activity:
        parts = ("orgs", native_id, "audit-logs", log_id)
        shape = await self.get(_AUDIT_LOG, "auditLog.get", parts, native_id=native_id)
        return shape.activity(self.link(native_id))
