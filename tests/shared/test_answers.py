"""Kept answers: what one replica has read serves the others, until any of them writes."""

import asyncio
import time

import pytest

from gateway.sandbox.faults import Fault
from gateway.shared.entries import LARGEST_BYTES, SharedEntries
from gateway.shared.generations import SharedGenerations
from gateway.wire.call import Answer, Call
from gateway.wire.entries import Entry, MemoryEntries
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

NAME = '{ organization(id: "acme") { name } }'
OTHER = '{ organization(id: "northwind") { name } }'
ALL = "{ organizations(first: 20) { nodes { key } } }"
LOSANT = "575ed6e87ae143cd83dc4aa8"

READ = Call(Upstream.LOSANT, "org.get", "GET", f"/orgs/{LOSANT}", organizations=(LOSANT,))
LIST = Call(Upstream.LOSANT, "orgs.get", "GET", "/orgs")
ELSEWHERE = Call(Upstream.NKS, "orgs", "GET", "/orgs")


def rename(name):
    return f"""mutation {{ updateOrganization(input: {{organizationId: "acme", name: "{name}", upstreams: [LOSANT]}}) {{
      userErrors {{ code message }} }} }}"""


async def name_at(replica, headers=None):
    return (await replica.data(NAME, headers))["organization"]["name"]


async def test_what_one_has_read_serves_the_others(server, replica):
    one, other = await replica(server.url), await replica(server.url)
    names = [await name_at(one), await name_at(other), await name_at(other)]

    assert names == ["Acme Corporation"] * 3
    assert (one.calls, other.calls) == ([f"losant GET /orgs/{LOSANT}"], [])


async def test_a_write_by_one_is_seen_by_the_next_read_at_the_others(server, replica):
    replicas = [await replica(server.url) for _ in range(3)]
    for number in range(12):
        writer = replicas[number % 3]
        for each in replicas:
            await name_at(each)
        await writer.data(rename(f"Name {number}"))
        assert [await name_at(each) for each in replicas] == [f"Name {number}"] * 3
        assert [await name_at(each) for each in replicas] == [f"Name {number}"] * 3


async def test_a_write_leaves_what_it_does_not_touch(server, replica):
    one, other = await replica(server.url), await replica(server.url)
    await one.data(OTHER)
    await one.data(rename("Heron"))
    other.calls.clear()
    await other.data(OTHER)
    assert other.calls == []


async def test_lists_are_read_anew_after_a_write_elsewhere(server, replica):
    one, other = await replica(server.url), await replica(server.url)
    await other.data(ALL)
    other.calls.clear()
    await other.data(ALL)
    assert other.calls == []
    await one.data(rename("Heron"))
    await other.data(ALL)
    assert "losant GET /orgs" in other.calls


