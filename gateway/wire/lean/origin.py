"""Where an upstream is, and how a connection to it is opened."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import httpx
from aiohappyeyeballs import start_connection

EYEBALLS_SECONDS: Final = 0.25
"""After so long without a connection, a further address of the same name is tried beside the first (RFC 8305)."""

P = TypeVar("P", bound=asyncio.Protocol)


class Origin:
    """Scheme, host and port of an upstream.

    Names are looked up by the loop's executor each time a connection is opened; connections that are kept make that
    rare, so nothing is remembered.

    Args:
        url: The upstream's.
        trust: Makes the TLS context, which is asked for when the scheme is https.
        connect_seconds: For name, connection and TLS together.
    """

    def __init__(self, url: httpx.URL, trust: Callable[[], ssl.SSLContext], connect_seconds: float) -> None:
        self._host = url.raw_host.decode("ascii")
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._tls: ssl.SSLContext | None = None
        if url.scheme == "https":
            self._tls = trust()
            self._tls.set_alpn_protocols(["http/1.1"])
        self._connect_seconds = connect_seconds
        self._opening: set[asyncio.Task[Any]] = set()
        self._is_number = _is_number(self._host)

    async def open(self, make: Callable[[], P]) -> P:
        """A connection. Who goes away meanwhile leaves it behind; it is closed as soon as it is there.

        Raises:
            httpx.ConnectError: There is nobody, or nobody who can be trusted.
            httpx.ConnectTimeout: It takes too long.
        """
        opening = asyncio.create_task(self._open(make))  # cancelled midway, asyncio may forget a socket
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)
        try:
            _, connection = await asyncio.shield(opening)
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if opening.cancelled() and caller is not None and not caller.cancelling():
                raise httpx.ConnectError("") from None  # closed meanwhile
            opening.add_done_callback(_discard)
            raise
        except TimeoutError:
            raise httpx.ConnectTimeout("") from None
        except (OSError, UnicodeError, OverflowError):  # the last two are of names and ports that are none
            raise httpx.ConnectError("") from None
        return connection

    async def close(self) -> None:
        """Opens nothing any more."""
        for opening in self._opening:
            opening.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)

    async def _open(self, make: Callable[[], P]) -> tuple[asyncio.BaseTransport, P]:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._connect_seconds):
            if self._is_number:
                return await loop.create_connection(make, self._host, self._port, ssl=self._tls)
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            connected = await start_connection(found, happy_eyeballs_delay=EYEBALLS_SECONDS)
            name = self._host if self._tls else None
            return await loop.create_connection(make, sock=connected, ssl=self._tls, server_hostname=name)


def _discard(opening: "asyncio.Task[tuple[asyncio.BaseTransport, P]]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        cast("asyncio.Transport", opening.result()[0]).abort()


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
