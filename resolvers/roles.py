"""Roles: the four upstreams' words in one vocabulary."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import strawberry

from resolvers.costs import FREE


@strawberry.enum(
    description="What a person may do, in one vocabulary for all upstreams. The mapping loses detail: `nativeRole` "
    "keeps the upstream's own word."
)
class Role(Enum):
    """See the table in the upstream's file for what maps to what."""

    OWNER = strawberry.enum_value("OWNER", description="Owns the organization. NKS: owner.")
    ADMIN = strawberry.enum_value(
        "ADMIN", description="Administers everything. Losant: admin; NKS: admin; ClickHouse: Admin."
    )
    USER_ADMIN = strawberry.enum_value("USER_ADMIN", description="Administers people only. Locktera: user_admin.")
    EDITOR = strawberry.enum_value("EDITOR", description="Changes all resources. Losant: edit.")
    COLLABORATOR = strawberry.enum_value(
        "COLLABORATOR", description="Changes some resources. Losant: collaborate; ClickHouse: the old word developer."
    )
    MEMBER = strawberry.enum_value("MEMBER", description="Belongs to it. NKS: member; ClickHouse: Member.")
    VIEWER = strawberry.enum_value("VIEWER", description="Reads. Losant: view; ClickHouse: Org API reader.")
    BILLING = strawberry.enum_value("BILLING", description="Sees and pays bills. ClickHouse: Billing.")
    NONE = strawberry.enum_value(
        "NONE", description="Belongs to it without a right of its own. Losant: none; ClickHouse: no assigned role."
    )
    CUSTOM = strawberry.enum_value("CUSTOM", description="A role that no other word fits; see `nativeRole`.")


@strawberry.enum(description="The kinds of resource that a role can be given on.")
class ResourceKind(Enum):
    """Losant's two."""

    APPLICATION = strawberry.enum_value("APPLICATION", description="A Losant application.")
    DASHBOARD = strawberry.enum_value("DASHBOARD", description="A Losant dashboard.")


@strawberry.type(description="A role that is assigned by its id (ClickHouse Cloud).", directives=[FREE])
class AssignedRole:
    """ClickHouse's role assignment."""

    id: strawberry.ID = strawberry.field(description="The role's id at the upstream, as `roleIds` takes it.")
    name: str = strawberry.field(description="The role's name there.")
    kind: str = strawberry.field(description="`system` for the upstream's own roles, `custom` for the organization's.")


@strawberry.type(
    description="A role on one resource, in place of the role in the organization (Losant).", directives=[FREE]
)
class ResourceRole:
    """Losant's override."""

    resource_kind: ResourceKind = strawberry.field(description="What the resource is.")
    resource_id: str = strawberry.field(description="The resource's id at the upstream.")
    role: Role = strawberry.field(description="The role there.")


@strawberry.input(description="A role on one resource, in place of the role in the organization (Losant).")
class ResourceRoleInput:
    """Losant's override, as it is asked for."""

    resource_kind: ResourceKind = strawberry.field(description="What the resource is.")
    resource_id: str = strawberry.field(description="The resource's id at the upstream.")
    role: Role = strawberry.field(description="The role there: COLLABORATOR, VIEWER or NONE.")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person is to be allowed. None leaves a part as it is, or to the upstream.

    Attributes:
        role: The role in the organization.
        role_ids: ClickHouse: the ids of all roles to be assigned.
        resource_roles: Losant: all roles on single resources.
    """

    role: Role | None
    role_ids: Sequence[str] | None
    resource_roles: Sequence[ResourceRoleInput] | None
