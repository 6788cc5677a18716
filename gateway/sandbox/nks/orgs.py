"""Organizations: list, create, read, patch. There is no delete."""

from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from gateway.sandbox.clock import microseconds
from gateway.sandbox.nks.calls import Call
from gateway.sandbox.nks.errors import FieldsError
from gateway.sandbox.nks.fields import mapping, required_text, text
from gateway.sandbox.nks.logos import Logos
from gateway.sandbox.nks.records import Record, Records
from gateway.sandbox.nks.slugs import slug_of
from gateway.sandbox.nks.teams import new_team, new_workspace

_OWN = 2


class Orgs:
    """/orgs and /orgs/{pk}.

    The switch `own_limit` refuses a third organization of one's own; what the vendor does is not known.
    """

    def __init__(self, records: Records, logos: Logos) -> None:
        self._records = records
        self._logos = logos

    def all(self, call: Call) -> list[Record]:
        """The caller's organizations, newest first."""
        return self._records.owned(call.user)

    def create(self, call: Call) -> Response:
        """Create an organization; answers with all of the caller's, the new one first. Only the name is read."""
        name = required_text(mapping(call.body), "name")
        if self._records.switches["own_limit"] and len(self._records.owned(call.user)) >= _OWN:
            raise HTTPException(400, "You may own two organizations.")
        store = self._records.store
        now = self._records.clock.now()
        pk = store.next_number("nks.org")
        org = {
            "pk": pk,
            "name": name,
            "slug": self._slug(name),
            "logo": None,
            "enable_experimental_features": False,
            "created": microseconds(now),
            "updated": microseconds(now + timedelta(microseconds=26)),
        }
        user = self._records.user(call.user)
        member = {
            "pk": store.next_number("nks.member"),
            "user": user,
            "org": pk,
            "role": "owner",
            "is_owner": True,
            "is_manager": True,
            "is_billing_manager": False,
            "subscription": self._records.subscription(call.user),
            "is_default": False,
            "created": microseconds(now + timedelta(microseconds=37_223)),
        }
        store.put("nks.org", str(pk), org)
        store.put("nks.member", str(member["pk"]), member, str(pk))
        new_team(self._records, str(pk), "Everyone", org_wide=True, users=[user])
        new_workspace(self._records, str(pk), "Default", default=True)
        return JSONResponse(self._records.owned(call.user), 201)

    def get(self, call: Call) -> Record:
        """One organization."""
        return self._records.org(call)

    def patch(self, call: Call) -> Record:
        """Change the name (the slug follows) or the logo, in JSON or a form; both are optional."""
        org = self._records.org(call)
        body = mapping(call.body)
        if "name" in body:
            name, wrong = text(body["name"])
            if wrong:
                raise FieldsError({"name": [wrong]})
            if name != org["name"]:
                org |= {"name": name, "slug": self._slug(name, besides=org["slug"])}
        if "logo" in body:
            org["logo"] = None if body["logo"] is None else self._logos.keep(call, body["logo"])
        org["updated"] = microseconds(self._records.clock.now())
        self._records.store.put("nks.org", call.pk(), org)
        return org

    def _slug(self, name: str, besides: str = "") -> str:
        return slug_of(name, {org["slug"] for org in self._records.store.all("nks.org")} - {besides})
