"""What plans save: `python -m tests.bench.plans` prints CPU microseconds per operation, graphql-core's and a plan's.

The real schema on the sandbox, its answers kept: what both executors share, adapters and cache among it, is in the
figures. `shapes` takes that away: the same documents on a schema of plain attributes and small resolvers.
"""

import asyncio
import gc
import statistics
import sys
import time
import tomllib
from collections.abc import Awaitable, Callable

import httpx
import strawberry
from graphql import Executor, experimental_execute_incrementally, get_introspection_query, get_operation_ast, parse
from strawberry.types.info import Info

from gateway.app import Gateway
from gateway.execution.plans.compiling import Compiler
from gateway.execution.plans.plan import plan_of
from gateway.execution.plans.values import NO_VARIABLES
from gateway.sandbox.serve import Sandbox
from gateway.settings import Settings
from resolvers.identity import Upstream
from resolvers.schema import graphql_schema

ROUNDS = 9
AT_LEAST = 0.15
"""Seconds of CPU per round."""

R1 = "query R1($id: ID!) { organization(id: $id) { id name description createdAt updatedAt } }"
R2 = """query R2($id: ID!, $from: DateTime!, $to: DateTime!) { organization(id: $id) {
  name slug logoUrl
  members(first: 100) { nodes { name email role } }
  invitations(first: 20) { nodes { email role status } }
  activities(first: 50) { nodes { occurredAt action actor { kind name } } }
  customizations { theme logoUrl brandingColor }
  usage(from: $from, to: $to) { deviceCounts { date total } payloadCounts { total } }
} }"""
R3 = """query R3($from: DateTime!, $to: DateTime!) { organizations(first: 50) { nodes {
  id name members(first: 20) { nodes { name role } } usage(from: $from, to: $to) { deviceCounts { date total } }
} } }"""
R4 = "query R4($id: ID!) {" + " ".join(f"a{n}: organization(id: $id) {{ name key }}" for n in range(20)) + "}"
VARIABLES = {"id": "acme", "from": "2026-09-01T00:00:00Z", "to": "2026-10-01T00:00:00Z"}
REAL = {
    "R1 one organization": R1,
    "R2 nested": R2,
    "R3 many": R3,
    "R4 20 aliases": R4,
    "R5 introspection": get_introspection_query(),
}


@strawberry.type
class Member:
    name: str
    email: str | None
    active: bool
    role: str

    @strawberry.field
    def id(self) -> strawberry.ID:
        return self.email


@strawberry.type
class Team:
    key: str

    @strawberry.field
    async def name(self) -> str:
        return self.key

    @strawberry.field
    async def members(self, info: Info, first: int = 20) -> list[Member]:
        return MEMBERS[: min(first, len(info.path.as_list()) * 100)]


MEMBERS = [Member(name=f"n{n}", email=f"{n}@example.com", active=True, role="ADMIN") for n in range(100)]
TEAMS = [Team(key=f"t{n}") for n in range(50)]


@strawberry.type
class Query:
    @strawberry.field
    def team(self) -> Team:
        return TEAMS[0]

    @strawberry.field
    async def teams(self) -> list[Team]:
        return TEAMS


SHAPES = {
    "shapes: one team, 2 fields": "{ team { key name } }",
    "shapes: 50 teams, 20 members, 4 000 leaves": "{ teams { key name members { name email active role } } }",
    "shapes: the same and 1 000 ids by a resolver": "{ teams { key name members { id name email active role } } }",
    "shapes: one team, 100 members": "{ team { members(first: 100) { name email active role } } }",
}


async def microseconds(operation: Callable[[], Awaitable[object]]) -> float:
    """CPU time of one, the median of several rounds."""
    await operation()
    seen = []
    gc.collect()
    for _ in range(ROUNDS):
        count, began = 0, time.process_time()
        while (spent := time.process_time() - began) < AT_LEAST / ROUNDS:
            await operation()
            count += 1
        seen.append(spent / count)
    return statistics.median(seen) * 1e6


async def compare(name, schema, text, variables, context):
    document = parse(text)
    operation = get_operation_ast(document)
    plan = plan_of(schema, document, operation, repeatable=schema is graphql_schema)
    asked = {each.variable.name.value for each in operation.variable_definitions or ()}
    given = {key: value for key, value in variables.items() if key in asked}

    async def by_graphql_core():
        running = experimental_execute_incrementally(
            schema, document, context_value=context(), variable_values=given, executor_class=Executor
        )
        return await running if hasattr(running, "__await__") else running

    async def by_plan():
        return await plan.run(given, context())

    async def by_nothing():
        return context()

    expected, answered = await by_graphql_core(), await by_plan()
    assert expected.data == answered.data
    assert not answered.errors, answered.errors

    async def compiling():
        Compiler(schema, document, operation, NO_VARIABLES).compile()

    measured = (by_graphql_core, by_plan, compiling, by_nothing)
    before, after, compiled, shared = [await microseconds(each) for each in measured]
    sys.stdout.write(
        f"| {name} | {before:.0f} | {after:.0f} | {before / after:.1f} | {compiled:.0f} | {shared:.0f} |\n"
    )


async def main():
    sandbox = Sandbox()
    values = tomllib.loads(sandbox.settings_toml()) | {"cache": {"fresh_seconds": 3600}}
    transports = {Upstream(name): httpx.ASGITransport(each) for name, each in sandbox.applications.items()}
    gateway = Gateway(Settings.model_validate(values), transports, on_sandbox=True)
    sys.stdout.write(
        "| operation | graphql-core µs | plan µs | ratio | compiling µs | context µs |\n|---|--:|--:|--:|--:|--:|\n"
    )
    shapes = strawberry.Schema(query=Query)._schema  # noqa: SLF001  Strawberry has no public name for it
    for name, text in SHAPES.items():
        await compare(name, shapes, text, {}, lambda: None)
    for name, text in REAL.items():
        await compare(name, graphql_schema, text, VARIABLES, gateway.surroundings)
    await gateway.close()
    sandbox.store.close()


if __name__ == "__main__":
    asyncio.run(main())
