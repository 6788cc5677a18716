"""Failures of calls that the gateway itself did not let out: nothing has left, and nothing is known of the upstream."""

from gateway.wire.call import Call
from gateway.wire.trail import Source
from resolvers.errors import UpstreamRateLimited, UpstreamUnavailable


class Refused(UpstreamUnavailable):
    """The upstream was not asked: it failed too often, too many wait for it, or HTTP cannot say it."""


class HeldBack(UpstreamRateLimited):
    """The upstream was not asked: it would have refused, for it has been asked too often."""


def refused(call: Call, words: str, retry_after_seconds: float | None = None) -> Refused:
    """A refusal; noted in the call's trail.

    Args:
        call: What is not sent.
        words: Of the sentence that begins with the upstream's title.
        retry_after_seconds: Until a further try makes sense.
    """
    call.trail.source = Source.REFUSED
    return Refused(f"{call.upstream.title} {words}.", upstream=call.upstream, retry_after_seconds=retry_after_seconds)


def held_back(call: Call, words: str, retry_after_seconds: float) -> HeldBack:
    """The same, where a rate is used up."""
    call.trail.source = Source.REFUSED
    return HeldBack(f"{call.upstream.title} {words}.", upstream=call.upstream, retry_after_seconds=retry_after_seconds)
