"""The stand-in's answers: the sandbox's own, with as many members and activities as are wanted.

Organization number n, four digits, is `~~~~` here. 0 to 499 are linked, as `acme-~~~~`, over all four upstreams; 4000
to 8999 are Losant's alone. Those between are for the growth tables.
"""

import asyncio
import datetime as dt
import json
from dataclasses import dataclass

import httpx

from gateway.sandbox.serve import Sandbox
from gateway.sandbox.world.links import ACME_CLICKHOUSE, ACME_LOCKTERA, ACME_LOSANT, ACME_NKS, CREDENTIALS

LINKED = range(500)
ALONE = range(4000, 9000)
LOSANT = "5f3c1a7be4b0c91d2f6a~~~~"
NKS = "1~~~~"
LOCKTERA = "org-~~~~"
CLICKHOUSE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a~~~~"
INVITED = "new.member@bench.example"
FROM, TO = "2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"
MEMBERS, ACTIVITIES = 20, 80
SIZES = (10, 100, 1000)
OF_SIZE = 20
"""How many organizations of each size there are."""

_SINCE = dt.datetime(2026, 9, 30, tzinfo=dt.UTC)
_WINDOW = "start=1788220800000&end=1790812800000"


def of_members(size):
    """The organizations with so many members."""
    first = 2000 + OF_SIZE * SIZES.index(size)
    return range(first, first + OF_SIZE)


def of_activities(size):
    """Those with so many activities, each `busy-~~~~`."""
    first = 2500 + OF_SIZE * SIZES.index(size)
    return range(first, first + OF_SIZE)


@dataclass(frozen=True)
class Body:
    """One answer of many organizations."""

    method: str
    path: str
    value: object
    numbers: range

    def line(self):
        """As the stand-in reads it."""
        text = json.dumps(self.value, separators=(",", ":"))
        for own, other in ((ACME_LOSANT, LOSANT), (ACME_LOCKTERA, LOCKTERA), (ACME_CLICKHOUSE, CLICKHOUSE)):
            text = text.replace(own, other)
        text = text.replace(f'"{NKS}"', NKS)  # a number
        return json.dumps([self.method, self.path, text, self.numbers.start, self.numbers.stop])


def many(items, count, **changes):
    """So many items, the given ones over and over; of those that `changes` names, each has a value of its own."""
    return [
        {**items[each % len(items)], **{name: made(each) for name, made in changes.items()}} for each in range(count)
    ]


def moment(each):
    """Each 977 seconds before the one before it."""
    return (_SINCE - dt.timedelta(seconds=977 * each)).strftime("%Y-%m-%dT%H:%M:%SZ")


class World:
    """What the stand-in answers.

    Attributes:
        bodies: All.
    """

    def __init__(self):
        self._template = asyncio.run(_templates())
        self.bodies = [*self._losant(), *self._nks(), *self._locktera(), *self._clickhouse()]

    def value(self, path):
        """The answer to GET, with `~~~~` for the number."""
        return next(each.value for each in self.bodies if (each.method, each.path) == ("GET", path))

    def write(self, file):
        """The stand-in's file."""
        file.write_text("".join(f"{body.line()}\n" for body in self.bodies))

    def _losant(self):
        path = f"/orgs/{LOSANT}"
        organization = {**self._template["losant", ""], "name": "Organization ~~~~"}

        def with_members(count):
            members = many(
                organization["members"],
                count,
                userId=lambda each: f"5f3c1b02e4b0c91d~~~~{each:04d}",
                email=lambda each: f"member{each}@org~~~~.example",
            )
            return {**organization, "members": members}

        invites = self._template["losant", "/invites"]
        made = {**invites[0], "id": "64d0aa31e4b0c91d~~~~0000", "email": INVITED, "role": "edit", "hasExpired": False}
        for numbers in (LINKED, ALONE):
            yield Body("GET", path, with_members(MEMBERS), numbers)
            yield Body("GET", f"{path}/invites", invites, numbers)
            yield Body("POST", f"{path}/invites", [*invites, made], numbers)
            for report in ("/deviceCounts", "/payloadCounts"):
                yield Body("GET", path + report, self._template["losant", report], numbers)
        for size in SIZES:
            yield Body("GET", path, with_members(size), of_members(size))

    def _nks(self):
        organization = self._template["nks", ""]
        yield Body("GET", f"/orgs/{NKS}", {**organization, "pk": NKS, "slug": "organization-~~~~"}, LINKED)
        members = [{**each, "org": NKS} for each in self._template["nks", "/members"]]
        yield Body("GET", f"/orgs/{NKS}/members", members, LINKED)

    def _locktera(self):
        path = f"/v1/orgs/{LOCKTERA}"
        yield Body("GET", f"{path}/customizations", self._template["locktera", "/customizations"], LINKED)
        for log, every, place in (("/access_log", 4, 1), ("/children_audit", 8, 3)):
            entries = self._template["locktera", log]
            count = ACTIVITIES // every
            dated = many(entries, count, timestamp=lambda each, every=every, place=place: moment(each * every + place))
            yield Body("GET", path + log, dated, LINKED)

    def _clickhouse(self):
        path = f"/v1/organizations/{CLICKHOUSE}"
        for part in ("/members", "/invitations"):
            yield Body("GET", path + part, self._template["clickhouse", part], LINKED)
        log = self._template["clickhouse", "/activities"]
        for numbers, size in ((LINKED, ACTIVITIES * 5 // 8), *((of_activities(size), size) for size in SIZES)):
            entries = many(
                log["result"],
                size,
                id=lambda each: f"act_01J9ZK3Q7V5X2M~~~~{each:04d}",
                createdAt=lambda each: moment(each * 8 // 5),
            )
            yield Body("GET", f"{path}/activities", {**log, "result": entries}, numbers)


async def _templates():
    """The sandbox's answers about acme, by upstream and part."""
    key = CREDENTIALS.clickhouse[0]
    asked = {
        "losant": (f"/orgs/{ACME_LOSANT}", ("", "/invites", f"/deviceCounts?{_WINDOW}", f"/payloadCounts?{_WINDOW}")),
        "nks": (f"/orgs/{ACME_NKS}", ("", "/members")),
        "locktera": (f"/v1/orgs/{ACME_LOCKTERA}", ("/customizations", "/access_log", "/children_audit")),
        "clickhouse": (f"/v1/organizations/{ACME_CLICKHOUSE}", ("/members", "/invitations", "/activities")),
    }
    credentials = {
        "losant": {"Authorization": f"Bearer {CREDENTIALS.losant}", "Accept-Version": "^1.31.0"},
        "nks": {"Authorization": f"Bearer {CREDENTIALS.nks}"},
        "locktera": {"Authorization": f"Bearer {CREDENTIALS.locktera}"},
        "clickhouse": httpx.BasicAuth(key.key_id, key.key_secret),
    }
    sandbox, found = Sandbox(), {}
    for name, (path, parts) in asked.items():
        shown = credentials[name]
        named = {"headers": shown} if isinstance(shown, dict) else {"auth": shown}
        transport = httpx.ASGITransport(sandbox.applications[name])
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", **named) as client:
            for part in parts:
                response = await client.get(path + part)
                found[name, part.partition("?")[0]] = response.raise_for_status().json()
    sandbox.store.close()
    return found
