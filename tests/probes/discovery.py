"""What strangers learn of the schema from errors alone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema

LATE = 124
"""The exit code of a tool that did not end in time."""
_OTHERS = ("account", "billing", "customer", "device", "invoice", "login", "me", "order", "product", "user", "users")
_GAVE_UP = re.compile(r"Unable to get TypeRef|Field Suggestion")


def _fields(schema_file: Path) -> dict[str, set[str]]:
    kinds = (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)
    schema = build_schema(schema_file.read_text())
    return {
        name: set(kind.fields)
        for name, kind in schema.type_map.items()
        if isinstance(kind, kinds) and not name.startswith("__")
    }


def words(schema_file: Path) -> list[str]:
    """Guesses: the root fields of the schema, some others of it, and names that it does not have."""
    fields = _fields(schema_file)
    return sorted({*fields["Query"], *sorted(fields["Mutation"])[:4], *sorted(fields["Organization"])[:4], *_OTHERS})


def learned(found: Path, schema_file: Path) -> list[str]:
    """The fields in clairvoyance's output that the schema has, `Type.field`."""
    if not found.exists() or not found.read_text().strip():
        return []
    there = _fields(schema_file)
    types = json.loads(found.read_text())["data"]["__schema"]["types"]
    return sorted(
        f"{kind['name']}.{field['name']}"
        for kind in types
        for field in kind.get("fields") or ()
        if field["name"] in there.get(kind["name"], ())
    )


def gave_up(said: str) -> bool:
    """Whether clairvoyance says itself that errors tell it nothing."""
    return bool(_GAVE_UP.search(said))


MISTAKES = (
    "{ viewr { name } }",
    "{ viewer { nam } }",
    "{ viewer }",
    "{ organization { key } }",
    "{ organization(ids: 1) { key } }",
    "{ organization(id: {}) { key } }",
    "{ organization(id: 1) { links { upstreamm } } }",
    "{ organization(id: 1) { members(roles: [ADMINN]) { totalCount } } }",
    "{ node(id: 1) { ... on Organizatio { key } } }",
    "{ upstreams { upstream { a } } }",
    "query($a: Rol) { viewer { name } }",
    "mutation { updateOrganization(input: {organizationI: 1}) { clientMutationId } }",
    "{ __schema { types { name } } }",
    '{ __type(name: "Query") { fields { name } } }',
)
VARIABLES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("query($a: Role) { viewer { name } }", {"a": "ADMINN"}),
    (
        "mutation($a: RevokeInvitationInput!) { revokeInvitation(input: $a) { clientMutationId } }",
        {"a": {"invitationI": 1}},
    ),
    ("mutation($a: RevokeInvitationInput!) { revokeInvitation(input: $a) { clientMutationId } }", {"a": {}}),
)


def told(url: str, key: str) -> Iterator[str]:
    """Errors that suggest a name which was not in the request, or answers to introspection."""
    asked = [(query, {}) for query in MISTAKES] + list(VARIABLES)
    for query, variables in asked:
        answer = httpx.post(
            url, json={"query": query, "variables": variables}, headers={"Authorization": f"Bearer {key}"}
        ).json()
        if answer.get("data") and "__" in query:
            yield f"introspection is answered: {query}"
        for error in answer.get("errors", []):
            if "Did you mean" in error["message"]:
                yield f"a suggestion: {query} → {error['message']}"
