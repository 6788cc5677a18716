"""Well-formed operations, whose arguments the generators replace."""

import random
from typing import Any

from tests.fuzz.ids import Ids

_ORGANIZATION = "query A($id: ID!) { organization(id: $id) { key name links { upstream nativeId capabilities } } }"
_READS = (
    _ORGANIZATION,
    "query($id: ID!) { node(id: $id) { __typename id } }",
    "query($id: ID!, $n: Int) { organization(id: $id) { members(first: $n) { totalCount nodes { id email role } } } }",
    "query($id: ID!, $c: String) { organization(id: $id) { members(first: 2, after: $c) { edges { cursor } } } }",
    "query($id: ID!, $c: String) { organization(id: $id) { activities(last: 2, before: $c) { edges { cursor } } } }",
    "query($id: ID!, $from: DateTime) { organization(id: $id) { usage(from: $from) { cost { total } } } }",
    "query($id: ID!, $other: ID!) { organization(id: $id) { activity(id: $other) { action details } } }",
    "query($id: ID!) { organization(id: $id) { usage { payloadCounts { __typename } consumption { __typename } } } }",
    "query($id: ID!) { organization(id: $id) { plan { __typename } customizations { values } byocConfigs { id } } }",
    """query($id: ID!) { a: organization(id: $id) { ...f } b: organization(id: $id) { ...f } }
    fragment f on Organization { name slug description logoUrl createdAt updatedAt }""",
)
_READS_OF_MANY = (
    "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }",
    "query($ids: [ID!]!) { organizationsByIds(ids: $ids) { key name } }",
)
_WRITES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("updateOrganization", "organizationId", {"name": "Acme"}),
    ("updateOrganization", "organizationId", {"description": "…", "upstreams": ["LOSANT"]}),
    ("deleteOrganization", "organizationId", {"upstream": "LOSANT", "confirmName": "nobody"}),
    ("inviteMember", "organizationId", {"upstream": "NKS", "email": "a@b.example", "role": "MEMBER"}),
    ("revokeInvitation", "invitationId", {}),
    ("modifyMember", "memberId", {"role": "ADMIN"}),
    ("removeMember", "memberId", {}),
    ("transferResources", "organizationId", {"destination": {"userId": "x"}, "applicationIds": ["y"]}),
    ("updateCustomizations", "organizationId", {"values": {"theme": "dark"}, "mode": "MERGE"}),
    ("updatePrivateEndpoints", "organizationId", {"add": []}),
)


class Templates:
    """Fills templates in.

    Args:
        numbers: What it draws from.
        ids: Where ids come from.
    """

    def __init__(self, numbers: random.Random, ids: Ids) -> None:
        self._numbers = numbers
        self._ids = ids

    def good(self) -> dict[str, Any]:
        """An operation with ids that are there."""
        return {"query": _ORGANIZATION, "operationName": "A", "variables": {"id": self._ids.good()}}

    def with_ids(self) -> dict[str, Any]:
        """An operation with ids of every form in every argument that takes one."""
        chosen = self._numbers.random()
        if chosen < 0.5:
            query = self._numbers.choice(_READS)
            given = {name: self._ids.anything() for name in ("id", "n", "c", "from", "other") if f"${name}" in query}
            return {"query": query, "variables": given}
        if chosen < 0.6:
            many = [self._ids.anything() for _ in range(self._numbers.choice((0, 1, 3, 20, 101)))]
            return {"query": self._numbers.choice(_READS_OF_MANY), "variables": {"ids": many}}
        return self.write()

    def write(self) -> dict[str, Any]:
        """A mutation with ids of every form."""
        field, argument, others = self._numbers.choice(_WRITES)
        given = {argument: self._ids.anything(), **others}
        for name in ("applicationIds", "dashboardIds"):
            if name in given:
                given[name] = [self._ids.anything() for _ in range(3)]
        if "destination" in given:
            given["destination"] = {self._numbers.choice(("organizationId", "userId")): self._ids.anything()}
        if self._numbers.random() < 0.1:
            given["clientMutationId"] = self._ids.hostile()
        kind = field[0].upper() + field[1:] + "Input!"
        selected = "{ clientMutationId userErrors { code message field upstream retryable } }"
        query = f"mutation($input: {kind}) {{ {field}(input: $input) {selected} }}"
        return {"query": query, "variables": {"input": given}}
