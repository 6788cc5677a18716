"""Invitations, pending and expired; accepting one is a matter of the console."""

import re
from datetime import timedelta
from typing import Final
from uuid import uuid4

from gateway.sandbox.clickhouse.activities import note
from gateway.sandbox.clickhouse.answers import NOTHING, Nothing, bad_request, not_found
from gateway.sandbox.clickhouse.calls import Call
from gateway.sandbox.clickhouse.checks import body_of, text_in, uuid_of
from gateway.sandbox.clickhouse.members import legacy_role_in
from gateway.sandbox.clickhouse.records import INVITATION, Record
from gateway.sandbox.clickhouse.roles import role_ids_in, with_roles
from gateway.sandbox.clock import seconds

LIFETIME: Final = timedelta(days=7)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def listed(call: Call) -> list[Record]:
    """GET {organization}/invitations."""
    return [_shown(invitation, call) for invitation in call.store.all(INVITATION, parent=call.organization_id)]


def got(call: Call) -> Record:
    """GET {organization}/invitations/{invitationId}."""
    return _shown(_invitation(call), call)


def created(call: Call) -> Record:
    """POST {organization}/invitations with ``{email, assignedRoleIds?, role?}``; the address is kept in lower case."""
    body = body_of(call.raw)
    email = text_in(body, "email")
    if email is None or not _EMAIL.fullmatch(email):
        raise bad_request("email must be an e-mail address")
    role, role_ids = legacy_role_in(body, call), role_ids_in(body, call)
    moment = call.clock.now()
    invitation: Record = {
        "role": role or "developer",
        "id": str(uuid4()),
        "email": email.lower(),
        "createdAt": seconds(moment),
        "expireAt": seconds(moment + LIFETIME),
        "_roleIds": role_ids or [],
    }
    call.store.put(INVITATION, invitation["id"], invitation, parent=call.organization_id)
    note(call, "organization_invite_create")
    return _shown(invitation, call)


def deleted(call: Call) -> Nothing:
    """DELETE {organization}/invitations/{invitationId}."""
    invitation = _invitation(call)
    call.store.delete(INVITATION, invitation["id"], parent=call.organization_id)
    note(call, "organization_invite_delete")
    return NOTHING


def _invitation(call: Call) -> Record:
    sought = uuid_of("invitation", call.request.path_params["invitationId"])
    invitation = call.store.get(INVITATION, sought, parent=call.organization_id)
    if invitation is None:
        raise not_found(sought)
    return invitation


def _shown(invitation: Record, call: Call) -> Record:
    return with_roles(invitation, call.organization_id, call.store)
