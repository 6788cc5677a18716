"""How every upstream is reached: the chains of the wire, put together as the settings say."""

import copy
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, cast

import httpx

from gateway.settings import Settings, UpstreamFigures, UpstreamName
from gateway.upstreams import Line
from gateway.wire.chain import Chain, Figures
from gateway.wire.foresight import Foreseen, Standing
from gateway.wire.lean.proxies import may_be_proxied
from gateway.wire.lean.transport import LeanTransport
from gateway.wire.sharing import Sharing
from gateway.wire.transport import HttpxTransport
from resolvers.identity import Upstream
from resolvers.upstreams import UpstreamState

if TYPE_CHECKING:  # most gateways are alone, and do without
    from gateway.shared.assembly import Shared


class Reach:
    """The ways to all upstreams.

    Args:
        settings: The gateway's.
        sharing: What their answers are kept in.
        shared: What the gateway has in common with its replicas; None where it is alone.
        transports: In the place of sockets, by upstream.

    Attributes:
        sharing: As given.
        lines: To each upstream.
        chains: The parts of each.
        of_callers: The upstreams to which callers bring their own credentials.
    """

    def __init__(
        self,
        settings: Settings,
        sharing: Sharing,
        shared: "Shared | None",
        transports: Mapping[Upstream, httpx.AsyncBaseTransport],
    ) -> None:
        self._settings = settings
        self.sharing = sharing
        self._shared = shared
        self._transports: list[HttpxTransport | LeanTransport] = []
        self.chains: dict[Upstream, Chain] = {}
        self.lines: dict[Upstream, Line] = {}
        for upstream in Upstream:
            self._connect(upstream, transports.get(upstream))
        self.of_callers = [each for each, line in self.lines.items() if line.settings.credentials == "caller"]

    def _connect(self, upstream: Upstream, transport: httpx.AsyncBaseTransport | None) -> None:
        """The chain of one upstream, from the bottom up."""
        name = cast("UpstreamName", upstream.word)
        settings = self._settings.upstreams.named(name)
        figures = self._settings.figures(name)
        bottom = bottom_of(settings.url, figures, transport)
        rate = settings.rate_limit
        chain = Chain(
            bottom,
            Figures(
                **figures.model_dump(include={field.name for field in fields(Figures)}),
                rate_calls=rate.calls if rate else 0,
                rate_seconds=rate.seconds if rate else 1.0,
                by_callers=settings.credentials == "caller",
            ),
            shared_rate=self._shared.rate(rate, figures) if self._shared and rate else None,
        )
        if self._shared and settings.credentials == "gateway":
            self._shared.hint(name, chain.breaker, figures.breaker_open_seconds)
        self._transports.append(bottom)
        self.chains[upstream] = chain
        self.lines[upstream] = Line(self.sharing.over(chain.top, upstream), settings)

    def breakers(self) -> dict[str, str]:
        """How each upstream's breaker stands, by its word."""
        return {upstream.word: chain.breaker.state.value for upstream, chain in self.chains.items()}

    def states(self) -> dict[str, UpstreamState]:
        """How each upstream does that is configured, by its word; as far as is known."""
        configured = [upstream for upstream, line in self.lines.items() if line.settings.configured]
        return {upstream.word: self.chains[upstream].pulse.state for upstream in configured}

    def foreseen(self, transports: Mapping[Upstream, httpx.AsyncBaseTransport]) -> "Reach":
        """The same ways as they stand now, on which nothing leaves and nothing is noted.

        Args:
            transports: Answer in the place of the upstreams.
        """
        other = copy.copy(self)
        other.sharing = self.sharing.peeked()
        other._transports = below = list[HttpxTransport | LeanTransport]()  # noqa: SLF001  it is one of these, too
        other.lines = {}
        for upstream, line in self.lines.items():
            chain, figures = self.chains[upstream], self._settings.figures(cast("UpstreamName", upstream.word))
            bottom = bottom_of(line.settings.url, figures, transports[upstream])
            waits = figures.attempts > 1
            step = Foreseen(
                bottom,
                chain,
                read_seconds=figures.read_deadline_seconds if waits else 0.0,
                write_seconds=figures.write_deadline_seconds if waits else 0.0,
            )
            top = Standing(other.sharing.over(step, upstream), chain)
            below.append(bottom)
            other.lines[upstream] = replace(line, step=top, sizes=line.sizes.copy())
        return other

    async def close(self) -> None:
        """Ends what is in flight, and closes all connections."""
        await self.sharing.close()
        for transport in self._transports:
            await transport.close()


def bottom_of(
    url: str, figures: UpstreamFigures, transport: httpx.AsyncBaseTransport | None
) -> HttpxTransport | LeanTransport:
    """What carries calls to the address: httpx where it is wanted, given, or has a proxy to speak to."""
    by_httpx = transport is not None or figures.transport == "httpx" or may_be_proxied(url)
    make = partial(HttpxTransport, transport=transport) if by_httpx else LeanTransport
    return make(
        url,
        connect_seconds=figures.connect_seconds,
        attempt_seconds=figures.attempt_seconds,
        write_seconds=figures.write_deadline_seconds,
        connections=figures.concurrency,
        maximum_bytes=figures.max_response_bytes,
    )
