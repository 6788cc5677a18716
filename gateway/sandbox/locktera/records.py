"""What the stand-in of Locktera keeps: the kinds of records, and how one is shown.

Members whose name begins with an underscore belong to the stand-in and never leave it.
"""

from typing import Any, Final, TypeAlias

Record: TypeAlias = dict[str, Any]

ORG = "locktera.org"
"""id: organization id, no parent. Hidden: ``_root`` and ``_parent`` ids, ``_consumption``."""
CREDENTIAL = "locktera.credential"
"""id: the API key's value, no parent; ``{user, org_id, roots, permissions, calls_per_minute}``."""
ACCESS = "locktera.access"
AUDIT = "locktera.audit"
EVENT = "locktera.event"
ERROR = "locktera.error"
TAG = "locktera.tag"
API_KEY = "locktera.api_key"

OF_AN_ORG: Final = (ACCESS, AUDIT, EVENT, ERROR, TAG, API_KEY)
"""The kinds that have an organization as parent."""
ROLES: Final = ("org", "group", "org_admin", "user_admin", "user")


def shown(record: Record) -> Record:
    """The record without the members that belong to the stand-in."""
    return {name: value for name, value in record.items() if not name.startswith("_")}
