"""The upstreams themselves: what they can do, and how they do."""

from enum import Enum

import strawberry

from resolvers.capabilities import Capability
from resolvers.identity import Upstream


@strawberry.enum(description="How an upstream does, as far as the gateway's own calls tell.")
class UpstreamState(Enum):
    """Learnt from traffic."""

    UP = strawberry.enum_value("UP", description="It answers, or has not been asked yet.")
    DEGRADED = strawberry.enum_value("DEGRADED", description="Some of the last calls failed.")
    DOWN = strawberry.enum_value("DOWN", description="The last calls failed one and all.")
    NOT_CONFIGURED = strawberry.enum_value("NOT_CONFIGURED", description="The gateway has no credential for it.")


@strawberry.type(description="One upstream as the gateway sees it now.")
class UpstreamService:
    """Its configuration, state and abilities."""

    upstream: Upstream = strawberry.field(description="Which one.")
    configured: bool = strawberry.field(description="Whether the gateway has a credential for it.")
    state: UpstreamState = strawberry.field(description="How it does.")
    capabilities: list[Capability] = strawberry.field(description="What it can do for an organization.")
    reason: str | None = strawberry.field(
        description="Why it is degraded, down or not configured, in a sentence; null where it is up."
    )
