"""Teams and workspaces of an organization."""

from typing import Any

from starlette.responses import JSONResponse, Response

from gateway.sandbox.clock import microseconds
from gateway.sandbox.nks.calls import Call
from gateway.sandbox.nks.errors import FieldsError
from gateway.sandbox.nks.fields import mapping, required_text
from gateway.sandbox.nks.records import Record, Records
from gateway.sandbox.nks.slugs import slug_of


class Teams:
    """/orgs/{pk}/teams."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def all(self, call: Call) -> list[Record]:
        """All teams."""
        self._records.org(call)
        return self._records.store.all("nks.team", call.pk())

    def create(self, call: Call) -> Response:
        """Create a team without members."""
        self._records.org(call)
        name = required_text(mapping(call.body), "name")
        return JSONResponse(new_team(self._records, call.pk(), name, org_wide=False, users=[]), 201)

    def get(self, call: Call) -> Record:
        """One team."""
        return self._records.child(call, "nks.team", "team")

    def patch(self, call: Call) -> Record:
        """Change the name, or replace the list of members: `memberships: [{"user": pk}]`."""
        team = self._records.child(call, "nks.team", "team")
        body = mapping(call.body)
        if "name" in body:
            team["name"] = required_text(body, "name")
        if "memberships" in body:
            users = [self._member(call, item) for item in _items(body["memberships"])]
            kept = {m["user"]["pk"]: m for m in team["memberships"]}
            team["memberships"] = [kept.get(u["pk"]) or _team_member(self._records, team["pk"], u) for u in users]
        self._records.store.put("nks.team", call.pk("team"), team, call.pk())
        return team

    def delete(self, call: Call) -> Response:
        """Delete a team."""
        self._records.child(call, "nks.team", "team")
        self._records.store.delete("nks.team", call.pk("team"), call.pk())
        return Response(status_code=204)

    def _member(self, call: Call, item: object) -> Record:
        pk = item.get("user") if isinstance(item, dict) else None
        member = self._records.membership(pk, call.pk()) if type(pk) is int else None
        if member is None:
            raise FieldsError({"memberships": [f'Invalid pk "{pk}" - object does not exist.']})
        user: Record = member["user"]
        return user


class Workspaces:
    """/orgs/{pk}/workspaces."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def all(self, call: Call) -> list[Record]:
        """All workspaces."""
        self._records.org(call)
        return self._records.store.all("nks.workspace", call.pk())

    def create(self, call: Call) -> Response:
        """Create a workspace."""
        self._records.org(call)
        name = required_text(mapping(call.body), "name")
        return JSONResponse(new_workspace(self._records, call.pk(), name, default=False), 201)

    def get(self, call: Call) -> Record:
        """One workspace."""
        return self._records.child(call, "nks.workspace", "workspace")

    def delete(self, call: Call) -> Response:
        """Delete a workspace."""
        self._records.child(call, "nks.workspace", "workspace")
        self._records.store.delete("nks.workspace", call.pk("workspace"), call.pk())
        return Response(status_code=204)


def new_team(records: Records, org: str, name: str, *, org_wide: bool, users: list[Record]) -> Record:
    """Put a team into the store."""
    pk = records.store.next_number("nks.team")
    team = {
        "pk": pk,
        "name": name,
        "slug": slug_of(name, {team["slug"] for team in records.store.all("nks.team", org)}),
        "org": int(org),
        "is_org_wide": org_wide,
        "created": microseconds(records.clock.now()),
        "memberships": [_team_member(records, pk, user) for user in users],
    }
    records.store.put("nks.team", str(pk), team, org)
    return team


def new_workspace(records: Records, org: str, name: str, *, default: bool) -> Record:
    """Put a workspace into the store."""
    pk = records.store.next_number("nks.workspace")
    workspace = {
        "pk": pk,
        "name": name,
        "slug": slug_of(name, {space["slug"] for space in records.store.all("nks.workspace", org)}),
        "org": int(org),
        "is_default": default,
        "created": microseconds(records.clock.now()),
        "clusters": [],
        "user_solutions": [],
        "team_workspaces": [],
    }
    records.store.put("nks.workspace", str(pk), workspace, org)
    return workspace


def _team_member(records: Records, team: int, user: Record) -> Record:
    pk = records.store.next_number("nks.teamMember")
    return {"pk": pk, "user": user, "team": team, "created": microseconds(records.clock.now())}


def _items(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise FieldsError({"memberships": [f'Expected a list of items but got type "{type(value).__name__}".']})
    return value
