"""The viewer: whom the gateway takes the caller for."""

from enum import Enum

import strawberry

from resolvers.rate_limits import RateLimit


@strawberry.enum(description="How the caller showed who they are.")
class ViewerKind(Enum):
    """By kind of credential."""

    ANONYMOUS = strawberry.enum_value("ANONYMOUS", description="No credential.")
    API_KEY = strawberry.enum_value("API_KEY", description="One of the gateway's API keys.")
    USER = strawberry.enum_value("USER", description="A token of the identity provider.")


@strawberry.type(description="Whom the gateway takes the caller for, and what they may do.")
class Viewer:
    """The principal of the operation."""

    kind: ViewerKind = strawberry.field(description="How the caller showed who they are.")
    name: str | None = strawberry.field(description="The key's name or the user's; null for anonymous callers.")
    scopes: list[str] = strawberry.field(description="What the caller may do, such as `read` or `members:write`.")
    organization_keys: list[str] = strawberry.field(
        description="The keys of the organizations that the caller may see; empty where `allOrganizations` is true."
    )
    all_organizations: bool = strawberry.field(description="True: the caller may see every organization.")
    rate_limit: RateLimit | None = strawberry.field(
        description="The caller's budget, with this operation charged; null where operations are not budgeted."
    )
