"""What Losant takes as a request body. All bodies are closed: an unknown member is refused with 400."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException

ID = re.compile(r"[A-Fa-f\d]{24}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

Check = Callable[[object], str | None]
"""What is wrong with a value, or None."""

ROLES = ("admin", "edit", "collaborate", "view", "none")
RESOURCE_ROLES = ("collaborate", "view", "none")


def text(least: int = 0, most: int = 1024) -> Check:
    """A string of so many characters."""

    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return "must be a string"
        if least and not value:
            return "must not be empty"
        return None if least <= len(value) <= most else f"must have {least} to {most} characters"

    return check


def one_of(*words: str) -> Check:
    """One of some words."""
    return lambda value: None if value in words else f"must be one of {', '.join(words)}"


def email(value: object) -> str | None:
    """An e-mail address of up to 1024 characters."""
    good = isinstance(value, str) and len(value) <= 1024 and _EMAIL.fullmatch(value)  # noqa: PLR2004 - as published
    return None if good else "must be an e-mail address"


def identifier(value: object) -> str | None:
    """24 hexadecimal digits."""
    return None if isinstance(value, str) and ID.fullmatch(value) else "must be 24 hexadecimal digits"


def boolean(value: object) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "must be a boolean"


def many(check: Check, most: int) -> Check:
    """A list of up to so many."""

    def check_all(value: object) -> str | None:
        if not isinstance(value, list):
            return "must be an array"
        if len(value) > most:
            return f"must have at most {most} items"
        return next((f"item {at} {wrong}" for at, item in enumerate(value) if (wrong := check(item))), None)

    return check_all


def _resource_role(value: object) -> str | None:
    if not isinstance(value, dict) or set(value) != {"resourceId", "role"}:
        return "must have resourceId and role, and nothing else"
    return identifier(value["resourceId"]) or one_of(*RESOURCE_ROLES)(value["role"])


_RESOURCE_ROLES = many(_resource_role, 100)

ORG_PATCH: dict[str, Check] = {
    "name": text(1, 255),
    "description": text(0, 32767),
    "planId": text(),
    "billingEmail": email,
    "cardToken": text(),
    "iconColor": text(0, 64),
    "mfaMode": one_of("notRequired", "adminRequired", "required"),
}
INVITE_POST: dict[str, Check] = {
    "email": email,
    "role": one_of(*ROLES),
    "applicationRoles": _RESOURCE_ROLES,
    "dashboardRoles": _RESOURCE_ROLES,
    "disallowTransfer": boolean,
}
MEMBER_PATCH: dict[str, Check] = {
    "userId": identifier,
    "role": one_of(*ROLES),
    "applicationRoles": _RESOURCE_ROLES,
    "dashboardRoles": _RESOURCE_ROLES,
}
TRANSFER: dict[str, Check] = {
    "destinationId": identifier,
    "destinationType": one_of("user", "organization"),
    "applicationIds": many(identifier, 1000),
    "dashboardIds": many(identifier, 1000),
    "strict": boolean,
}
INVITE_ANSWER: dict[str, Check] = {"email": email, "token": text(1, 2048), "accept": boolean}
LOGIN: dict[str, Check] = {
    "email": email,
    "password": text(8, 2048),
    "twoFactorCode": text(0, 2048),
    "requestedScopes": many(text(1), 100),
}


def closed(body: object, members: Mapping[str, Check], what: str, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Check a body.

    Raises:
        HTTPException: 400, with what is wrong.
    """
    if not isinstance(body, dict):
        raise HTTPException(400, f"Invalid {what}: must be an object")
    for name in required:
        if name not in body:
            raise HTTPException(400, f"Invalid {what}: {name} is required")
    for name, value in body.items():
        if name not in members:
            raise HTTPException(400, f"Invalid {what}: {name} is not allowed")
        if wrong := members[name](value):
            raise HTTPException(400, f"Invalid {what}: {name} {wrong}")
    return body
