"""The way back from a part of an organization to the whole."""

from typing import TYPE_CHECKING

from resolvers.context import Info
from resolvers.identity import Link

if TYPE_CHECKING:
    from resolvers.organization import Organization


def whole_of(info: Info, link: Link) -> "Organization":
    """The organization that the part belongs to."""
    from resolvers.organization import Organization  # noqa: PLC0415  the hub imports the files that call this

    return Organization(ref=info.context.whole(link))
