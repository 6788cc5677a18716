"""Ids: global id ⇄ kind and parts; key; upstream and native id.

A global id is opaque to clients: base64url, without padding, of `Kind:part:part…`. Its last part may hold colons.
"""

import binascii
import re
from base64 import urlsafe_b64decode
from enum import Enum
from functools import lru_cache

import msgspec
import strawberry

MAXIMUM_ID_LENGTH = 1024
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@strawberry.enum(description="The four services behind the gateway.")
class Upstream(Enum):
    """The value is the word in ids (`losant:…`) and settings."""

    LOSANT = strawberry.enum_value("losant", description="Losant, an IoT application platform.")
    NKS = strawberry.enum_value("nks", description="NetApp Kubernetes Service.")
    LOCKTERA = strawberry.enum_value("locktera", description="Locktera, document protection.")
    CLICKHOUSE = strawberry.enum_value("clickhouse", description="ClickHouse Cloud, databases.")

    __hash__ = object.__hash__
    """Members are one of a kind; Enum's own hash is many times slower."""

    word: str
    """Its name in ids and settings."""

    title: str
    """Its name in sentences."""


for _upstream, _title in {
    Upstream.LOSANT: "Losant",
    Upstream.NKS: "NKS",
    Upstream.LOCKTERA: "Locktera",
    Upstream.CLICKHOUSE: "ClickHouse Cloud",
}.items():
    _upstream.word, _upstream.title = str(_upstream.value), _title
_BY_WORD = {upstream.word: upstream for upstream in Upstream}


@strawberry.interface(description="An object that can be found again by its global id.")
class Node:
    """Relay's Node."""

    @strawberry.field(description="The global id: opaque, unique in this graph, good for `node`.")
    def id(self) -> strawberry.ID:
        """Made of the kind and what tells the object from others of it."""
        raise NotImplementedError


class Link(msgspec.Struct, frozen=True, gc=False):
    """An organization's identity in one upstream."""

    upstream: Upstream
    native_id: str

    def __str__(self) -> str:
        return f"{self.upstream.word}:{self.native_id}"


class OrganizationRef(msgspec.Struct, frozen=True, gc=False):
    """One organization: its key and the upstreams that hold a part of it, in the configured order of identity.

    Attributes:
        linked: The settings name it, so that it is known to exist without asking an upstream.
    """

    key: str
    links: tuple[Link, ...]
    linked: bool

    @property
    def id(self) -> strawberry.ID:
        """The global id."""
        return _organization_id(self.key)

    def link(self, upstream: Upstream) -> Link:
        """The part that the upstream holds; there must be one."""
        return next(link for link in self.links if link.upstream is upstream)


@lru_cache(4_096)
def _organization_id(key: str) -> strawberry.ID:
    return encode("Organization", key)


def encode(kind: str, *parts: str) -> strawberry.ID:
    """The global id of the `kind` that `parts` name; only the last part may hold a colon."""
    return strawberry.ID(base64url(":".join((kind, *parts)).encode()))


def base64url(plain: bytes) -> str:
    """RFC 4648, section 5, without padding; in one go, where the library takes three steps."""
    return binascii.b2a_base64(plain, newline=False).translate(_URL_SAFE).rstrip(b"=").decode()


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def decode(text: str) -> tuple[str, str] | None:
    """`(kind, rest)` of a global id; None where `text` is none."""
    if len(text) > MAXIMUM_ID_LENGTH:
        return None
    try:
        plain = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    kind, colon, rest = plain.partition(":")
    return (kind, rest) if colon and rest and encode(kind, rest) == text else None


def decode_part(text: str) -> tuple[str, Link, str] | None:
    """`(kind, organization's part, native id)` of a member's, invitation's or activity's global id; None for others."""
    kind, rest = decode(text) or ("", "")
    word, _, tail = rest.partition(":")
    organization, _, native_id = tail.partition(":")
    upstream = next((each for each in Upstream if each.word == word), None)
    return (kind, Link(upstream, organization), native_id) if upstream and native_id else None


def is_key(text: str) -> bool:
    """Whether `text` could be the key of a link: letters, digits, `_`, `.`, `-`, at most 64."""
    return _KEY.fullmatch(text) is not None


def parse_link(text: str) -> Link | None:
    """The link that `upstream:nativeId` names; None where `text` has another form."""
    word, colon, native_id = text.partition(":")
    upstream = _BY_WORD.get(word.lower())
    return Link(upstream, native_id) if upstream and colon and native_id else None
