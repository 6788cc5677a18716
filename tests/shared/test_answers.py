"""Kept answers: what one replica has read serves the others, until any of them writes."""

import asyncio

import pytest

from gateway.sandbox.faults import Fault
from gateway.shared.generations import SharedGenerations
from gateway.wire.call import Call
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


async def test_a_write_while_one_line_is_cut_is_told_when_it_is_there_again(server, connect, eventually):
    cut, whole = connect(server.url), connect(server.url)
    one, other = SharedGenerations(cut), SharedGenerations(whole)
    before = await other.of(READ)
    server.command("CLIENT", "KILL", "ID", str(await cut.ask("CLIENT", "ID")))
    await one.bump(READ)
    await eventually(lambda: cut.available)
    await one.of(READ)

    async def told():
        return await other.of(READ) != before

    await eventually(told)
    assert await one.of(READ) == await other.of(READ)


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
