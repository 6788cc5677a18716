"""From who wants to listen to the logs that tell them."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Final

from gateway.live.hub import Hub
from gateway.live.listener import Listener, missed
from gateway.live.log import Log, Reading, share
from gateway.settings.live import Live
from gateway.upstreams import ADAPTERS, Adapter, Line
from gateway.wire.call import Step
from gateway.wire.errand import Errand
from gateway.wire.marks import Marks
from resolvers.activities import ActivityFilter, ReadsActivities
from resolvers.context import Context
from resolvers.errors import Failure, NotConfigured, NotFound, Unsupported, UpstreamUnauthenticated
from resolvers.identity import OrganizationRef, Upstream
from resolvers.live import Seen

NOTHING: Final = "No upstream that this organization is linked to keeps such a log."


class Caller:
    """On whose behalf is listened.

    Args:
        context: The surroundings of the subscription.
        lines: To each upstream.
        adapter: Makes an adapter with the caller's credentials, above a step.
        until: When the caller's own credential expires, in seconds since 1970; None where it does not.
    """

    def __init__(
        self,
        context: Context,
        lines: Callable[[Upstream], Line],
        adapter: Callable[[Upstream, Step], Adapter],
        until: float | None,
    ) -> None:
        self.context = context
        self.lines = lines
        self.adapter = adapter
        self.until = until


class Feed:
    """Lets callers listen.

    Args:
        settings: As the hub's.
        page: The same.
        called: Is told of all calls to upstreams.
        processes: So many poll with the same credentials, each for those who listen there.

    Attributes:
        hub: All who listen.
    """

    def __init__(
        self, settings: Live, page: int, called: Callable[[list[Errand]], None], *, processes: int = 1
    ) -> None:
        self._processes = processes
        self.hub = Hub(settings, page)
        words = [each.upstream.word for each in ADAPTERS if issubclass(each, ReadsActivities)]
        self.hub.polls.update(dict.fromkeys(product(words, ("ok", "failed")), 0))  # a counter begins at 0
        self._called = called
        self._marks = Marks()

    async def listen(
        self, caller: Caller, ref: OrganizationRef, wanted: ActivityFilter, after: Seen | None
    ) -> Listener:
        """Tells a caller what happens in an organization.

        Raises:
            Failure: None of the logs can be listened to; where logs are named, one of them.
            EventsMissed: Nobody knows any more when the activity happened that `after` names.
        """
        self.hub.check()
        logs = self._logs(caller, ref, wanted)
        if after is not None and after.at is None and not self.hub.found(logs, after.link, after.native_id):
            after = await _dated(caller.context, after)
        return self.hub.listen(logs, wanted, after, caller.until)

    def _logs(self, caller: Caller, ref: OrganizationRef, wanted: ActivityFilter) -> list[Log]:
        found: list[Log] = []
        failed: Failure | None = None
        kind = ReadsActivities
        for link, adapter in caller.context.serving(ref, kind, wanted.upstreams):  # type: ignore[type-abstract]  # never built
            try:
                found += self._logs_of(caller, link.native_id, adapter, wanted)
            except (NotConfigured, UpstreamUnauthenticated) as failure:
                if wanted.upstreams is not None or wanted.sources is not None:
                    raise
                failed = failed or failure
        if not found:
            raise failed or Unsupported(NOTHING)
        return found

    def _logs_of(
        self, caller: Caller, native_id: str, adapter: ReadsActivities, wanted: ActivityFilter
    ) -> Iterator[Log]:
        sources = adapter.asked(wanted.sources, wanted.upstreams)
        if not sources or not isinstance(adapter, Adapter):
            return
        upstream = adapter.upstream
        line = caller.lines(upstream)
        mark = self._marks.of(adapter.credential(native_id))

        def made(step: Step) -> ReadsActivities:
            reader = caller.adapter(upstream, step)
            if not isinstance(reader, ReadsActivities):
                raise Unsupported(NOTHING, upstream=upstream)
            return reader

        for source in sorted(sources, key=lambda each: each.name):
            read = Reading(native_id, source, made, line.step, _own_marks, self._called)
            yield Log(adapter.link(native_id), source, mark, share(line.settings.rate_limit) * self._processes, read)


def _own_marks() -> dict[str, str]:
    """The gateway asks of its own accord: nobody's request id."""
    return {"X-Request-Id": f"live-{secrets.token_hex(8)}"}


async def _dated(context: Context, after: Seen) -> Seen:
    """The same with its time, looked up."""
    adapter = context.adapters[after.link.upstream]
    try:
        found = (
            await adapter.activity(after.link.native_id, after.native_id)
            if isinstance(adapter, ReadsActivities)
            else None
        )
    except NotFound:
        found = None
    if found is None:
        raise missed("The log does not hold the activity that `after` names any more")
    return replace(after, at=found.occurred_at, source=found.source)
