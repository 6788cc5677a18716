"""The vendor's own command-line client (clickhousectl 0.5.0) against the stand-in, over a socket."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gateway.sandbox.clickhouse import stand_in
from gateway.sandbox.clock import Clock
from gateway.sandbox.listening import Listener
from gateway.sandbox.stand_in import application
from gateway.sandbox.store import Store
from gateway.sandbox.world.clickhouse import BACKUP_OPERATOR, BO, CARLAS_INVITATION
from gateway.sandbox.world.links import ACME_CLICKHOUSE, MEGACORP_CLICKHOUSE

pytestmark = pytest.mark.anyio

CLIENT = Path(sys.executable).with_name("clickhousectl")
PAIR = ("CH_KEY_ID", "CH_KEY_SECRET")
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
ADMIN, MEMBER = "0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e01", "0d5e7c10-4f2b-4a6e-8c91-1a2b3c4d5e02"


class Client(NamedTuple):
    port: int
    home: Path

    async def run(
        self, *words: str, organization: str = ACME_CLICKHOUSE, pair: tuple[str, str] = PAIR
    ) -> tuple[int, Any]:
        """The exit code, and what was printed as JSON: the answer, or the error."""
        server = f"http://127.0.0.1:{self.port}"
        process = await asyncio.create_subprocess_exec(
            *(CLIENT, "cloud", "--url", server, "--org-id", organization, "--json", *words),
            env={
                "CLICKHOUSE_CLOUD_API_KEY": pair[0],
                "CLICKHOUSE_CLOUD_API_SECRET": pair[1],
                "DO_NOT_TRACK": "1",
                "HOME": str(self.home),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, complained = await process.communicate()
        return process.returncode or 0, json.loads(complained if process.returncode else printed)

    async def answer(self, *words: str) -> Any:
        """What was printed by a run that went well."""
        code, printed = await self.run(*words)
        assert code == 0, printed
        return printed


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    store, clock = Store(), Clock(NOW)
    listener = Listener(application(stand_in(store, clock), store, clock), "127.0.0.1", 0)
    await listener.start()
    yield Client(listener.port, tmp_path)
    await listener.stop()
    store.close()


async def test_the_client_reads_the_one_organization_of_its_key(client: Client) -> None:
    [listed] = await client.answer("org", "list")
    assert listed == await client.answer("org", "get")
    assert (listed["id"], listed["name"]) == (ACME_CLICKHOUSE, "Acme Analytics")
    assert listed["privateEndpoints"][0]["region"] == "us-east-1"
    assert listed["byocConfig"][0]["state"] == "infra-ready"


async def test_the_client_renames_the_organization_and_removes_an_endpoint(client: Client) -> None:
    endpoint = "vpce-0a1b2c3d4e5f67890,cloud-provider=aws,region=us-east-1"
    update = ("--new-name", "Acme Data Platform", "--remove-private-endpoint", endpoint, "--enable-core-dumps", "false")
    updated = await client.answer("org", "update", *update)
    assert updated == await client.answer("org", "get")
    assert (updated["name"], updated["enableCoreDumps"]) == ("Acme Data Platform", False)
    assert updated.get("privateEndpoints", []) == []
    newest = (await client.answer("activity", "list"))[0]
    assert (newest["type"], newest["actorType"]) == ("organization_update_name", "api")
    assert newest["userAgent"].startswith("clickhousectl/")


async def test_the_client_reads_usage_and_is_told_the_longest_period(client: Client) -> None:
    start, end = (NOW - timedelta(days=30)).date(), NOW.date()
    usage = await client.answer("org", "usage", "--from-date", f"{start}", "--to-date", f"{end}")
    assert usage["grandTotalCHC"] == round(sum(row["totalCHC"] for row in usage["costs"]), 2) > 0
    tagged = ("--from-date", f"{end}", "--to-date", f"{end}", "--filter", "tag:env=dev")
    assert [row["entityName"] for row in (await client.answer("org", "usage", *tagged))["costs"]] == ["lab-warehouse"]
    code, problem = await client.run("org", "usage", "--from-date", f"{start - timedelta(1)}", "--to-date", f"{end}")
    assert (code, problem["error"]["message"]) == (1, "BAD_REQUEST: the period must be at most 31 days")


async def test_the_client_reads_quotas_and_roles(client: Client) -> None:
    quotas = {quota["quotaCode"]: quota for quota in await client.answer("org", "quota", "list")}
    assert quotas["services-per-organization"]["value"] == 20
    assert quotas["replicas-per-warehouse"]["scope"] == "warehouse"
    roles = {role["name"]: role for role in await client.answer("org", "role", "list")}
    assert (roles["Admin"]["type"], roles["Backup operator"]["type"]) == ("system", "custom")
    role = await client.answer("org", "role", "get", BACKUP_OPERATOR)
    assert role["actors"] == roles["Backup operator"]["actors"]
    assert f"user/{BO}" in role["actors"]


async def test_the_client_reads_activities_of_every_kind(client: Client) -> None:
    activities = await client.answer("activity", "list")
    assert len(activities) == 250
    assert {entry["actorType"] for entry in activities} == {"user", "system", "api", "support", "automaton"}
    assert "organization_quantum_leap" in {entry["type"] for entry in activities}
    within = await client.answer("activity", "list", "--from-date", "2025-06-01", "--to-date", "2025-06-10")
    assert [entry["type"] for entry in within] == ["organization_invite_create", "service_idle", "openapi_key_update"]
    assert await client.answer("activity", "get", within[0]["id"]) == within[0]


async def test_the_client_changes_and_removes_a_member(client: Client) -> None:
    members = {member["userId"]: member for member in await client.answer("member", "list")}
    answered = await client.answer("member", "update", BO, "--role-id", ADMIN)
    assert answered == members[BO]
    changed = await client.answer("member", "get", BO)
    assert [role["roleName"] for role in changed["assignedRoles"]] == ["Admin"]
    await client.answer("member", "remove", BO)
    assert BO not in {member["userId"] for member in await client.answer("member", "list")}


async def test_the_client_invites_and_revokes(client: Client) -> None:
    made = await client.answer("invitation", "create", "--email", "Zed@Acme.example", "--role-id", MEMBER)
    assert (made["email"], made["assignedRoles"][0]["roleName"]) == ("zed@acme.example", "Member")
    assert await client.answer("invitation", "get", made["id"]) == made
    await client.answer("invitation", "delete", CARLAS_INVITATION)
    ids = [invitation["id"] for invitation in await client.answer("invitation", "list")]
    assert made["id"] in ids
    assert CARLAS_INVITATION not in ids


async def test_the_client_lists_keys_and_opens_the_door_with_a_new_one(client: Client) -> None:
    keys = {key["name"]: key for key in (await client.answer("key", "list"))["result"]}
    assert (keys["ci-key"]["keySuffix"], keys["old-loader"]["state"]) == ("x9Qz", "disabled")
    allowed = ("--role-id", ADMIN, "--ip-allow", "127.0.0.0/8=here")
    made = await client.answer("key", "create", "--name", "spare", *allowed)
    assert made["key"]["keySuffix"] == made["keyId"][-4:]
    code, listed = await client.run("key", "list", pair=(made["keyId"], made["keySecret"]))
    assert code == 0
    assert "spare" in {key["name"] for key in listed["result"]}


async def test_the_client_understands_what_is_not_there(client: Client) -> None:
    code, problem = await client.run("org", "get", organization=MEGACORP_CLICKHOUSE)
    assert (code, problem["error"]["code"]) == (1, "resource_not_found")
    code, problem = await client.run("activity", "get", "bogus-id")
    assert (code, problem["error"]["message"]) == (1, "BAD_REQUEST length is too small: 8 < 20")


async def test_the_client_with_a_wrong_secret_is_not_let_in(client: Client) -> None:
    code, problem = await client.run("org", "list", pair=("CH_KEY_ID", "wrong"))
    assert code != 0
    assert "Key is not found" in json.dumps(problem)
