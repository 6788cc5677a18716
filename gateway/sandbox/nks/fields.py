"""The framework's rules for single fields, with its sentences."""

import re
from typing import Any

from gateway.sandbox.nks.errors import FieldsError

REQUIRED = "This field is required."
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def mapping(body: object) -> dict[str, Any]:
    """A body that must be an object.

    Raises:
        FieldsError: It is something else.
    """
    if not isinstance(body, dict):
        kind = type(body).__name__
        raise FieldsError({"non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]})
    return body


def text(value: object, most: int = 255) -> tuple[str, str | None]:
    """A trimmed, non-empty string of up to `most` characters, and what is wrong with it; numbers are made strings."""
    if value is None:
        return "", "This field may not be null."
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return "", "Not a valid string."
    trimmed = str(value).strip()
    if not trimmed:
        return "", "This field may not be blank."
    if len(trimmed) > most:
        return "", f"Ensure this field has no more than {most} characters."
    return trimmed, None


def required_text(body: dict[str, Any], name: str) -> str:
    """A string that must be there.

    Raises:
        FieldsError: It is not there, or not valid.
    """
    if name not in body:
        raise FieldsError({name: [REQUIRED]})
    value, wrong = text(body[name])
    if wrong:
        raise FieldsError({name: [wrong]})
    return value


def email_problem(value: str) -> str | None:
    """What is wrong with an e-mail address."""
    return None if _EMAIL.fullmatch(value) else "Enter a valid email address."
