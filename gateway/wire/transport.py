"""The bottom of the chain: one httpx client per upstream."""

import asyncio
import ssl
from contextlib import aclosing
from functools import cache
from http.cookiejar import CookieJar

import httpx

from gateway.wire.body import Body, Misfit, too_long
from gateway.wire.call import Answer, Call
from gateway.wire.large import AT_ONCE, LARGE
from gateway.wire.refusal import Refused
from resolvers.errors import (
    Failure,
    OutcomeUnknown,
    UpstreamFailure,
    UpstreamInvalidResponse,
    UpstreamTimeout,
    UpstreamUnavailable,
)

UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
"""Errors after which the request has provably not left."""

MEANINGS: dict[type[httpx.HTTPError], tuple[type[UpstreamFailure], str]] = {
    httpx.ConnectError: (UpstreamUnavailable, "cannot be reached"),
    httpx.ConnectTimeout: (UpstreamUnavailable, "cannot be reached in time"),
    httpx.PoolTimeout: (UpstreamUnavailable, "has no connection free"),
    httpx.UnsupportedProtocol: (Refused, "has an address that the gateway cannot call"),
    httpx.ProxyError: (UpstreamUnavailable, "cannot be reached through the proxy"),
    httpx.ReadTimeout: (UpstreamTimeout, "gave no answer in time"),
    httpx.WriteTimeout: (UpstreamTimeout, "took the request too slowly"),
    httpx.ReadError: (UpstreamUnavailable, "broke the connection off"),
    httpx.WriteError: (UpstreamUnavailable, "broke the connection off"),
    httpx.CloseError: (UpstreamUnavailable, "broke the connection off"),
    httpx.RemoteProtocolError: (UpstreamUnavailable, "gave no whole HTTP answer"),
    httpx.LocalProtocolError: (Refused, "cannot be asked this by HTTP"),
    httpx.DecodingError: (UpstreamInvalidResponse, "sent an answer that cannot be unpacked"),
    httpx.TooManyRedirects: (UpstreamInvalidResponse, "sent a redirect"),
}
"""What each of httpx's errors means."""


class NoCookies(CookieJar):
    """Takes no cookie, and does not even read it."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Nothing."""


class HttpxTransport:
    """Sends calls with httpx. Follows no redirect and keeps no cookie.

    Args:
        base_url: The upstream's, without a trailing slash.
        connect_seconds: For one connection.
        attempt_seconds: Between two signs of life.
        write_seconds: The same for a write, which has one attempt; `attempt_seconds` where it is None.
        connections: At most so many at once.
        maximum_bytes: Of an unpacked body.
        transport: In the place of sockets; for stand-ins in the same process.
    """

    def __init__(  # noqa: PLR0913  each figure is a setting
        self,
        base_url: str,
        *,
        connect_seconds: float,
        attempt_seconds: float,
        write_seconds: float | None = None,
        connections: int,
        maximum_bytes: int,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base_url = base_url
        self._maximum_bytes = maximum_bytes
        self._large = asyncio.Semaphore(AT_ONCE)
        self._for_reads = httpx.Timeout(attempt_seconds, connect=connect_seconds)
        self._for_writes = httpx.Timeout(
            write_seconds or attempt_seconds, connect=connect_seconds, pool=attempt_seconds
        )
        self._client = httpx.AsyncClient(
            transport=transport,
            verify=trust() if transport is None else True,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            follow_redirects=False,
            event_hooks={"response": [_stay]},
            cookies=NoCookies(),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "organization-gateway"},
        )

    async def send(self, call: Call) -> Answer:
        """One request, one answer.

        Raises:
            Failure: See `MEANINGS`; for a write that may have left, `OutcomeUnknown`.
        """
        headers = {**call.marks, **call.headers}
        if call.credential:
            headers[call.credential[0]] = call.credential[1]
        if call.body is not None:
            headers["Content-Type"] = call.content_type
        request = self._request(call, headers)
        try:
            async with aclosing(await self._client.send(request, stream=True)) as response:
                return Answer(response.status_code, response.headers, await self._body(response))
        except httpx.HTTPError as error:
            raise meaning(call, error) from None
        except OSError:
            raise failure(call, UpstreamUnavailable, "broke the connection off") from None
        except Misfit as misfit:
            raise failure(call, UpstreamInvalidResponse, str(misfit)) from None

    def _request(self, call: Call, headers: dict[str, str]) -> httpx.Request:
        if self._client.is_closed:
            raise Refused("The gateway is being closed.", upstream=call.upstream)
        try:
            return self._client.build_request(
                call.method,
                self._base_url + call.path,
                params=call.query or None,
                headers=headers,
                content=call.body,
                timeout=self._for_reads if call.reads else self._for_writes,
            )
        except (httpx.InvalidURL, ValueError):
            kind, words = MEANINGS[httpx.LocalProtocolError]
            raise kind(f"{call.upstream.title} {words}.", upstream=call.upstream) from None

    async def _body(self, response: httpx.Response) -> bytes:
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._maximum_bytes:
            raise too_long(self._maximum_bytes)
        body = Body(response.headers.get("content-encoding", ""), self._maximum_bytes)
        is_large = False
        try:
            async for piece in response.aiter_raw():
                body.take(piece)
                if not is_large and len(body) > LARGE:
                    is_large = await self._large.acquire()
            return body.whole()
        finally:
            body.clear()
            if is_large:
                self._large.release()

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.aclose()


@cache
def trust() -> ssl.SSLContext:
    """One for all upstreams: it takes a while to read the authorities that are trusted."""
    return httpx.create_ssl_context()


async def _stay(response: httpx.Response) -> None:
    """Keeps httpx from reading where a redirect leads: it raises on an address that is none."""
    response.headers.pop("location", None)


def meaning(call: Call, error: httpx.HTTPError) -> Failure:
    """What an error of httpx's means for a call; see `MEANINGS` and `UNSENT`."""
    kind, words = next((MEANINGS[each] for each in type(error).__mro__ if each in MEANINGS), (UpstreamUnavailable, ""))
    if isinstance(error, UNSENT):
        return kind(f"{call.upstream.title} {words}.", upstream=call.upstream)
    return failure(call, kind, words or "could not be asked")


def failure(call: Call, kind: type[UpstreamFailure], words: str) -> Failure:
    """A failure of that kind; for a write `OutcomeUnknown`, for it may be done."""
    sentence = f"{call.upstream.title} {words}"
    if call.reads:
        return kind(f"{sentence}.", upstream=call.upstream)
    return OutcomeUnknown(f"{sentence}; the change may have been made.", upstream=call.upstream)
