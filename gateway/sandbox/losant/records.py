"""Losant's organizations in the store, and how they are written in an answer."""

from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from gateway.sandbox.chance import hexadecimal
from gateway.sandbox.clock import Clock, milliseconds, parse
from gateway.sandbox.losant import figures
from gateway.sandbox.losant.windows import Window, midnight
from gateway.sandbox.store import Store

Record = dict[str, Any]


class Records:
    """Organizations with what hangs on them.

    Kinds: losant.org; under its id losant.member, losant.invite, losant.application, losant.dashboard, losant.auditLog;
    losant.counts and losant.traffic by the same id; losant.user, losant.token, losant.inviteToken by their own.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    def org(self, org: str) -> Record:
        """One organization, without members and summary.

        Raises:
            HTTPException: 404, there is none.
        """
        record = self.store.get("losant.org", org)
        if record is None:
            raise HTTPException(404, "Organization was not found")
        return record

    def touch(self, record: Record) -> None:
        """Write an organization that changed."""
        record["lastUpdated"] = milliseconds(self.clock.now())
        self.store.put("losant.org", record["id"], record)

    def answer(self, record: Record, query: QueryParams) -> Record:
        """An organization as Losant writes it."""
        org: str = record["id"]
        members = self.store.all("losant.member", org)
        body = {**record, "members": members, "summary": self._summary(record, len(members), query), "_type": "org"}
        body["_etag"] = f'"{len(members):x}-{hexadecimal(10, org, record["lastUpdated"])}"'
        if query.get("_links") != "false":
            body["_links"] = {"orgs": {"href": "/orgs"}, "self": {"href": f"/orgs/{org}"}}
        return body

    def invites(self, org: str) -> list[Record]:
        """The invitations of an organization, expired ones too, with their tokens."""
        now = self.clock.now()
        return [
            {**invite, "hasExpired": now >= parse(invite["inviteDate"]) + timedelta(milliseconds=invite["ttl"])}
            for invite in self.store.all("losant.invite", org)
        ]

    def traffic(self, org: str) -> Record:
        """What the figures of an organization are computed from."""
        return self.store.get("losant.traffic", org) or {
            "devices": 0,
            "notebookMinutes": 0,
            "payloads": {},
            "nonBillable": 0,
        }

    def born(self, record: Record) -> datetime:
        """The moment since which an organization can have used anything."""
        return parse(record["creationDate"])

    def _summary(self, record: Record, members: int, query: QueryParams) -> Record:
        org: str = record["id"]
        traffic = self.traffic(org)
        summary: Record = {
            **(self.store.get("losant.counts", org) or {}),
            "appCount": self.store.count("losant.application", org),
            "dashCount": self.store.count("losant.dashboard", org),
            "deviceCount": figures.devices_on(org, traffic, self.clock.now()),
            "memberCount": members,
            "pendingInviteCount": self.store.count("losant.invite", org),
        }
        included = set((query.get("summaryInclude") or "").split(","))
        if "payloadCount" in included:
            over = self._period(record)
            summary["payloadCount"] = figures.payloads(org, traffic, over, self.born(record), as_bytes=False)
        if "storageStats" in included:
            files = int(summary.get("fileCount", 0))
            summary["storageStats"] = {"count": files, "size": files * 349_525}
        if "notebookStats" in included:
            rows = [
                figures.notebook_row(org, traffic, day) for day, _, _ in self._period(record).days(self.born(record))
            ]
            runs = sum(row[end] for row in rows for end in ("completed", "canceled", "errored", "timeout"))
            minutes = sum(row["minutes"] for row in rows)
            summary["notebookStats"] = {"awaitingCompletion": 0, "minutesThisPeriod": minutes, "runsThisPeriod": runs}
        excluded = set((query.get("summaryExclude") or "").split(","))
        return {name: value for name, value in summary.items() if name not in excluded}

    def _period(self, record: Record) -> Window:
        now = self.clock.now()
        start = record.get("currentPeriodStart")
        return Window(parse(start) if start else midnight(now).replace(day=1), now, now)
