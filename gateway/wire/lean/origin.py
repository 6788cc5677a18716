"""Where an upstream is, and how a connection to it is opened."""

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from typing import Final, TypeVar

import httpx

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
        self._eyeballs_seconds = None if _is_number(self._host) else EYEBALLS_SECONDS

    async def open(self, make: Callable[[], P]) -> P:
        """A connection.

        Raises:
            httpx.ConnectError: There is nobody, or nobody who can be trusted.
            httpx.ConnectTimeout: It takes too long.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await loop.create_connection(
                    make,
                    self._host,
                    self._port,
                    ssl=self._tls,
                    happy_eyeballs_delay=self._eyeballs_seconds,
                )
        except TimeoutError:
            raise httpx.ConnectTimeout("") from None
        except (OSError, UnicodeError, OverflowError):  # the last two are of names and ports that are none
            raise httpx.ConnectError("") from None
        return connection


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
