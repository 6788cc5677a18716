"""The tables under [callers]."""

import re
import urllib.parse
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gateway.settings.native_ids import LIST
from gateway.settings.places import Says
from gateway.settings.tables import SettingsTable, is_local, without_repeats

Scope = Literal[
    "read",
    "members:write",
    "organizations:write",
    "organizations:delete",
    "customizations:write",
    "resources:transfer",
    "trace",
]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
Scopes = Annotated[tuple[Scope, ...], LIST, AfterValidator(without_repeats)]

GREATEST_COST: Final = 2**31 - 1
"""As GraphQL's Int has it."""

AN_HOUR: Final = 3_600
A_YEAR: Final = 31_536_000


def _key_hash(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"sha256\$(?:[0-9a-f]{2}){8,64}\$[0-9a-f]{64}", secret.get_secret_value()):
        raise ValueError("not a hash")
    return secret


class Budget(SettingsTable):
    """What one caller's operations may cost together, estimated, in `seconds`; `cost = 0` is no budget."""

    cost: Annotated[int, Field(ge=0, le=GREATEST_COST)]
    seconds: Annotated[int, Field(ge=1, le=A_YEAR)] = AN_HOUR


class BudgetOfAll(Budget):
    """[limits] budget: of each caller whose key has none of its own; anonymous callers are one caller."""

    cost: Annotated[int, Field(ge=0, le=GREATEST_COST)] = 0


class ApiKey(SettingsTable):
    """One of [[callers.api_keys]]; the key itself is never stored.

    `budget` is in the place of that in [limits].
    """

    name: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,100}$"), Says("1 to 100 characters")]
    hash: Annotated[SecretStr, AfterValidator(_key_hash), Says("a hash that `gateway hash-key` printed", hidden=True)]
    organizations: Annotated[tuple[str, ...], LIST] = ()
    scopes: Scopes = ()
    budget: Budget | None = None


class Jwt(SettingsTable):
    """[callers.jwt]; off while there is no issuer."""

    issuer: str = ""
    audience: str = ""
    organizations_claim: str = "organizations"
    scopes_claim: str = "scope"

    @model_validator(mode="after")
    def _whole(self) -> "Jwt":
        if self.issuer and not self.audience:
            raise PydanticCustomError("said", "has an issuer and no audience; name whom tokens are made for")
        if self.audience and not self.issuer:
            raise PydanticCustomError("said", "has an audience and no issuer; name who makes the tokens")
        if self.issuer:
            parts = urllib.parse.urlsplit(self.issuer)
            host = parts.hostname or ""
            if not host or (parts.scheme != "https" and not (parts.scheme == "http" and is_local(host))):
                raise PydanticCustomError("said", "must have an issuer that is an https:// address")
        return self


class Callers(SettingsTable):
    """[callers]; `anonymous` holds the scopes of whoever shows no credential."""

    anonymous: Scopes = ("read",)
    allow_anonymous_upstream_access: bool = False
    api_keys: Annotated[tuple[ApiKey, ...], LIST] = ()
    jwt: Jwt = Jwt()

    @field_validator("api_keys")
    @classmethod
    def _names_once(cls, keys: tuple[ApiKey, ...]) -> tuple[ApiKey, ...]:
        without_repeats(tuple(key.name for key in keys))
        return keys
