"""Who did something: what stands in for an `Actor` of the graph, and is made at a part of what one costs."""

import msgspec

from resolvers.activities import ActorKind


class Doer(msgspec.Struct, gc=False):
    """All that an `Actor` has."""

    kind: ActorKind
    id: str | None
    name: str | None
    ip_address: str | None
    user_agent: str | None
