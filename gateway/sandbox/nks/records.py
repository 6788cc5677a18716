"""NKS's organizations and memberships in the store, and who may call for them."""

from typing import Any

from starlette.exceptions import HTTPException

from gateway.sandbox.clock import Clock
from gateway.sandbox.nks.calls import Call
from gateway.sandbox.store import Store

Record = dict[str, Any]


class Records:
    """Organizations, accounts and what binds them.

    Kinds: nks.org, nks.user, nks.subscription (by user), nks.invoice (under its user), nks.token, nks.logo; under an
    organization's pk nks.member, nks.invite, nks.team, nks.workspace.
    """

    def __init__(self, store: Store, clock: Clock, switches: dict[str, bool]) -> None:
        self.store = store
        self.clock = clock
        self.switches = switches

    def org(self, call: Call) -> Record:
        """The organization of the path, for its owners.

        Raises:
            HTTPException: 404 for those who do not belong to it, 403 for members who do not own it.
        """
        record = self.store.get("nks.org", call.pk())
        membership = record and self.membership(call.user, call.pk())
        if not record or not membership:
            raise HTTPException(404)
        if membership["role"] != "owner":
            raise HTTPException(403)
        return record

    def owned(self, user: int) -> list[Record]:
        """The organizations that a user may call for, newest first."""
        orgs = sorted(self.store.all("nks.org"), key=lambda org: -int(org["pk"]))
        return [org for org in orgs if (self.membership(user, str(org["pk"])) or {}).get("role") == "owner"]

    def membership(self, user: int, org: str) -> Record | None:
        """A user's membership in an organization."""
        return next((m for m in self.store.all("nks.member", org) if m["user"]["pk"] == user), None)

    def child(self, call: Call, kind: str, name: str) -> Record:
        """Something under the organization of the path.

        Raises:
            HTTPException: 404, it is not there.
        """
        self.org(call)
        record = self.store.get(kind, call.pk(name), call.pk())
        if record is None:
            raise HTTPException(404)
        return record

    def user(self, pk: int) -> Record:
        """An account, as it stands inside memberships.

        Raises:
            HTTPException: 404, there is none.
        """
        record = self.store.get("nks.user", str(pk))
        if record is None:
            raise HTTPException(404)
        return record

    def subscription(self, user: int) -> Record | None:
        """The short form of a user's subscription."""
        record = self.store.get("nks.subscription", str(user))
        return record and {name: record[name] for name in SHORT}


SHORT = (
    "pk", "internal_id", "user", "state", "access_plan", "support_plan", "is_metered", "is_active", "is_exempt",
    "account_balance",
)  # fmt: skip
