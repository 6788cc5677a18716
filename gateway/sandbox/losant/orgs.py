"""Organizations: list, create, read, patch, delete."""

from datetime import timedelta
from fnmatch import translate
from re import IGNORECASE
from re import compile as compile_pattern

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from gateway.sandbox.chance import hexadecimal
from gateway.sandbox.clock import milliseconds
from gateway.sandbox.losant.audit import Audit
from gateway.sandbox.losant.bodies import ORG_PATCH, closed
from gateway.sandbox.losant.calls import Call
from gateway.sandbox.losant.pages import page_of, sort_of
from gateway.sandbox.losant.records import Record, Records
from gateway.sandbox.losant.windows import midnight

_COUNTS = (
    "apiTokenCount", "certificateCount", "certificateAuthorityCount", "credentialCount", "dataTableCount",
    "deviceRecipeCount", "eventCount", "experienceDomainCount", "experienceEndpointCount", "experienceGroupCount",
    "experienceSlugCount", "experienceUserCount", "experienceVersionCount", "experienceViewCount", "fileCount",
    "flowCount", "integrationCount", "keyCount", "notebookCount", "privateFileCount", "resourceJobCount",
    "webhookCount",
)  # fmt: skip

LIMITS = {
    "member": 25,
    "device": 500,
    "application": 20,
    "dashboard": 50,
    "payload": 5_000_000,
    "dataTTL": 15_552_000,
    "notebookMinutesPerRun": 30,
    "notebookMinutesPerMonth": 600,
    "notebookInParallel": 1,
    "systemInterval": 60,
}


class Orgs:
    """/orgs and /orgs/{orgId}."""

    def __init__(self, records: Records, audit: Audit) -> None:
        self._records = records
        self._audit = audit

    def page(self, call: Call) -> Record:
        """A page of organizations, by name unless asked otherwise; `filter` is a glob over the name."""
        records = self._records.store.all("losant.org")
        told = {name: call.query[name] for name in ("filterField", "filter") if name in call.query}
        if told.get("filterField", "name") != "name":
            raise HTTPException(400, "Invalid query: filterField must be name")
        if "filter" in told:
            pattern = compile_pattern(translate(_literal(told["filter"])), IGNORECASE)
            records = [record for record in records if pattern.match(record["name"])]
        field, direction = sort_of(call.query, ("name", "id", "creationDate", "lastUpdated"), "asc")
        records.sort(key=lambda record: record[field], reverse=direction == "desc")
        shown, counts = page_of(call.query, records)
        items = [self._records.answer(record, call.query) for record in shown]
        answer = {"items": items, **counts, **told, "sortField": field, "sortDirection": direction, "_type": "orgs"}
        return answer if call.query.get("_links") == "false" else {**answer, "_links": {"self": {"href": "/orgs"}}}

    def create(self, call: Call) -> Response:
        """Create an organization; the caller becomes its administrator."""
        body = closed(call.body, ORG_PATCH, "organization", required=("name",))
        store = self._records.store
        now = self._records.clock.now()
        org = hexadecimal(24, "losant.org created", store.next_number("losant.org"), milliseconds(now))
        user = store.get("losant.user", call.user) or {}
        start = midnight(now).replace(day=1)
        record = {
            "id": org,
            "orgId": org,
            "creationDate": milliseconds(now),
            "lastUpdated": milliseconds(now),
            "description": "",
            "limits": LIMITS,
            "planId": "developer",
            "billingEmail": user["email"],
            "subscriptionStatus": "active",
            "currentPeriodStart": milliseconds(start),
            "currentPeriodEnd": milliseconds((start + timedelta(days=31)).replace(day=1)),
            "isEnterprise": False,
            "iconColor": "#2f6db5",
            "whitelistedEmailDomains": [],
            "disabledAt": False,
            "isReadOnly": False,
            "mfaMode": "notRequired",
            **{name: value for name, value in body.items() if name != "cardToken"},
        }
        store.put("losant.org", org, record)
        store.put("losant.counts", org, dict.fromkeys(_COUNTS, 0))
        store.put("losant.member", call.user, {**membership(user), "role": "admin"}, org)
        return JSONResponse(self._records.answer(record, call.query), 201)

    def get(self, call: Call) -> Record:
        """One organization."""
        return self._records.answer(self._records.org(call.org), call.query)

    def patch(self, call: Call) -> Record:
        """Change an organization; an empty object is legal."""
        record = self._records.org(call.org)
        body = closed(call.body, ORG_PATCH, "organization patch")
        record.update({name: value for name, value in body.items() if name != "cardToken"})
        self._records.touch(record)
        shown = {name: value for name, value in body.items() if name != "cardToken"}
        self._audit.write(call, "patch", (call.org, "Organization", record["name"]), shown)
        return self._records.answer(record, call.query)

    def delete(self, call: Call) -> Record:
        """Delete an organization with its applications, dashboards and invitations; the members' accounts stay."""
        self._records.org(call.org)
        store = self._records.store
        for invite in store.all("losant.invite", call.org):
            store.delete("losant.inviteToken", invite["token"])
        for kind in ("member", "invite", "application", "dashboard", "auditLog"):
            store.delete_all(f"losant.{kind}", call.org)
        for kind in ("counts", "traffic", "org"):
            store.delete(f"losant.{kind}", call.org)
        return {"success": True}


def membership(user: Record) -> Record:
    """A user as a member without overrides; the role is still to be set."""
    names = ("userId", "firstName", "lastName", "email", "avatarUrl")
    known: Record = {name: user[name] for name in names if name in user}
    flags = {"twoFactorAuthEnabled": bool(user.get("twoFactorAuthEnabled")), "ssoLinked": False}
    return {**known, "role": "none", "applicationRoles": [], "dashboardRoles": [], **flags}


def _literal(glob: str) -> str:
    return glob.replace("[", "[[]").replace("?", "[?]")  # `*` is all the globbing there is
