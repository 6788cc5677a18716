"""What can be said of an upstream by asking it once."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.upstreams import Adapter
from resolvers.errors import Failure, UpstreamForbidden, UpstreamUnauthenticated
from resolvers.identity import Upstream


@dataclass(frozen=True, slots=True)
class UpstreamCheck:
    """The outcome of one check.

    Attributes:
        upstream: Which one.
        url: Where the gateway looks for it.
        configured: The gateway has a credential for it.
        said: What was seen, in a sentence.
        remedy: What to do, in a sentence; None where all is well.
        reachable: It answered; None where it was not asked: not configured, or callers bring their own credentials.
        authenticated: It takes the credential; None where that is not known.
    """

    upstream: Upstream
    url: str
    configured: bool
    said: str = ""
    remedy: str | None = None
    reachable: bool | None = None
    authenticated: bool | None = None

    @property
    def good(self) -> bool:
        """Configured, and as far as it was asked reachable, and the credential is taken."""
        return self.configured and False not in (self.reachable, self.authenticated)


async def check_all(adapters: Iterable[Adapter]) -> list[UpstreamCheck]:
    """Asks every upstream once, at the same time. Never raises because of one."""
    return list(await asyncio.gather(*map(_check, adapters)))


async def _check(adapter: Adapter) -> UpstreamCheck:
    found = UpstreamCheck(upstream=adapter.upstream, url=adapter.url, configured=adapter.configured)
    if not adapter.configured:
        remedy = f"Set {adapter.credential_setting} in gateway.toml, or {_variable(adapter)} in the environment."
        return replace(found, said="No credential is set.", remedy=remedy)
    if adapter.by_caller:
        return replace(found, said="Callers bring their own credentials; it was not asked.")
    try:
        return replace(found, said=await adapter.greet(), reachable=True, authenticated=True)
    except (UpstreamUnauthenticated, UpstreamForbidden) as failure:
        remedy = f"Put a valid credential into {adapter.credential_setting}."
        return replace(found, said=failure.message, remedy=remedy, reachable=True, authenticated=False)
    except Failure as failure:
        remedy = (
            f"See that upstreams.{adapter.upstream.word}.url is right (http or https, host, port, path) and can be "
            f"reached from here. What `curl -v {adapter.url}` prints tells more."
        )
        return replace(found, said=failure.message, remedy=remedy, reachable=False)


def _variable(adapter: Adapter) -> str:
    return "GATEWAY_" + adapter.credential_setting.strip("[]").upper().replace(".", "__")
