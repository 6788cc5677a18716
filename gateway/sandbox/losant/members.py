"""Members: `/orgs/{orgId}/member`, singular; the user is named in the body, or in the query of a DELETE."""

from starlette.exceptions import HTTPException

from gateway.sandbox.losant.audit import Audit
from gateway.sandbox.losant.bodies import MEMBER_PATCH, closed, identifier
from gateway.sandbox.losant.calls import Call
from gateway.sandbox.losant.records import Record, Records


class Members:
    """Modify and remove; both answer with the whole organization."""

    def __init__(self, records: Records, audit: Audit) -> None:
        self._records = records
        self._audit = audit

    def modify(self, call: Call) -> Record:
        """Change a member's role, or replace its overrides."""
        record = self._records.org(call.org)
        body = closed(call.body, MEMBER_PATCH, "member patch", required=("userId",))
        member = self._member(call.org, body["userId"].lower())
        if body.get("role", "admin") != "admin":
            self._keep_an_administrator(call.org, member)
        member.update({name: value for name, value in body.items() if name != "userId"})
        self._records.store.put("losant.member", member["userId"], member, call.org)
        self._records.touch(record)
        self._audit.write(call, "modifyMember", (member["userId"], "User", member["email"]), body)
        return self._records.answer(record, call.query)

    def remove(self, call: Call) -> Record:
        """Remove a member; the account itself stays."""
        record = self._records.org(call.org)
        user = call.query.get("userId", "")
        if wrong := identifier(user):
            raise HTTPException(400, f"Invalid query: userId {wrong}")
        member = self._member(call.org, user.lower())
        self._keep_an_administrator(call.org, member)
        self._records.store.delete("losant.member", member["userId"], call.org)
        self._records.touch(record)
        self._audit.write(call, "removeMember", (member["userId"], "User", member["email"]))
        return self._records.answer(record, call.query)

    def _member(self, org: str, user: str) -> Record:
        member = self._records.store.get("losant.member", user, org)
        if member is None:
            raise HTTPException(404, "Member was not found")
        return member

    def _keep_an_administrator(self, org: str, leaving: Record) -> None:
        administrators = [m for m in self._records.store.all("losant.member", org) if m["role"] == "admin"]
        if leaving["role"] == "admin" and len(administrators) == 1:
            raise HTTPException(400, "An organization must have at least one administrator")
