"""A principal: whom the gateway takes a caller for, and what they may see and do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from gateway.settings import SCOPES
from resolvers.rate_limits import RateLimit
from resolvers.viewer import Viewer, ViewerKind

EVERY_ORGANIZATION: Final = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """One caller.

    Attributes:
        kind: How they showed who they are.
        name: A key's name, a user's id; empty for anonymous callers.
        organizations: The keys of the organizations that they may see; None: every one.
        scopes: What they may do.
        until: When their credential expires, in seconds since 1970; None where it does not.
        id: Tells callers apart, as no name alone does.
    """

    kind: ViewerKind
    name: str
    organizations: frozenset[str] | None
    scopes: frozenset[str]
    until: float | None = field(default=None, compare=False)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        """Words the id."""
        object.__setattr__(self, "id", f"{self.kind.name.lower()}:{self.name}")

    def sees(self, key: str) -> bool:
        """Whether they may know that the organization with this key exists."""
        return self.organizations is None or key in self.organizations

    def viewer(self, rate_limit: RateLimit | None) -> Viewer:
        """The principal, as clients see it, with the budget that was charged."""
        return Viewer(
            kind=self.kind,
            name=self.name or None,
            scopes=[scope for scope in SCOPES if scope in self.scopes],
            organization_keys=sorted(self.organizations or ()),
            all_organizations=self.organizations is None,
            rate_limit=rate_limit,
        )


def granted(organizations: Iterable[str]) -> frozenset[str] | None:
    """The organizations of a grant; None for `*`."""
    keys = frozenset(organizations)
    return None if EVERY_ORGANIZATION in keys else keys
