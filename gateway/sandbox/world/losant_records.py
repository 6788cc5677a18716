"""Losant's records as the made-up data writes them: organizations, members, resources, traffic, invitations."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from gateway.sandbox.chance import between, hexadecimal, pick
from gateway.sandbox.clock import milliseconds
from gateway.sandbox.store import Store
from gateway.sandbox.world.people import Person, avatar

Record = dict[str, Any]

COUNTS = {
    "apiTokenCount": 2, "certificateCount": 0, "certificateAuthorityCount": 0, "credentialCount": 1,
    "dataTableCount": 4, "deviceRecipeCount": 2, "eventCount": 37, "experienceDomainCount": 1,
    "experienceEndpointCount": 12, "experienceGroupCount": 3, "experienceSlugCount": 1, "experienceUserCount": 56,
    "experienceVersionCount": 2, "experienceViewCount": 9, "fileCount": 21, "flowCount": 33, "integrationCount": 1,
    "keyCount": 5, "notebookCount": 2, "privateFileCount": 0, "resourceJobCount": 1, "webhookCount": 3,
}  # fmt: skip
LIMITS = {
    "member": 25, "device": 500, "application": 20, "dashboard": 50, "payload": 5_000_000, "dataTTL": 15_552_000,
    "notebookMinutesPerRun": 30, "notebookMinutesPerMonth": 600, "notebookInParallel": 1, "systemInterval": 60,
}  # fmt: skip
_PAYLOADS = {
    "deviceState": {"device.mqtt": 270_816, "device.rest": 3_411, "flow.flow": 1_373},
    "deviceCommand": {"flow.mqtt": 310},
    "deviceConnect": {"device.mqtt": 401},
    "deviceDisconnect": {"device.mqtt": 399},
    "mqttOut": {"device.mqtt": 310},
    "timer": {"timer.flow": 14_880},
    "webhook": {"public.rest": 625},
    "endpoint": {"public.rest": 7_436},
    "notebook": {"notebook.flow": 10},
}


def user_id(email: str) -> str:
    """The id of the account with an address."""
    return hexadecimal(24, "losant.user", email)


def org_record(org: str, name: str, now: datetime, **more: object) -> Record:
    """An organization, without members and summary; `more` overrides."""
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    born = now - timedelta(days=between(400, 2400, org, "age"), seconds=between(0, 86_399, org, "second"))
    return {
        "id": org,
        "orgId": org,
        "creationDate": milliseconds(born),
        "lastUpdated": milliseconds(now - timedelta(hours=between(1, 900, org, "updated"))),
        "name": name,
        "description": "",
        "limits": LIMITS,
        "planId": "developer",
        "billingEmail": "billing@northwind.example",
        "subscriptionStatus": "active",
        "currentPeriodStart": milliseconds(start),
        "currentPeriodEnd": milliseconds((start + timedelta(days=31)).replace(day=1)),
        "isEnterprise": False,
        "iconColor": "#2f6db5",
        "whitelistedEmailDomains": [],
        "disabledAt": False,
        "isReadOnly": False,
        "mfaMode": "notRequired",
        **more,
    }


def member(who: Person, role: str, **more: object) -> Record:
    """A member; `more` overrides."""
    return {
        "userId": user_id(who.email),
        "firstName": who.first,
        "lastName": who.last,
        "email": who.email,
        "role": role,
        "applicationRoles": [],
        "dashboardRoles": [],
        "twoFactorAuthEnabled": bool(between(0, 1, who.email, "2fa")),
        "ssoLinked": False,
        "avatarUrl": avatar(who.email),
        **more,
    }


def put_org(store: Store, record: Record, members: Iterable[Record], traffic: Record, counts: Record) -> None:
    """Put an organization with its members into the store."""
    org = record["id"]
    people = list(members)
    store.put("losant.org", org, record)
    store.put("losant.counts", org, counts)
    store.put("losant.traffic", org, traffic)
    store.put_many("losant.member", [(m["userId"], m) for m in people], org)
    accounts = ("userId", "firstName", "lastName", "email", "avatarUrl", "twoFactorAuthEnabled")
    store.put_many("losant.user", [(m["userId"], {k: m[k] for k in accounts if k in m}) for m in people])


def put_resources(store: Store, org: str, applications: dict[str, str], dashboards: dict[str, tuple[str, str]]) -> None:
    """Put applications (name by id) and dashboards (name and the application it reads, by id)."""
    store.put_many("losant.application", [(key, {"id": key, "name": name}) for key, name in applications.items()], org)
    boards = [(key, {"id": key, "name": name, "applicationIds": [app]}) for key, (name, app) in dashboards.items()]
    store.put_many("losant.dashboard", boards, org)


def put_some_resources(store: Store, org: str, most: int) -> None:
    """Put one to `most` applications and dashboards."""
    keys = [hexadecimal(24, org, "application", at) for at in range(between(1, most, org, "applications"))]
    boards = [hexadecimal(24, org, "dashboard", at) for at in range(between(1, most, org, "dashboards"))]
    names = {key: f"Application {at}" for at, key in enumerate(keys, 1)}
    reads = {key: (f"Dashboard {at}", pick(keys, org, "reads", at)) for at, key in enumerate(boards, 1)}
    put_resources(store, org, names, reads)


def traffic_record(devices: int, scale: int, notebook_minutes: int = 10) -> Record:
    """A traffic record; `scale` is payloads in percent of Northwind's."""
    means = {kind: {source: n * scale // 100 for source, n in sources.items()} for kind, sources in _PAYLOADS.items()}
    return {
        "devices": devices,
        "notebookMinutes": notebook_minutes,
        "payloads": means,
        "nonBillable": 900 * scale // 100,
    }


def counts_record(org: str) -> Record:
    """The counts of a summary, drawn for one organization."""
    return {name: between(0, 2 * count + 2, org, name) for name, count in COUNTS.items()}


def put_invite(store: Store, org: str, invite: Record, invited: datetime, token: str) -> None:
    """Put an invitation and its token."""
    body = {
        "applicationRoles": [],
        "dashboardRoles": [],
        **invite,
        "inviteDate": milliseconds(invited),
        "ttl": 604_800_000,
        "disallowTransfer": False,
        "token": token,
    }
    store.put("losant.invite", invite["id"], body, org)
    store.put("losant.inviteToken", token, {"org": org, "invite": invite["id"]})
