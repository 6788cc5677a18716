"""Rate limits: what a caller's operations may cost together in a window of time."""

import datetime as dt

import strawberry

from resolvers.costs import FREE


@strawberry.type(
    description="What the caller's operations may cost together in a window of time. A window begins with the first "
    "operation after the last one has ended. Every operation that is carried out is charged its estimated cost before "
    "it begins, one that costs less than 1 is charged 1, and none is given back; one that costs more than remains is "
    "refused with `RATE_LIMITED` and not charged. All anonymous callers are one caller here.",
    directives=[FREE],
)
class RateLimit:
    """A budget as it stands after an operation was charged."""

    limit: int = strawberry.field(description="What all operations of one window may cost together.")
    cost: int = strawberry.field(description="What this operation was charged: its estimated cost, rounded up.")
    remaining: int = strawberry.field(description="What is left of the window's budget after this operation.")
    used: int = strawberry.field(description="What was charged in this window so far, this operation among it.")
    reset_at: dt.datetime = strawberry.field(
        description="When the window ends and the whole `limit` is there again, rounded up to a second."
    )
