"""Which organizations are linked to what, as the settings say."""

from collections.abc import Sequence

from gateway.settings import Settings
from resolvers.identity import Link, OrganizationRef, Upstream


class Links:
    """The links of the settings, by key and by part.

    Attributes:
        organizations: In the settings' order; the parts of each in the order of identity.
    """

    def __init__(self, settings: Settings) -> None:
        self._order = order_of_identity(settings)
        self.organizations: Sequence[OrganizationRef] = [
            OrganizationRef(
                key,
                tuple(
                    Link(upstream, native_ids[upstream.word]) for upstream in self._order if upstream.word in native_ids
                ),
                linked=True,
            )
            for key, links in settings.organizations.items()
            for native_ids in [dict(links.native_ids)]
        ]
        self._by_key = {ref.key: ref for ref in self.organizations}
        self._by_link = {link: ref for ref in self.organizations for link in ref.links}

    def order(self, upstream: Upstream) -> int:
        """The place of an upstream in the order of identity."""
        return self._order.index(upstream)

    def named(self, key: str) -> OrganizationRef | None:
        """The organization that a link names."""
        return self._by_key.get(key)

    def whole(self, link: Link) -> OrganizationRef:
        """The linked organization that `link` is a part of; a whole with one part where no link names it."""
        return self._by_link.get(link) or OrganizationRef(str(link), (link,), linked=False)


def order_of_identity(settings: Settings) -> list[Upstream]:
    """The configured order, and behind it the upstreams that it leaves out."""
    named = [Upstream(word) for word in settings.identity.order]
    return named + [upstream for upstream in Upstream if upstream not in named]
