"""Sixty Losant organizations: Acme, Northwind, one of 1 200 people, one of oddities, one that is full, simple ones."""

from datetime import datetime, timedelta
from itertools import islice, product
from typing import Any

from gateway.sandbox.chance import between, hexadecimal, pick
from gateway.sandbox.clock import Clock, milliseconds
from gateway.sandbox.store import Store
from gateway.sandbox.world.links import ACME_LOSANT, CREDENTIALS, MEGACORP_LOSANT, NORTHWIND_LOSANT
from gateway.sandbox.world.losant_history import acme_logs, northwind_logs
from gateway.sandbox.world.losant_records import (
    COUNTS,
    LIMITS,
    counts_record,
    member,
    org_record,
    put_invite,
    put_org,
    put_resources,
    put_some_resources,
    traffic_record,
)
from gateway.sandbox.world.people import ACME, person

Record = dict[str, Any]

SOUTHGATE = "60aa41f2e4b0c91d2f6a9c02"
ODD = "60dd0dd0dd0dd0dd0dd0dd01"
FULL = "60f0110f0110f0110f0110f1"
READ_TOKEN = "LOSANT_READ_TOKEN"  # noqa: S105 - made up

_WORDS = ("Alpine", "Baltic", "Cedar", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Indigo", "Juniper", "Kestrel")
_SIMPLE = 54
_TRADES = ("Sensors", "Logistics", "Foods", "Robotics", "Energy")
_ROLES = ("edit", "collaborate", "view", "none")

_ALICE = {
    "userId": "5f3c1b02e4b0c91d2f6a8b10",
    "firstName": "Alice",
    "lastName": "Nguyen",
    "email": "alice.nguyen@northwind.example",
    "role": "admin",
    "applicationRoles": [],
    "dashboardRoles": [],
    "twoFactorAuthEnabled": True,
    "ssoLinked": False,
    "avatarUrl": "https://www.gravatar.com/avatar/0f1e2d3c4b5a69788796a5b4c3d2e1f0",
}


def build(store: Store, clock: Clock) -> None:
    """Put Losant's data into the store."""
    now = clock.now()
    _access(store)
    _acme(store, now)
    _northwind(store, now)
    _megacorp(store, now)
    _odd(store, now)
    _full(store, now)
    _simple(store, now)


def _access(store: Store) -> None:
    store.put("losant.token", CREDENTIALS.losant, {"userId": _ALICE["userId"], "scopes": ["all.User", "org.*"]})
    store.put("losant.token", READ_TOKEN, {"userId": _ALICE["userId"], "scopes": ["all.User.read"]})
    login = {"userId": _ALICE["userId"], "password": "correct horse battery", "token": CREDENTIALS.losant}
    store.put("losant.login", str(_ALICE["email"]), login)


def _acme(store: Store, now: datetime) -> None:
    org = ACME_LOSANT
    apps = {hexadecimal(24, org, "application", name): name for name in ("Assembly Line", "Cold Storage", "Fleet")}
    keys = list(apps)
    boards = {
        hexadecimal(24, org, "dashboard", at): (f"{apps[keys[at % 3]]} overview", keys[at % 3]) for at in range(5)
    }
    put_resources(store, org, apps, boards)
    roles = ("admin",) * 2 + ("edit",) * 3 + ("collaborate",) * 2 + ("view",) * 3 + ("none",) * 2
    members = [member(who, role) for who, role in zip(ACME, roles, strict=True)]
    members[7]["applicationRoles"] = [{"resourceId": keys[0], "role": "collaborate"}]
    members[8]["dashboardRoles"] = [{"resourceId": next(iter(boards)), "role": "none"}]
    members[10]["applicationRoles"] = [{"resourceId": keys[1], "role": "view"}, {"resourceId": keys[2], "role": "view"}]
    del members[9]["avatarUrl"]
    record = org_record(
        org,
        "Acme Corporation",
        now,
        description="Factories, cold storage and the trucks between them",
        limits={**LIMITS, "member": 50, "device": 5000, "payload": 50_000_000},
        planId="enterprise-2024",
        billingEmail="billing@acme.example",
        isEnterprise=True,
        iconColor="#c0392b",
        whitelistedEmailDomains=["acme.example"],
        mfaMode="adminRequired",
        creationDate="2016-06-07T15:14:31.482Z",
        lastUpdated=milliseconds(now - timedelta(hours=5)),
    )
    put_org(store, record, members, traffic_record(1_240, 180), {**COUNTS, **counts_record(org)})
    pending = (
        ("01", "hana.kim@acme.example", "edit", 1, "ACME_INVITE_TOKEN"),
        ("02", "omar.said@acme.example", "view", 4, "ACME_SECOND_TOKEN"),
        ("03", "former.partner@acme.example", "collaborate", 30, "ACME_OLD_TOKEN"),
    )
    for end, email, role, days, token in pending:
        invite = {"id": f"575ed6e87ae143cd83dc4b{end}", "email": email, "role": role}
        put_invite(store, org, invite, now - timedelta(days=days), token)
    logs = acme_logs(org, now, [(m["userId"], m["email"]) for m in members[:5]], list(apps.items()))
    store.put_many("losant.auditLog", [(log["id"], log) for log in logs], org)


def _northwind(store: Store, now: datetime) -> None:
    org = NORTHWIND_LOSANT
    app, moving, board = (f"5f3c1c10e4b0c91d2f6a8b{n}" for n in ("20", "21", "30"))
    boards = {board: ("Yard", moving), f"{board[:-1]}1": ("Fleet map", app), f"{board[:-1]}2": ("Alarms", app)}
    put_resources(store, org, {app: "Fleet", moving: "Yard"}, boards)
    plain = {"applicationRoles": [], "dashboardRoles": [], "twoFactorAuthEnabled": False, "ssoLinked": False}
    bruno = {"userId": "5f3c1b02e4b0c91d2f6a8b11", "firstName": "Bruno", "lastName": "Keller", **plain,
             "email": "bruno.keller@northwind.example", "role": "edit"}  # fmt: skip
    chen = {"userId": "5f3c1b02e4b0c91d2f6a8b12", "firstName": "Chen", "lastName": "Okafor", **plain,
            "email": "chen.okafor@northwind.example", "role": "view",
            "applicationRoles": [{"resourceId": app, "role": "collaborate"}],
            "dashboardRoles": [{"resourceId": board, "role": "none"}]}  # fmt: skip
    dates = {"creationDate": "2020-08-18T17:55:23.107Z", "lastUpdated": milliseconds(now - timedelta(days=9))}
    record = org_record(
        org,
        "Northwind Telemetry",
        now,
        description="Cold-chain monitoring for the Northwind fleet",
        planId="enterprise-2024",
        isEnterprise=True,
        whitelistedEmailDomains=["northwind.example"],
        mfaMode="adminRequired",
        **dates,
    )
    put_org(store, record, [_ALICE, bruno, chen], traffic_record(148, 100), COUNTS)
    dana = {"id": "64d0aa31e4b0c91d2f6a8b40", "email": "dana.silva@northwind.example", "role": "edit",
            "applicationRoles": [{"resourceId": app, "role": "view"}]}  # fmt: skip
    put_invite(store, org, dana, now - timedelta(days=1), "INVITE_TOKEN")
    old = {"id": "64d0aa31e4b0c91d2f6a8b41", "email": "old.invite@northwind.example", "role": "view"}
    put_invite(store, org, old, now - timedelta(days=41), "OLD")
    store.put_many("losant.auditLog", [(log["id"], log) for log in northwind_logs(org, now)], org)
    southgate = org_record(SOUTHGATE, "Southgate Labs", now, description="Sandbox tenant", **dates)
    put_org(store, southgate, [_ALICE], traffic_record(4, 1), COUNTS)
    put_some_resources(store, SOUTHGATE, 2)


def _megacorp(store: Store, now: datetime) -> None:
    org = MEGACORP_LOSANT
    members = [
        member(person("megacorp.example", at), "admin" if at < 5 else pick(_ROLES, org, "role", at))  # noqa: PLR2004 - five administrators
        for at in range(1200)
    ]
    limits = {**LIMITS, "member": 2000, "device": 100_000}
    record = org_record(org, "Megacorp International", now, description="Twelve hundred people", limits=limits)
    put_org(store, record, members, traffic_record(48_200, 4000), counts_record(org))
    put_some_resources(store, org, 12)


def _odd(store: Store, now: datetime) -> None:
    """What an adapter must survive: words and numbers out of the ordinary, and members that are missing."""
    huge = 2**53
    record = org_record(
        ODD,
        "Zażółć 🛰 Prototypes",
        now,
        limits={"member": 10, "payload": huge * 4 + 1},
        disabledAt=milliseconds(now - timedelta(days=2)),
        isReadOnly=True,
        subscriptionStatus="past_due",
        banner={"message": "This organization is disabled.", "level": "warning"},
    )
    for name in ("description", "planId", "billingEmail", "iconColor", "whitelistedEmailDomains", "mfaMode"):
        del record[name]
    auditor = member(person("odd.example", 1), "auditor")
    for name in ("lastName", "avatarUrl", "applicationRoles", "dashboardRoles", "ssoLinked"):
        del auditor[name]
    members = [member(person("odd.example", 0), "admin"), auditor]
    means = {"deviceState": {"device.mqtt": huge * 3}, "quantumState": {"device.entangled": 12}}
    traffic = {"devices": huge + 1001, "notebookMinutes": 0, "payloads": means, "nonBillable": 0}
    put_org(store, record, members, traffic, {"eventCount": huge + 1, "fileCount": 1})


def _full(store: Store, now: datetime) -> None:
    members = [member(person("fullhouse.example", at), "admin" if at == 0 else "view") for at in range(4)]
    limits = {**LIMITS, "member": 4, "application": 1, "dashboard": 1}
    record = org_record(FULL, "Full House Instruments", now, description="No seat is free", limits=limits)
    put_org(store, record, members, traffic_record(20, 2), counts_record(FULL))
    put_some_resources(store, FULL, 1)


def _simple(store: Store, now: datetime) -> None:
    for number, (trade, word) in enumerate(islice(product(_TRADES, _WORDS), _SIMPLE)):
        org = hexadecimal(24, "losant.org", number)
        domain = f"{word}-{trade}.example".lower()
        size = between(3, 8, org, "size")
        members = [member(person(domain, at), "admin" if at == 0 else pick(_ROLES, org, at)) for at in range(size)]
        record = org_record(
            org, f"{word} {trade}", now, description=f"{trade} of {word}", billingEmail=f"billing@{domain}"
        )
        put_org(
            store,
            record,
            members,
            traffic_record(between(5, 400, org, "devices"), between(1, 60, org, "load")),
            counts_record(org),
        )
        put_some_resources(store, org, 3)
