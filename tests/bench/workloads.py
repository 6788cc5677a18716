"""The operations that are measured, and what a right answer to each holds."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from graphql import get_introspection_query

from resolvers.schema import graphql_schema
from tests.bench.bodies import ALONE, FROM, INVITED, LINKED, LOCKTERA, LOSANT, MEMBERS, NKS, TO

WIDE, ALIASES = 50, 30
HOT = 8
"""So many different requests, where answers are kept."""
HOT_WIDE = 2
"""The same of requests for 50 organizations."""

R1 = "query R1($id: ID!) { organization(id: $id) { id name description createdAt updatedAt } }"
R2 = """query R2($id: ID!, $from: DateTime!, $to: DateTime!) { organization(id: $id) {
  name slug logoUrl
  members(first: 100) { nodes { name email role } }
  invitations(first: 20) { nodes { email role status } }
  activities(first: 50) { nodes { occurredAt action actor { kind name } } }
  customizations { theme logoUrl brandingColor }
  usage(from: $from, to: $to) { deviceCounts { date total } payloadCounts { total } }
} }"""
R3 = """query R3($ids: [ID!]!, $from: DateTime!, $to: DateTime!) { organizationsByIds(ids: $ids) {
  id name members(first: 20) { nodes { name role } } usage(from: $from, to: $to) { deviceCounts { date total } }
} }"""
R4 = f"""query R4($id: ID!) {{ {
    " ".join(f"a{n}: organization(id: $id) {{ name members(first: 1) {{ totalCount }} }}" for n in range(ALIASES))
} }}"""
R5 = get_introspection_query()
R6 = """mutation R6($input: InviteMemberInput!) { inviteMember(input: $input) {
  invitation { email role status } userErrors { code message }
} }"""


@dataclass(frozen=True)
class Workload:
    """One kind of request.

    Attributes:
        name: Short.
        title: What it is.
        calls: The least upstream calls that one takes.
        query: The document.
        pool: The variables of each request.
        wrong: What is wrong with the data that were answered to the variables; empty where nothing is.
        hot: How many of the pool are asked for where answers are kept.
    """

    name: str
    title: str
    calls: int
    query: str
    pool: list[dict]
    wrong: Callable[[dict, dict], str]
    hot: int = HOT

    def bodies(self, *, hot=False):
        """All requests of the pool."""
        pool = self.pool[: self.hot] if hot else self.pool
        return [json.dumps({"query": self.query, "variables": variables}).encode() for variables in pool]


def losant(number):
    """An organization that no link names."""
    return "losant:" + LOSANT.replace("~~~~", f"{number:04d}")


def number_of(id):
    """The number in it."""
    return id[-4:]


def unlike(found, expected):
    """The first place where they differ."""
    differing = [name for name, value in expected.items() if found.get(name) != value]
    return f"{differing[0]} is {str(found.get(differing[0]))[:200]}" if differing else ""


def workloads(world):
    """All, by name."""
    shuffled = random.Random(7)  # noqa: S311  the same in every run
    alone, linked = [*ALONE], [*LINKED]
    shuffled.shuffle(alone)
    shuffled.shuffle(linked)
    wide = [alone[first : first + WIDE] for first in range(0, len(alone), WIDE)]
    window = {"from": FROM, "to": TO}
    organization = world.value(f"/orgs/{LOSANT}")
    days = [{"total": each["total"]} for each in world.value(f"/orgs/{LOSANT}/deviceCounts")["counts"]]
    categories = world.value(f"/orgs/{LOSANT}/payloadCounts").values()
    payloads = sum(count for each in categories for count in each.values())
    customizations = world.value(f"/v1/orgs/{LOCKTERA}/customizations")
    emails = {each["email"] for each in organization["members"]}
    emails |= {each["user"]["email"] for each in world.value(f"/orgs/{NKS}/members")}
    types = set(graphql_schema.type_map)

    def r1(data, variables):
        expected = {"name": f"Organization {number_of(variables['id'])}", "description": organization["description"]}
        return unlike(data["organization"], expected)

    def r2(data, variables):
        found = data["organization"]
        number = number_of(variables["id"])
        people = {each["email"] for each in found["members"]["nodes"]}
        times = [each["occurredAt"] for each in found["activities"]["nodes"]]
        seen = {
            "name": found["name"],
            "slug": found["slug"],
            "people": {each.replace("~~~~", number) for each in emails} <= people,
            "activities": (len(times), times == sorted(times, reverse=True)),
            "theme": found["customizations"]["theme"],
            "invitations": bool(found["invitations"]["nodes"]),
            "days": [{"total": each["total"]} for each in found["usage"]["deviceCounts"]],
            "payloads": found["usage"]["payloadCounts"]["total"],
        }
        expected = {"name": f"Organization {number}", "slug": f"organization-{number}", "people": True}
        expected |= {"activities": (50, True), "theme": customizations["theme"], "invitations": True}
        return unlike(seen, expected | {"days": days, "payloads": payloads})

    def r3(data, variables):
        found = data["organizationsByIds"]
        names = [f"Organization {number_of(id)}" for id in variables["ids"]]
        seen = {
            "names": [each["name"] for each in found],
            "members": {len(each["members"]["nodes"]) for each in found},
            "days": [[{"total": day["total"]} for day in each["usage"]["deviceCounts"]] for each in found],
        }
        return unlike(seen, {"names": names, "members": {MEMBERS}, "days": [days] * WIDE})

    def r4(data, variables):
        one = {"name": f"Organization {number_of(variables['id'])}", "members": {"totalCount": MEMBERS}}
        return unlike(data, {f"a{n}": one for n in range(ALIASES)})

    def r5(data, _):
        return unlike({"types": {each["name"] for each in data["__schema"]["types"]}}, {"types": types})

    def r6(data, _):
        invitation = {"email": INVITED, "role": "EDITOR", "status": "PENDING"}
        return unlike(data["inviteMember"], {"invitation": invitation, "userErrors": []})

    one = [{"id": losant(number)} for number in alone]
    nested = [{"id": f"acme-{number:04d}", **window} for number in linked]
    sets = [{"ids": [losant(number) for number in each], **window} for each in wide]
    asked = {"upstream": "LOSANT", "email": INVITED, "role": "EDITOR"}
    invited = [{"input": {"organizationId": losant(number), **asked}} for number in alone]
    found = [
        Workload("R1", "one organization, 5 scalars", 1, R1, one, r1),
        Workload("R2", "one organization over four upstreams", 12, R2, nested, r2),
        Workload("R3", f"{WIDE} organizations, their members and usage", 2 * WIDE, R3, sets, r3, HOT_WIDE),
        Workload("R4", f"one organization under {ALIASES} aliases", 1, R4, one, r4),
        Workload("R5", "introspection", 0, R5, [{}], r5),
        Workload("R6", "a member is invited", 1, R6, invited, r6),
    ]
    return {each.name: each for each in found}
