"""The adapters of one operation."""

from typing import Final

from gateway.callers.credentials import Credentials
from gateway.ledger.journal import Journal
from gateway.reach import Reach
from gateway.upstreams import ADAPTERS, Adapter
from gateway.wire.call import Step
from gateway.wire.errand import Errands
from resolvers.identity import Link, Upstream

BY_UPSTREAM: Final = {adapter.upstream: adapter for adapter in ADAPTERS}


def canonical(link: Link) -> Link:
    """The same with the native id in its upstream's own form.

    Raises:
        BadUserInput: It has another.
    """
    return Link(link.upstream, BY_UPSTREAM[link.upstream].identify(link.native_id))


class Adapters(dict[Upstream, Adapter]):
    """One per upstream, made when it is first asked for.

    Args:
        reach: To every upstream.
        errands: The operation's calls.
        journal: The operation's pages of the ledger.
        credentials: What the caller shows to upstreams.
    """

    __slots__ = ("_credentials", "_errands", "_journal", "_reach")

    def __init__(self, reach: Reach, errands: Errands, journal: Journal, credentials: Credentials) -> None:
        self._reach = reach
        self._errands = errands
        self._journal = journal
        self._credentials = credentials

    def __missing__(self, upstream: Upstream) -> Adapter:
        adapter = self[upstream] = self.over(upstream, self._errands.over(self._reach.lines[upstream].step))
        return adapter

    def over(self, upstream: Upstream, step: Step) -> Adapter:
        """A further one, that asks by another way."""
        return BY_UPSTREAM[upstream](self._reach.lines[upstream], self._journal, self._credentials.authorization, step)
