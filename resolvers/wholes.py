"""The way back from a part of an organization to the whole."""

from functools import cache
from typing import TYPE_CHECKING

from resolvers.context import Info
from resolvers.identity import Link, OrganizationRef

if TYPE_CHECKING:
    from resolvers.organization import Organization


def whole_of(info: Info, link: Link) -> "Organization":
    """The organization that the part belongs to."""
    return organization(info.context.whole(link))


def organization(ref: OrganizationRef) -> "Organization":
    """The organization."""
    return _hub()(ref=ref)


@cache
def _hub() -> "type[Organization]":
    from resolvers.organization import Organization  # noqa: PLC0415  it imports the files that call this

    return Organization
