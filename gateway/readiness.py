"""Whether the gateway should be sent requests, by what its operator asks for."""

from collections.abc import Mapping, Sequence

from resolvers.upstreams import UpstreamState


def is_ready(states: Mapping[str, UpstreamState], policy: Sequence[str], *, draining: bool = False) -> bool:
    """Whether the upstreams do as the policy wants. Asks none of them.

    Args:
        states: Of the configured upstreams, by their words, as far as is known.
        policy: `any` or `all` of the configured ones, or the words of those that must not be down; a named one that is
            not configured is not ready.
        draining: The gateway ends and takes no new requests.
    """
    if draining:
        return False
    up = {word for word, state in states.items() if state is not UpstreamState.DOWN}
    if "any" in policy:
        return bool(up) or not states
    return up >= (states.keys() if "all" in policy else set(policy))