async def test_other_credentials_share_nothing(server, replica, sandbox):
    by_caller = """[upstreams.losant]
url = "http://losant.invalid"
credentials = "caller"
"""
    one, other = await replica(server.url, by_caller), await replica(server.url, by_caller)
    good = {"Losant-Authorization": f"Bearer {sandbox.credentials.losant}"}
    bad = {"Losant-Authorization": "Bearer another"}
    assert await name_at(one, good) == await name_at(other, good) == "Acme Corporation"
    assert other.calls == []

    answer = await other.post(NAME, bad)
    assert answer["data"]["organization"] is None or answer["data"]["organization"]["name"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UPSTREAM_UNAUTHENTICATED"]
    assert other.calls == [f"losant GET /orgs/{LOSANT}"]


async def test_no_credential_stands_in_the_server(server, replica, sandbox):
    one = await replica(server.url)
    await one.data(NAME)
    await one.data(rename("Heron"))
    shared = one.gateway._shared.connection  # noqa: SLF001  there is no other way in
    names = await shared.ask("KEYS", "*")
    dumped = b"".join([name + (await shared.ask("DUMP", name) or b"") for name in names])

    assert b"Heron" in dumped or b"organization" in dumped
    for credential in (sandbox.credentials.losant, sandbox.credentials.nks, sandbox.credentials.locktera):
        assert credential.encode() not in dumped


async def test_other_upstreams_behind_the_same_server_share_nothing(server, replica):
    one = await replica(server.url)
    elsewhere = '[upstreams.losant]\nurl = "http://other.invalid"\ntoken = "losant-token"\n'
    other = await replica(server.url, elsewhere)
    assert one.gateway._shared.marks.of(("a", "b")) != other.gateway._shared.marks.of(("a", "b"))  # noqa: SLF001


async def test_stale_answers_are_shared_too(server, replica, sandbox):
    figures = "[cache]\nfresh_seconds = 0.05\n"
    one, other = await replica(server.url, figures), await replica(server.url, figures)
    await name_at(one)
    await asyncio.sleep(0.1)
    sandbox.applications["losant"].state.faults.add(Fault("status", status=503))
    answer = await other.post(NAME)

    assert answer["data"]["organization"]["name"] == "Acme Corporation"
    assert answer["extensions"]["staleness"][0]["upstream"] == "LOSANT"


async def test_nothing_from_before_it_went_serves_while_it_is_away(server, replica):
    one = await replica(server.url)
    await name_at(one)
    server.kill()
    assert await name_at(one) == await name_at(one) == "Acme Corporation"
    assert one.calls == [f"losant GET /orgs/{LOSANT}"] * 2


async def test_nothing_from_while_it_was_away_serves_when_it_is_back(server, replica, eventually):
    one, other = await replica(server.url), await replica(server.url)
    server.kill()
    await name_at(one)
    await other.data(rename("Heron"))
    assert await name_at(one) == "Acme Corporation"
    server.start()
    await eventually(lambda: one.shares and other.shares)
    assert await name_at(one) == await name_at(other) == "Heron"
    assert one.calls == [f"losant GET /orgs/{LOSANT}"] * 2


async def test_a_write_while_only_its_replica_has_lost_the_server_is_told_later(server, replica, eventually):
    one, other = await replica(server.url), await replica(server.url)
    await name_at(one)
    shared = one.gateway._shared.connection  # noqa: SLF001  cuts one line and leaves the other
    server.command("CLIENT", "KILL", "LADDR", f"127.0.0.1:{server.port}", "SKIPME", "yes")
    await eventually(lambda: one.shares and other.shares)
    generations = SharedGenerations(shared)
    before = await generations.of(READ)
    shared._pipe, kept = None, shared._pipe  # noqa: SLF001  for it alone the server is away
    await generations.bump(READ)
    shared._pipe = kept  # noqa: SLF001
    await eventually(lambda: not generations._untold)  # noqa: SLF001
    assert await generations.of(READ) != before


async def test_a_token_that_is_lost_is_a_new_generation(server, connect):
    generations = SharedGenerations(connect(server.url))
    seen = [await generations.of(READ), await generations.of(READ)]
    assert seen[0] == seen[1]
    for _ in range(5):
        server.command("FLUSHALL")
        seen.append(await generations.of(READ))
    assert len(set(seen)) == 6


async def test_a_token_of_another_run_of_the_server_is_another_generation(server, connect, eventually):
    connection = connect(server.url)
    generations = SharedGenerations(connection)
    first = await generations.of(READ)
    names = await connection.ask("KEYS", "*generation*")
    tokens = {name: await connection.ask("GET", name) for name in names}
    server.kill()
    await eventually(lambda: not connection.available)
    server.start()
    await eventually(lambda: connection.available)
    for name, token in tokens.items():
        await connection.ask("SET", name, token)
    assert await generations.of(READ) != first


async def test_a_bump_counts_for_its_organizations_and_its_upstreams_lists(server, connect):
    one, other = SharedGenerations(connect(server.url)), SharedGenerations(connect(server.url))
    before = [await other.of(call) for call in (READ, LIST, ELSEWHERE)]
    await one.bump(READ)
    after = [await other.of(call) for call in (READ, LIST, ELSEWHERE)]
    assert [was != now for was, now in zip(before, after, strict=True)] == [True, True, False]


async def test_replicas_agree_on_generations(server, connect):
    several = [SharedGenerations(connect(server.url)) for _ in range(5)]
    found = await asyncio.gather(*(each.of(READ) for each in several for _ in range(10)))
    assert len(set(found)) == 1


async def test_generations_never_come_back_through_changes_of_the_server(server, connect, eventually):
    connection = connect(server.url)
    generations = SharedGenerations(connection)
    seen = [await generations.of(READ)]
    for _ in range(3):
        server.kill()
        await eventually(lambda: not connection.available)
        seen.append(await generations.of(READ))
        server.start()
        await eventually(lambda: connection.available)
        seen.append(await generations.of(READ))
    assert len(set(seen)) == 7


@pytest.fixture
def levels(server, connect):
    """Two replicas' entries, and what each has in memory."""

    def level():
        memory = MemoryEntries(most=100, most_bytes=100_000_000)
        return SharedEntries(connect(server.url), memory, keep_seconds=60), memory

    return level(), level()


def entry(body=b"{}", *, age=0.0, generation=7, status=200):
    return Entry(Answer(status, {"content-type": "application/json"}, body), time.monotonic() - age, generation)


async def test_an_entry_is_the_same_at_the_other_and_its_age_too(levels):
    (one, _), (other, memory) = levels
    await one.get(b"key")
    await one.put(b"key", entry(b"\x00\xff{}", age=20))
    await one.get(b"none")
    got = await other.get(b"key", 7)
    assert got is not None
    assert (got.answer, got.generation) == (entry(b"\x00\xff{}").answer, 7)
    assert 19 < time.monotonic() - got.kept_at < 40
    assert len(memory) == 1


async def test_entries_of_another_generation_or_too_old_are_none(levels):
    (one, _), (other, _) = levels
    await one.get(b"key")
    await one.put(b"key", entry(age=20))
    assert await one.get(b"key", 8) is None
    assert await other.get(b"key", 8) is None
    assert await other.get(b"key", 7, time.monotonic() - 5) is None
    assert await other.get(b"key", 7, time.monotonic() - 50) is not None


async def test_a_younger_entry_elsewhere_is_found_past_an_older_one_in_memory(levels):
    (one, _), (other, _) = levels
    await other.get(b"key")
    await other.put(b"key", entry(b"old", age=20))
    await one.get(b"key")
    await asyncio.sleep(0.05)
    await one.put(b"key", entry(b"new"))
    await one.get(b"none")
    got = await other.get(b"key", 7, time.monotonic() - 10)
    assert got is not None
    assert got.answer.body == b"new"


async def test_a_body_that_is_too_long_stays_in_memory(levels):
    (one, _), (other, _) = levels
    await one.get(b"key")
    for name, body in ((b"fits", b"x" * LARGEST_BYTES), (b"too long", b"x" * (LARGEST_BYTES + 1))):
        await one.put(name, entry(body))
    await one.get(b"none")
    assert [await one.get(name, 7) is not None for name in (b"fits", b"too long")] == [True, True]
    assert [await other.get(name, 7) is not None for name in (b"fits", b"too long")] == [True, False]


async def test_what_is_dropped_is_dropped_everywhere(levels):
    (one, _), (other, _) = levels
    await one.get(b"key")
    await one.put(b"key", entry())
    await one.drop(b"key")
    await one.get(b"none")
    assert (await one.get(b"key"), await other.get(b"key")) == (None, None)


async def test_what_the_server_has_is_dated_to_expire(levels, server, connect):
    (one, _), _ = levels
    await one.get(b"key")
    await one.put(b"key", entry(age=20))
    await one.put(b"missing", entry(age=0.5, status=404))
    await one.put(b"old", entry(age=61))
    connection = connect(server.url)
    await one.get(b"none")
    left = {name.rpartition(b":")[2]: await connection.ask("PTTL", name) for name in await connection.ask("KEYS", "*answer*")}
    assert left.keys() == {b"key".hex().encode(), b"missing".hex().encode()}
    assert 20_000 < left[b"key".hex().encode()] <= 40_000
    assert 0 < left[b"missing".hex().encode()] <= 500


@pytest.mark.parametrize("junk", ["junk", "", "\x93\x01\x02\x03"])
async def test_junk_in_the_server_is_no_answer(levels, server, connect, junk):
    (one, _), _ = levels
    connection = connect(server.url)
    await connection.ask("SET", connection.key("answer", b"key".hex()), junk)
    assert await one.get(b"key") is None
