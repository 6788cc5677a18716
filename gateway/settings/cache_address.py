"""Where the shared cache is: what its URL says."""

import urllib.parse
from dataclasses import dataclass, field
from typing import Final

from pydantic import SecretStr

DEFAULT_PORT: Final = 6379

_TLS: Final = {"valkey": False, "redis": False, "valkeys": True, "rediss": True}
_OPTIONS: Final = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})


@dataclass(frozen=True, slots=True)
class CacheAddress:
    """Of a Valkey or Redis server.

    Attributes:
        host: Name or number.
        port: TCP.
        database: Its number.
        username: None for the server's default user.
        password: None where there is none.
        tls: Whether the connection is encrypted, and the server's certificate checked.
        options: Files for TLS: `ssl_ca_certs`, `ssl_certfile`, `ssl_keyfile`.
    """

    host: str
    port: int = DEFAULT_PORT
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    options: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, url: str) -> "CacheAddress":
        """Reads `valkey://[[user]:password@]host[:port][/database]`; `redis` is the same, `valkeys` and `rediss` TLS.

        Raises:
            ValueError: It is no such address.
        """
        parts = urllib.parse.urlsplit(url)
        database = parts.path.strip("/") or "0"
        options = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        tls = _TLS.get(parts.scheme)
        if tls is None or not parts.hostname or not (database.isascii() and database.isdigit()):
            raise ValueError("not a cache")
        if options and not (tls and options.keys() <= _OPTIONS):
            raise ValueError("not an option of it")
        return cls(
            host=parts.hostname,
            port=parts.port or DEFAULT_PORT,
            database=int(database),
            username=urllib.parse.unquote(parts.username) if parts.username else None,
            password=urllib.parse.unquote(parts.password) if parts.password else None,
            tls=tls,
            options=options,
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}/{self.database}"


def checked(url: SecretStr) -> SecretStr:
    """The URL, if it is empty or one of a cache."""
    if url.get_secret_value():
        CacheAddress.of(url.get_secret_value())
    return url
