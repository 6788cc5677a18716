"""What the stand-in of ClickHouse Cloud keeps: the kinds of records, and how one is shown.

Every kind but the credential has the organization's id as parent. Members whose name begins with an underscore belong
to the stand-in and never leave it.
"""

from typing import Any, TypeAlias

Record: TypeAlias = dict[str, Any]

ORGANIZATION = "clickhouse.organization"
"""id: organization id, no parent; hidden: ``_migrated`` bool, ``_services`` list, ``_accounts`` {account id: name}."""
CREDENTIAL = "clickhouse.credential"
"""id: key ID of the Basic pair, no parent; ``{secret, organizationId, apiKeyId}``."""
API_KEY = "clickhouse.api_key"
"""id: management id; roles stand in the hidden ``_roleIds``, as for members and invitations."""
MEMBER = "clickhouse.member"
INVITATION = "clickhouse.invitation"
ROLE = "clickhouse.role"
ACTIVITY = "clickhouse.activity"
QUOTA = "clickhouse.quota"
USAGE_ENTITY = "clickhouse.usage_entity"
"""id: entity id; what costs something, and how much on an ordinary day."""
USAGE_DAY = "clickhouse.usage_day"
"""id: ``YYYY-MM-DD``; the rows of a day whose bill is written down instead of computed."""


def shown(record: Record) -> Record:
    """The record without the members that belong to the stand-in."""
    return {name: value for name, value in record.items() if not name.startswith("_")}
