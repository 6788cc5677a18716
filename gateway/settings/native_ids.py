"""How each upstream writes an organization's id. Patterns: the four APIs' own documentation and answers."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, SecretStr, Strict

from gateway.settings.places import Says

UpstreamName = Literal["losant", "nks", "locktera", "clickhouse"]
UPSTREAM_NAMES: Final[tuple[UpstreamName, ...]] = ("losant", "nks", "locktera", "clickhouse")

_LOSANT = re.compile(r"[0-9a-f]{24}")
_NKS = re.compile(r"0*([1-9][0-9]{0,17})")
_LOCKTERA = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CLICKHOUSE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def losant_id(text: str) -> str:
    """The id in lower case. Raises ValueError when it is none."""
    if _LOSANT.fullmatch(text := text.lower()):
        return text
    raise ValueError("not an id")


def nks_id(given: object) -> int:
    """The id as a number, from a number or from digits. Raises ValueError when it is none."""
    known = isinstance(given, int | str) and not isinstance(given, bool)
    return int(_whole(_NKS, str(given) if known else ""))


def locktera_id(text: str) -> str:
    """The id as it is. Raises ValueError when it is none."""
    return _whole(_LOCKTERA, text)


def clickhouse_id(text: str) -> str:
    """The UUID in lower case. Raises ValueError when it is none."""
    return _whole(_CLICKHOUSE, text.lower())


def _whole(pattern: re.Pattern[str], text: str) -> str:
    if not text.isascii() or not pattern.fullmatch(text):
        raise ValueError("not an id")
    return text


def _word(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("not one word")
    return text


def _secret_word(secret: SecretStr) -> SecretStr:
    _word(secret.get_secret_value())
    return secret


LosantId = Annotated[str, AfterValidator(losant_id), Says("24 hexadecimal digits")]
NksId = Annotated[int, BeforeValidator(nks_id), Says("a whole number, 1 or more")]
LockteraId = Annotated[str, AfterValidator(locktera_id), Says("1 to 64 letters, digits, _ or -")]
ClickHouseId = Annotated[
    str, AfterValidator(clickhouse_id), Says("a UUID such as 2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10")
]
_VISIBLE = Says("text of visible ASCII characters, without spaces or line breaks", hidden=True)
Word = Annotated[str, AfterValidator(_word), _VISIBLE]
Secret = Annotated[SecretStr, AfterValidator(_secret_word), _VISIBLE]
LIST = Strict(strict=False)
"""Lets a list of TOML or JSON be read as a tuple."""
