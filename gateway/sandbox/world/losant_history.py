"""Audit logs of the two enterprise organizations."""

from datetime import datetime, timedelta
from typing import Any

from gateway.sandbox.chance import between, hexadecimal, pick
from gateway.sandbox.clock import milliseconds

Record = dict[str, Any]

DAYS = 90
_A_DAY = 4

_ACTIONS = (
    ("device", "patch", "Device"),
    ("device", "delete", "Device"),
    ("devices", "post", "Device"),
    ("flow", "patch", "Flow"),
    ("flows", "post", "Flow"),
    ("experienceUser", "patch", "ExperienceUser"),
    ("dataTable", "patch", "DataTable"),
    ("notebook", "patch", "Notebook"),
    ("application", "patch", None),
)
_STATUSES = (200, 200, 200, 200, 200, 200, 201, 201, 400, 403, 404, 500)


def acme_logs(
    org: str, now: datetime, users: list[tuple[str, str]], applications: list[tuple[str, str]]
) -> list[Record]:
    """Four logs a day over ninety days, oldest first; users and applications are (id, name)."""
    logs = []
    for number in range(DAYS * _A_DAY):
        seed = (org, "log", number)
        at = now - timedelta(days=DAYS) + timedelta(hours=6 * number, seconds=between(0, 21_599, *seed))
        resource, action, kind = pick(_ACTIONS, *seed, "action")
        application, name = pick(applications, *seed, "application")
        actor = pick(users, *seed, "actor")
        actor_type = pick(("User", "User", "User", "ApiToken", "Flow", "Application", "Device"), *seed, "type")
        if actor_type != "User":
            actor = (hexadecimal(24, *seed, "actor"), f"{actor_type} {between(1, 9, *seed, 'n')}")
        log = _log(
            org, hexadecimal(24, *seed), at, (application, "Application", name), (actor[0], actor_type, actor[1])
        )
        log |= {
            "requestResource": resource,
            "requestAction": action,
            "requestBody": {"name": f"{resource} {number}"},
            "requestPathParams": {"applicationId": application},
            "responseStatus": pick(_STATUSES, *seed, "status"),
        }
        if kind:
            log |= _second(hexadecimal(24, *seed, "target"), kind, f"{kind} {between(1, 60, *seed, 'name')}")
        logs.append(log)
    return logs


def northwind_logs(org: str, now: datetime) -> list[Record]:
    """Two logs: a device was renamed, then somebody was invited."""
    alice = ("5f3c1b02e4b0c91d2f6a8b10", "User", "alice.nguyen@northwind.example")
    bruno = ("5f3c1b02e4b0c91d2f6a8b11", "User", "bruno.keller@northwind.example")
    fleet, trailer = "5f3c1c10e4b0c91d2f6a8b20", "5f3c1e00e4b0c91d2f6a8e01"
    renamed = _log(
        org, "68480f77e4b0c91d2f6a8d02", now - timedelta(days=1, hours=2), (fleet, "Application", "Fleet"), bruno
    )
    renamed |= {
        **_second(trailer, "Device", "Trailer 12"),
        "requestResource": "device",
        "requestAction": "patch",
        "requestBody": {"name": "Trailer 12"},
        "requestPathParams": {"applicationId": fleet, "deviceId": trailer},
        "responseBody": {"name": "Trailer 12"},
    }
    dana = ("64d0aa31e4b0c91d2f6a8b40", "OrgInvite", "dana.silva@northwind.example")
    invited = _log(org, "68480f10e4b0c91d2f6a8d01", now - timedelta(days=1), dana, alice)
    invited |= {
        "requestResource": "org",
        "requestAction": "inviteMember",
        "requestBody": {"email": dana[2], "role": "edit"},
        "requestPathParams": {"orgId": org},
    }
    return [renamed, invited]


def _second(key: str, kind: str, name: str) -> Record:
    return {"secondaryTargetId": key, "secondaryTargetType": kind, "secondaryTargetName": name}


def _log(org: str, key: str, at: datetime, target: tuple[str, str, str], actor: tuple[str, str, str]) -> Record:
    return {
        "id": key,
        "auditLogId": key,
        "creationDate": milliseconds(at),
        "orgId": org,
        "primaryTargetId": target[0],
        "primaryTargetType": target[1],
        "primaryTargetName": target[2],
        "actorId": actor[0],
        "actorType": actor[1],
        "actorName": actor[2],
        "requestQueryParams": {},
        "responseBody": {},
        "responseStatus": 200,
    }
