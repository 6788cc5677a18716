"""What an upstream can do: one word per capability, and the root of the small abstract classes that stand for them.

A capability's class stands beside the types it speaks of (`ReadsMembers` in `members.py`). An adapter names the classes
on its class line, and so cannot be built without what it claims; the words of `links.capabilities` and
`Query.upstreams` are read from those classes.
"""

from abc import ABC
from enum import Enum
from typing import ClassVar

import strawberry

from resolvers.identity import Upstream


@strawberry.enum(
    description="What a linked upstream can do for an organization. What is not listed is null when read, without an "
    "error, and `UNSUPPORTED` when written."
)
class Capability(Enum):
    """One word per capability class."""

    READ_ORGANIZATION = strawberry.enum_value("READ_ORGANIZATION", description="Its name and dates there.")
    LIST_ORGANIZATIONS = strawberry.enum_value("LIST_ORGANIZATIONS", description="All that the credential sees.")
    CREATE_ORGANIZATION = strawberry.enum_value("CREATE_ORGANIZATION", description="`createOrganization`.")
    UPDATE_ORGANIZATION = strawberry.enum_value("UPDATE_ORGANIZATION", description="`updateOrganization`.")
    UPDATE_LOGO = strawberry.enum_value("UPDATE_LOGO", description="`updateOrganizationLogo`.")
    DELETE_ORGANIZATION = strawberry.enum_value("DELETE_ORGANIZATION", description="`deleteOrganization`.")
    READ_MEMBERS = strawberry.enum_value("READ_MEMBERS", description="`members`.")
    MODIFY_MEMBER = strawberry.enum_value("MODIFY_MEMBER", description="`modifyMember`.")
    REMOVE_MEMBER = strawberry.enum_value("REMOVE_MEMBER", description="`removeMember`.")
    READ_INVITATIONS = strawberry.enum_value("READ_INVITATIONS", description="`invitations`.")
    INVITE_MEMBER = strawberry.enum_value("INVITE_MEMBER", description="`inviteMember`.")
    REVOKE_INVITATION = strawberry.enum_value("REVOKE_INVITATION", description="`revokeInvitation`.")
    READ_ACTIVITIES = strawberry.enum_value("READ_ACTIVITIES", description="`activities` and `activity`.")
    READ_CUSTOMIZATIONS = strawberry.enum_value("READ_CUSTOMIZATIONS", description="`customizations`.")
    UPDATE_CUSTOMIZATIONS = strawberry.enum_value("UPDATE_CUSTOMIZATIONS", description="`updateCustomizations`.")
    READ_DEVICE_COUNTS = strawberry.enum_value("READ_DEVICE_COUNTS", description="`usage.deviceCounts`.")
    READ_PAYLOAD_COUNTS = strawberry.enum_value(
        "READ_PAYLOAD_COUNTS", description="`usage.payloadCounts` and `usage.payloadCountsBreakdown`."
    )
    READ_NOTEBOOK_MINUTES = strawberry.enum_value("READ_NOTEBOOK_MINUTES", description="`usage.notebookMinutes`.")
    READ_CONSUMPTION = strawberry.enum_value("READ_CONSUMPTION", description="`usage.consumption`.")
    READ_COST = strawberry.enum_value("READ_COST", description="`usage.cost`.")
    READ_PLAN = strawberry.enum_value("READ_PLAN", description="`plan`.")
    READ_RESOURCE_COUNTS = strawberry.enum_value("READ_RESOURCE_COUNTS", description="`resourceCounts`.")
    READ_PRIVATE_ENDPOINTS = strawberry.enum_value("READ_PRIVATE_ENDPOINTS", description="`privateEndpoints`.")
    UPDATE_PRIVATE_ENDPOINTS = strawberry.enum_value(
        "UPDATE_PRIVATE_ENDPOINTS", description="`updatePrivateEndpoints`."
    )
    READ_BYOC = strawberry.enum_value("READ_BYOC", description="`byocConfigs`.")
    TRANSFER_RESOURCES = strawberry.enum_value("TRANSFER_RESOURCES", description="`transferResources`.")


class Serves(ABC):
    """The root of the capability classes.

    Attributes:
        upstream: Which upstream the adapter speaks to; every adapter sets it.
        grants: The words that the class stands for.
    """

    upstream: ClassVar[Upstream]
    grants: ClassVar[tuple[Capability, ...]] = ()


def capabilities(adapter: type[Serves]) -> list[Capability]:
    """The words of every capability class among the adapter's bases, in the enum's order."""
    granted = {word for ancestor in adapter.__mro__ for word in vars(ancestor).get("grants", ())}
    return [word for word in Capability if word in granted]
