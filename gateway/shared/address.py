"""How the shared server is reached."""

from typing import Any, Final

from redis.asyncio import Connection as PlainConnection
from redis.asyncio import SSLConnection

from gateway.settings import CacheAddress

CONNECT_SECONDS: Final = 2.0
"""For the name, TCP and TLS. Nobody waits for it: it happens in the background."""


def connection_to(address: CacheAddress) -> PlainConnection:
    """A connection, not yet opened, that tries nothing twice and leaves waiting to its user."""
    given: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "db": address.database,
        "username": address.username,
        "password": address.password,
        "protocol": 2,
        "client_name": "organization-gateway",
        "driver_info": None,
        "socket_timeout": None,
        "socket_connect_timeout": CONNECT_SECONDS,
        **address.options,
    }
    return SSLConnection(**given) if address.tls else PlainConnection(**given)
