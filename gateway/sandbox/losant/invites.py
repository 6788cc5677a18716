"""Invitations: they live seven days, stay listed when they have expired, and count to the member limit until then."""

from datetime import timedelta

from starlette.exceptions import HTTPException

from gateway.sandbox.chance import hexadecimal
from gateway.sandbox.clock import milliseconds
from gateway.sandbox.losant.audit import Audit
from gateway.sandbox.losant.bodies import INVITE_ANSWER, INVITE_POST, closed, identifier
from gateway.sandbox.losant.calls import Call
from gateway.sandbox.losant.orgs import membership
from gateway.sandbox.losant.records import Record, Records

TTL = timedelta(days=7) // timedelta(milliseconds=1)


class Invites:
    """/orgs/{orgId}/invites for administrators, /invites for those who are invited."""

    def __init__(self, records: Records, audit: Audit) -> None:
        self._records = records
        self._audit = audit

    def pending(self, call: Call) -> list[Record]:
        """All invitations of the organization, in a bare array."""
        self._records.org(call.org)
        return [_shown(invite) for invite in self._records.invites(call.org)]

    def create(self, call: Call) -> list[Record]:
        """Invite, or renew the invitation of the same address; answers with all of them."""
        record = self._records.org(call.org)
        body = closed(call.body, INVITE_POST, "invite", required=("email", "role"))
        store = self._records.store
        address = body["email"].lower()
        members = store.all("losant.member", call.org)
        if any(member["email"].lower() == address for member in members):
            raise HTTPException(400, f"{body['email']} is a member already")
        pending = self._records.invites(call.org)
        others = [i for i in pending if i["email"].lower() != address]
        limit = record.get("limits", {}).get("member")
        if limit is not None and len(members) + sum(not i["hasExpired"] for i in others) >= limit:
            raise HTTPException(400, f"The organization has reached its limit of {limit} members")
        now = milliseconds(self._records.clock.now())
        renewed = next((i for i in pending if i["email"].lower() == address), None)
        key = renewed["id"] if renewed else hexadecimal(24, "losant.invite", store.next_number("losant.invite"), now)
        token = renewed["token"] if renewed else hexadecimal(64, "losant.inviteToken", key, now)
        invite = {
            "id": key,
            "email": body["email"],
            "role": body["role"],
            "applicationRoles": body.get("applicationRoles", []),
            "dashboardRoles": body.get("dashboardRoles", []),
            "inviteDate": now,
            "ttl": TTL,
            "disallowTransfer": body.get("disallowTransfer", False),
            "token": token,
        }
        store.put("losant.invite", key, invite, call.org)
        store.put("losant.inviteToken", token, {"org": call.org, "invite": key})
        self._audit.write(call, "inviteMember", (key, "OrgInvite", body["email"]), body)
        return self.pending(call)

    def revoke(self, call: Call) -> list[Record]:
        """Take an invitation back; answers with those that remain."""
        self._records.org(call.org)
        key = call.query.get("inviteId", "")
        if wrong := identifier(key):
            raise HTTPException(400, f"Invalid query: inviteId {wrong}")
        invite = self._records.store.get("losant.invite", key.lower(), call.org)
        if invite is None:
            raise HTTPException(404, "Invitation was not found")
        self._forget(call.org, invite)
        self._audit.write(call, "revokeInvite", (invite["id"], "OrgInvite", invite["email"]))
        return self.pending(call)

    def look_at(self, call: Call) -> Record:
        """What an invitation says to the one who holds its token."""
        if "token" not in call.query or "email" not in call.query:
            raise HTTPException(400, "Invalid query: token and email are required")
        org, invite = self._held(call.query["token"], call.query["email"])
        shown = {name: invite[name] for name in ("email", "role", "inviteDate", "ttl", "disallowTransfer")}
        return {"orgName": self._records.org(org)["name"], **shown}

    def answer(self, call: Call) -> Record:
        """Accept or decline; either way the invitation is gone."""
        body = closed(call.body, INVITE_ANSWER, "invite answer", required=("email", "token", "accept"))
        org, invite = self._held(body["token"], body["email"])
        store = self._records.store
        self._forget(org, invite)
        if body["accept"]:
            first, _, last = invite["email"].partition("@")[0].partition(".")
            key = hexadecimal(24, "losant.user", invite["email"].lower())
            user = store.get("losant.user", key) or {
                "userId": key,
                "firstName": first.capitalize(),
                "lastName": last.capitalize(),
                "email": invite["email"],
            }
            store.put("losant.user", key, user)
            roles = {name: invite[name] for name in ("role", "applicationRoles", "dashboardRoles")}
            store.put("losant.member", key, {**membership(user), **roles}, org)
            self._records.touch(self._records.org(org))
        return {"accepted": body["accept"], "orgId": org}

    def _held(self, token: str, email: str) -> tuple[str, Record]:
        place = self._records.store.get("losant.inviteToken", token)
        invites = self._records.invites(place["org"]) if place else []
        for invite in invites:
            if place and invite["id"] == place["invite"] and invite["email"].lower() == email.lower():
                if invite["hasExpired"]:
                    raise HTTPException(410, "Invitation has expired")
                return place["org"], invite
        raise HTTPException(404, "Invitation was not found")

    def _forget(self, org: str, invite: Record) -> None:
        self._records.store.delete("losant.invite", invite["id"], org)
        self._records.store.delete("losant.inviteToken", invite["token"])


def _shown(invite: Record) -> Record:
    return {name: value for name, value in invite.items() if name != "token"}
