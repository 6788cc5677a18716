"""Which organizations are linked to what, as the settings say."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from gateway.settings import Settings
from resolvers.identity import Link, OrganizationRef, Upstream, decode, parse_link

MOST_REMEMBERED: Final = 4_096
"""Texts that were understood of late, and what they mean."""

LONGEST: Final = 128
"""Characters of a text that is remembered."""


class Links:
    """The links of the settings, by key and by part.

    Args:
        settings: The gateway's.
        canonical: Gives a native id the form that its upstream has it in; raises BadUserInput where it has another.

    Attributes:
        organizations: In the settings' order; the parts of each in the order of identity.
    """

    def __init__(self, settings: Settings, canonical: Callable[[Link], Link]) -> None:
        self._canonical = canonical
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
        self._remembered = lru_cache(MOST_REMEMBERED)(self._meant)

    def order(self, upstream: Upstream) -> int:
        """The place of an upstream in the order of identity."""
        return self._order.index(upstream)

    def named(self, text: str) -> OrganizationRef | None:
        """The organization that a key, `upstream:nativeId` or a global id names; None where the text is none of them.

        Raises:
            BadUserInput: The native id has not the form that the upstream gives its ids.
        """
        return self._by_key.get(text) or (self._remembered if len(text) <= LONGEST else self._meant)(text)

    def whole(self, link: Link) -> OrganizationRef:
        """The linked organization that `link` is a part of; a whole with one part where no link names it.

        Raises:
            BadUserInput: As above.
        """
        link = self._canonical(link)
        return self._by_link.get(link) or OrganizationRef(str(link), (link,), linked=False)

    def _meant(self, text: str) -> OrganizationRef | None:
        if link := parse_link(text):
            return self.whole(link)
        kind, key = decode(text) or ("", "")
        if kind != "Organization":
            return None
        link = parse_link(key)
        return self._by_key.get(key) or (self.whole(link) if link else None)


def order_of_identity(settings: Settings) -> list[Upstream]:
    """The configured order, and behind it the upstreams that it leaves out."""
    named = [Upstream(word) for word in settings.identity.order]
    return named + [upstream for upstream in Upstream if upstream not in named]
