"""What every table of the settings is, and the kinds of value that several of them hold."""

import ipaddress
import urllib.parse
from collections.abc import Hashable
from typing import Annotated, TypeVar

import pydantic
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from gateway.settings.places import Says

T = TypeVar("T", bound=Hashable)


class SettingsTable(pydantic.BaseModel):
    """Unchangeable, knows every key, takes no value for another kind."""

    model_config = pydantic.ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True
    )


def without_repeats(items: tuple[T, ...]) -> tuple[T, ...]:
    """The same items. Raises an error that names the first one that stands there twice."""
    for at, item in enumerate(items):
        if item in items[:at]:
            raise PydanticCustomError("said", "names {item} twice", {"item": str(item)})
    return items


def web_address(text: str) -> str:
    """The address without a slash at its end. Raises ValueError where a path could not be put behind it."""
    parts = urllib.parse.urlsplit(text)
    port = parts.port  # raises ValueError when it is none
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or port == 0
        or "@" in parts.netloc
        or set(text) & set("?#\\")
        or not text.isascii()
        or not text.isprintable()
        or " " in text
    ):
        raise ValueError("not an address")
    return text.rstrip("/")


def is_local(host: str) -> bool:
    """Whether the host is this machine, by its name or its number."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Address = Annotated[
    str,
    AfterValidator(web_address),
    Says("an http:// or https:// address without user name, query or fragment", hidden=True),
]
Positive = Annotated[float, Field(gt=0)]
FromZero = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
CountFromZero = Annotated[int, Field(ge=0)]
