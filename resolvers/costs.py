"""What a field costs, as the schema says it: the cost directives of IBM's specification.

Weights count upstream calls: 10 for each call that a field may make by itself. An object that comes out of a call
weighs 1, and nothing where it is a row of a report or a mere wrapper: the call has paid for it.

Source: https://ibm.github.io/graphql-specs/cost-spec.html
"""

from typing import Final

import strawberry
from strawberry.schema_directive import Location

A_CALL: Final = 10
A_PAGE: Final = 100
UPSTREAMS: Final = 4


@strawberry.schema_directive(
    name="cost",
    locations=[Location.OBJECT, Location.FIELD_DEFINITION, Location.ARGUMENT_DEFINITION],
    description="What it adds to the cost of an operation: a type for each object, a field each time that it is asked, "
    "an argument for each item of its value. Without it an object adds 1, anything else nothing.",
)
class Cost:
    """`@cost`; the weight is a decimal number."""

    weight: str


@strawberry.schema_directive(
    name="listSize",
    locations=[Location.FIELD_DEFINITION],
    description="How long a list may be: as long as the greatest of `slicingArguments` says (a number, or the length "
    "of a list), or `assumedSize` where none is given. `sizedFields` are the lists of the object that is returned.",
)
class ListSize:
    """`@listSize`."""

    assumed_size: int | None = strawberry.directive_field("assumedSize", default=strawberry.UNSET)
    slicing_arguments: list[str] | None = strawberry.directive_field("slicingArguments", default=strawberry.UNSET)
    sized_fields: list[str] | None = strawberry.directive_field("sizedFields", default=strawberry.UNSET)
    require_one_slicing_argument: bool | None = strawberry.directive_field("requireOneSlicingArgument", default=True)


def calls(number: int) -> Cost:
    """The weight of a field that makes so many upstream calls at most, as a rule."""
    return Cost(weight=str(number * A_CALL))


FREE: Final = Cost(weight="0")
ONE_CALL: Final = calls(1)
PAGED: Final = ListSize(
    assumed_size=A_PAGE,
    slicing_arguments=["first", "last"],
    sized_fields=["edges", "nodes"],
    require_one_slicing_argument=False,
)
ONE_PER_ID: Final = ListSize(assumed_size=A_PAGE, slicing_arguments=["ids"], require_one_slicing_argument=False)
ONE_PER_REPRESENTATION: Final = ListSize(
    assumed_size=A_PAGE, slicing_arguments=["representations"], require_one_slicing_argument=False
)
ONE_PER_UPSTREAM: Final = ListSize(assumed_size=UPSTREAMS)
