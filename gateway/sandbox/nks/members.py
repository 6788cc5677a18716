"""Members and invitations of an organization. There is no call that changes a role."""

import base64
from datetime import timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from gateway.sandbox.chance import hexadecimal
from gateway.sandbox.clock import microseconds, parse
from gateway.sandbox.nks.calls import Call
from gateway.sandbox.nks.errors import FieldsError
from gateway.sandbox.nks.fields import REQUIRED, email_problem, text
from gateway.sandbox.nks.records import Record, Records

ROLES = ("owner", "admin", "member")


class Members:
    """/orgs/{pk}/members; the id in the path is the membership's, not the user's."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def all(self, call: Call) -> list[Record]:
        """All members."""
        self._records.org(call)
        return self._records.store.all("nks.member", call.pk())

    def get(self, call: Call) -> Record:
        """One member."""
        return self._records.child(call, "nks.member", "member")

    def remove(self, call: Call) -> Response:
        """Remove a member from the organization and its teams; the account stays."""
        member = self._records.child(call, "nks.member", "member")
        store = self._records.store
        store.delete("nks.member", call.pk("member"), call.pk())
        for team in store.all("nks.team", call.pk()):
            kept = [m for m in team["memberships"] if m["user"]["pk"] != member["user"]["pk"]]
            store.put("nks.team", str(team["pk"]), {**team, "memberships": kept}, call.pk())
        return Response(status_code=204)


class Invites:
    """/orgs/{pk}/invites; bodies and answers are arrays. That they can be listed is assumed."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def all(self, call: Call) -> list[Record]:
        """All invitations."""
        self._records.org(call)
        now = self._records.clock.now()
        invites = self._records.store.all("nks.invite", call.pk())
        return [{**invite, "is_expired": now >= parse(invite["expires"])} for invite in invites]

    def create(self, call: Call) -> Response:
        """Invite one or more; answers with the new ones."""
        org = self._records.org(call)
        if not isinstance(call.body, list):
            kind = type(call.body).__name__
            raise FieldsError({"non_field_errors": [f'Expected a list of items but got type "{kind}".']})
        problems = [_problems(item) for item in call.body]
        if any(problems):
            raise FieldsError(problems)
        return JSONResponse([self._invite(int(org["pk"]), item) for item in call.body], 201)

    def _invite(self, org: int, item: dict[str, Any]) -> Record:
        now = self._records.clock.now()
        pk = self._records.store.next_number("nks.invite")
        secret = base64.b64encode(hexadecimal(16, "nks.invite", pk).encode()).decode()
        invite = {
            "pk": pk,
            "name": str(item["name"]).strip(),
            "email": item["email"],
            "org": org,
            "role": item.get("role", "member"),
            "teams": item.get("teams", []),
            "user": None,
            "state": "pending",
            "invite_url": f"/organization/{org}/accept-invite/{secret}",
            "expires": microseconds(now + timedelta(days=7)),
            "is_expired": False,
            "is_accepted": False,
            "created": microseconds(now),
            "updated": microseconds(now + timedelta(microseconds=27)),
        }
        self._records.store.put("nks.invite", str(pk), invite, str(org))
        return invite


def _problems(item: object) -> dict[str, list[str]]:
    if not isinstance(item, dict):
        return {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {type(item).__name__}."]}
    problems: dict[str, list[str]] = {}
    for name in ("name", "email"):
        if name not in item:
            problems[name] = [REQUIRED]
            continue
        value, wrong = text(item[name])
        if wrong is None and name == "email":
            wrong = email_problem(value)
        if wrong:
            problems[name] = [wrong]
    if item.get("role", "member") not in ROLES:
        problems["role"] = [f'"{item["role"]}" is not a valid choice.']
    teams = item.get("teams", [])
    if not isinstance(teams, list) or not all(type(team) is int for team in teams):
        problems["teams"] = ["Expected a list of primary keys."]
    return problems
