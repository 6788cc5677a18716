"""The bottom of the chain: one httpx client per upstream."""

import asyncio
import ssl
import zlib
from contextlib import aclosing
from functools import cache
from http.cookiejar import CookieJar

import httpx

from gateway.wire.call import Answer, Call
from gateway.wire.refusal import Refused
from resolvers.errors import (
    Failure,
    OutcomeUnknown,
    UpstreamFailure,
    UpstreamInvalidResponse,
    UpstreamTimeout,
    UpstreamUnavailable,
)

MAXIMUM_RATIO = 100
"""How many times longer than its compressed form an answer may be, unless it is small."""

SMALL = 65_536

LARGE = 524_288
"""Bytes of a body from which on only `LARGE_AT_ONCE` go on being read."""

LARGE_AT_ONCE = 2
"""So many, so that all that are under way may not be as long as one may."""

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
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._for_reads = httpx.Timeout(attempt_seconds, connect=connect_seconds)
        self._for_writes = httpx.Timeout(
            write_seconds or attempt_seconds, connect=connect_seconds, pool=attempt_seconds
        )
        self._client = httpx.AsyncClient(
            transport=transport,
            verify=_trust() if transport is None else True,
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
                return Answer(response.status_code, response.headers, await self._body(call, response))
        except httpx.HTTPError as error:
            raise _meaning(call, error) from None
        except OSError:
            raise _failure(call, UpstreamUnavailable, "broke the connection off") from None

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

    async def _body(self, call: Call, response: httpx.Response) -> bytes:
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._maximum_bytes:
            raise self._too_long(call)
        body = bytearray()
        try:
            await self._fill(body, call, response)
            return bytes(body)
        finally:
            body.clear()  # a failure holds the frames that it came through, and may outlive the call

    async def _fill(self, body: bytearray, call: Call, response: httpx.Response) -> None:
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "", "gzip"):
            raise self._misfit(call, "sent an answer packed in a way that was not asked for")
        unpack = zlib.decompressobj(wbits=31) if coding == "gzip" else None
        packed = 0
        is_large = False
        try:
            async for chunk in response.aiter_raw():
                packed += len(chunk)
                most = min(self._maximum_bytes, max(SMALL, MAXIMUM_RATIO * packed)) if unpack else self._maximum_bytes
                allowed = most + 1 - len(body)
                try:
                    body += unpack.decompress(chunk, allowed) if unpack else chunk
                except zlib.error:
                    raise self._misfit(call, "sent an answer that cannot be unpacked") from None
                if unpack and unpack.unused_data:
                    raise self._misfit(call, "sent an answer that goes on behind its end")
                if len(body) > self._maximum_bytes:
                    raise self._too_long(call)
                if len(body) > most:
                    raise self._misfit(call, "sent an answer that is packed suspiciously tight")
                if len(body) > LARGE and not is_large:
                    is_large = await self._large.acquire()
        finally:
            if is_large:
                self._large.release()
        if unpack and packed and not unpack.eof:
            raise self._misfit(call, "sent an answer that ends too early")

    def _too_long(self, call: Call) -> Failure:
        return self._misfit(call, f"sent an answer of more than {self._maximum_bytes} bytes")

    @staticmethod
    def _misfit(call: Call, words: str) -> Failure:
        return _failure(call, UpstreamInvalidResponse, words)

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.aclose()


@cache
def _trust() -> ssl.SSLContext:
    """One for all upstreams: it takes a while to read the authorities that are trusted."""
    return httpx.create_ssl_context()


async def _stay(response: httpx.Response) -> None:
    """Keeps httpx from reading where a redirect leads: it raises on an address that is none."""
    response.headers.pop("location", None)


def _meaning(call: Call, error: httpx.HTTPError) -> Failure:
    kind, words = next((MEANINGS[each] for each in type(error).__mro__ if each in MEANINGS), (UpstreamUnavailable, ""))
    if isinstance(error, UNSENT):
        return kind(f"{call.upstream.title} {words}.", upstream=call.upstream)
    return _failure(call, kind, words or "could not be asked")


def _failure(call: Call, kind: type[UpstreamFailure], words: str) -> Failure:
    sentence = f"{call.upstream.title} {words}"
    if call.reads:
        return kind(f"{sentence}.", upstream=call.upstream)
    return OutcomeUnknown(f"{sentence}; the change may have been made.", upstream=call.upstream)
