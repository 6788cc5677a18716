"""The caller's own account: profile, subscription, invoices."""

from starlette.exceptions import HTTPException

from gateway.sandbox.nks.calls import Call
from gateway.sandbox.nks.errors import FieldsError
from gateway.sandbox.nks.fields import email_problem, mapping, text
from gateway.sandbox.nks.records import Record, Records

_EDITABLE = ("first_name", "last_name", "email")


class Account:
    """/rest-auth/user/ is an object, /userprofile an array with the same object."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def user(self, call: Call) -> Record:
        """The profile."""
        return self._profile(call.user)

    def profiles(self, call: Call) -> list[Record]:
        """The profile, in an array."""
        return [self._profile(call.user)]

    def edit(self, call: Call) -> Record:
        """Change names or address of one's own account; memberships and teams show it too."""
        user = self._records.user(call.user)
        if call.path["username"] != user["username"]:
            raise HTTPException(404)
        for name, given in mapping(call.body).items():
            if name not in _EDITABLE:
                continue
            value, wrong = ("", None) if given == "" and name != "email" else text(given, 254)
            if wrong is None and name == "email":
                wrong = email_problem(value)
            if wrong:
                raise FieldsError({name: [wrong]})
            user[name] = value
        user["full_name"] = f"{user['first_name']} {user['last_name']}".strip()
        self._records.store.put("nks.user", str(call.user), user)
        self._show_everywhere(user)
        return self._profile(call.user)

    def subscription(self, call: Call) -> Record:
        """The subscription in full, with the organizations that it covers."""
        record = self._records.store.get("nks.subscription", str(call.user))
        if record is None:
            raise HTTPException(404)
        covered = [self._records.store.get("nks.org", str(pk)) for pk in record["covered_orgs"]]
        return {**record, "covered_orgs": [org for org in covered if org]}

    def invoices(self, call: Call) -> list[Record]:
        """All invoices of the account, newest first."""
        invoices = self._records.store.all("nks.invoice", str(call.user))
        return sorted(invoices, key=lambda invoice: -int(invoice["pk"]))

    def invoice(self, call: Call) -> list[Record]:
        """One invoice, in an array as the vendor has it."""
        invoice = self._records.store.get("nks.invoice", call.pk(), str(call.user))
        if invoice is None:
            raise HTTPException(404)
        return [invoice]

    def _profile(self, pk: int) -> Record:
        user = self._records.user(pk)
        orgs = self._records.store.all("nks.org")
        memberships = [
            {**member, "user": pk, "org": org}
            for org in orgs
            if (member := self._records.membership(pk, str(org["pk"])))
        ]
        return {
            **{name: value for name, value in user.items() if name != "date_joined"},
            "org_memberships": memberships,
            "keysets": [],
            "date_joined": user["date_joined"],
            "subscription": self._records.subscription(pk),
            "is_oem_manager": None,
            "lifetime_cluster_count": 6,
        }

    def _show_everywhere(self, user: Record) -> None:
        store = self._records.store
        for org in store.all("nks.org"):
            key = str(org["pk"])
            if member := self._records.membership(user["pk"], key):
                store.put("nks.member", str(member["pk"]), {**member, "user": user}, key)
            for team in store.all("nks.team", key):
                shown = [{**m, "user": user} if m["user"]["pk"] == user["pk"] else m for m in team["memberships"]]
                store.put("nks.team", str(team["pk"]), {**team, "memberships": shown}, key)
