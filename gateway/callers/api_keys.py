"""The gateway's own API keys. The settings hold salted hashes; the keys themselves are nowhere.

A key is random, or at least long, so that a fast hash is enough; a slow one would let strangers keep the gateway busy
with guesses.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

from gateway.callers.principal import Principal, granted
from gateway.callers.remembered import Remembered
from gateway.settings import ApiKey
from resolvers.viewer import ViewerKind

PREFIX: Final = "ogk_"
"""What the keys that the gateway makes begin with, so that scanners for leaked secrets know them."""

SHORTEST: Final = 8
STRONG: Final = 24
"""Keys below this length had better be made by the gateway."""

LONGEST: Final = 512

FEW: Final = 1
"""To compare with so many keys takes no longer than to remember those that were good."""

_SCHEME: Final = "sha256"


def new_key() -> str:
    """A key of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def hashed(key: str, salt: bytes | None = None) -> str:
    """The key's hash, as the settings take it: `sha256$salt$hash`, both in hexadecimal."""
    salt = salt or secrets.token_bytes(16)
    return f"{_SCHEME}${salt.hex()}${_digest(key, salt).hex()}"


def _digest(key: str, salt: bytes) -> bytes:
    return hashlib.sha256(salt + key.encode()).digest()


def parsed(text: str) -> tuple[bytes, bytes]:
    """Salt and hash.

    Raises:
        ValueError: It is no hash of this kind.
    """
    scheme, salt, digest = text.split("$")
    if scheme != _SCHEME or len(digest) != 2 * hashlib.sha256().digest_size or not salt:
        raise ValueError("not a hash of this kind")
    return bytes.fromhex(salt), bytes.fromhex(digest)


class ApiKeys:
    """Recognizes keys.

    Args:
        keys: From the settings.
    """

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self._keys = [
            (
                *parsed(key.hash.get_secret_value()),
                Principal(ViewerKind.API_KEY, key.name, granted(key.organizations), frozenset(key.scopes)),
            )
            for key in keys
        ]
        self._remembered: Remembered[Principal] | None = Remembered() if len(keys) > FEW else None

    def find(self, text: str) -> Principal | None:
        """Whose key the text is; one that was good is known again."""
        if not SHORTEST <= len(text) <= LONGEST:
            return None
        if self._remembered is None:
            return self.search(text)
        mark = self._remembered.mark(text)
        found = self._remembered.get(mark)
        if found is None and (found := self.search(text)) is not None:
            self._remembered.put(mark, found)
        return found

    def search(self, text: str) -> Principal | None:
        """Whose key the text is, by all hashes. Takes as long whether it is the first, the last, or none."""
        found = None
        for salt, digest, principal in self._keys:
            if hmac.compare_digest(_digest(text, salt), digest):
                found = principal
        return found
