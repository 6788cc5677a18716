"""Writes that are carried out once by all replicas together."""

import asyncio

import pytest

from gateway.ledger.entries import Entry, Sent
from gateway.ledger.store import KEPT_SECONDS, LedgerStore
from gateway.sandbox.faults import Fault
from gateway.shared.ledger import ALIVE_SECONDS, AT_ONCE, Life, SharedPages

pytestmark = pytest.mark.anyio

LOSANT = "575ed6e87ae143cd83dc4aa8"
INVITED = f"losant POST /orgs/{LOSANT}/invites"


def invite(email="new@acme.example", key="key"):
    return f"""mutation {{ inviteMember(input: {{organizationId: "acme", upstream: LOSANT, email: "{email}",
      role: VIEWER, clientMutationId: "{key}"}}) {{
      invitation {{ email }} userErrors {{ code message retryable }} }} }}"""


async def invited(replica, **given):
    return (await replica.data(invite(**given)))["inviteMember"]


async def code(replica, **given):
    [error] = (await invited(replica, **given))["userErrors"]
    return error["code"], error["retryable"]


async def test_a_key_is_answered_by_every_replica_and_sent_once(server, replica):
    replicas = [await replica(server.url) for _ in range(3)]
    answers = [await invited(each) for each in replicas]

    assert answers == [{"invitation": {"email": "new@acme.example"}, "userErrors": []}] * 3
    assert [each.calls.count(INVITED) for each in replicas] == [1, 0, 0]


async def test_of_many_at_once_at_all_replicas_one_is_sent(server, replica):
    replicas = [await replica(server.url) for _ in range(3)]
    answers = await asyncio.gather(*(invited(replicas[number % 3]) for number in range(30)))

    assert sum(each.calls.count(INVITED) for each in replicas) == 1
    told = [answer["userErrors"][0] for answer in answers if answer["userErrors"]]
    assert {(error["code"], error["retryable"]) for error in told} <= {("CONFLICT", True)}
    assert any(not answer["userErrors"] for answer in answers)


async def test_another_input_with_the_same_key_is_a_conflict_everywhere(server, replica):
    one, other = await replica(server.url), await replica(server.url)
    await invited(one)
    assert await code(other, email="another@acme.example") == ("CONFLICT", False)
    assert other.calls == []


async def test_other_keys_and_the_header_are_known_everywhere_too(server, replica):
    one, other = await replica(server.url), await replica(server.url)
    plain = invite().replace(', clientMutationId: "key"', "").replace('clientMutationId: "key"', "")
    first = await one.data(plain, {"Idempotency-Key": "k"})
    assert await other.data(plain, {"Idempotency-Key": "k"}) == first
    assert other.calls == []
    await other.data(invite(email="third@acme.example", key="k"))
    assert other.calls.count(INVITED) == 1


async def test_a_write_that_runs_elsewhere_is_a_conflict_for_now(server, replica, sandbox, eventually):
    one, other = await replica(server.url), await replica(server.url)
    sandbox.applications["losant"].state.faults.add(Fault("latency", seconds=1.5, method="POST"))
    running = asyncio.ensure_future(invited(one))
    await eventually(lambda: INVITED in one.calls)
    assert await code(other) == ("CONFLICT", True)

    assert (await running)["userErrors"] == []
    assert (await invited(other))["userErrors"] == []
    assert other.calls == []


async def test_a_write_while_the_server_is_away_is_remembered_here_and_later_everywhere(
    server, replica, eventually, lines
):
    one, other = await replica(server.url), await replica(server.url)
    server.kill()
    assert (await invited(one))["userErrors"] == []
    assert (await invited(one))["userErrors"] == []
    assert one.calls.count(INVITED) == 1
    assert lines().count("writes are remembered by this gateway alone while the shared cache is away") == 1

    server.start()
    await eventually(lambda: one.shares and other.shares)
    assert (await invited(other))["userErrors"] == []
    assert other.calls == []


async def test_a_server_that_lost_its_memory_gets_it_back(server, replica, eventually):
    one, other = await replica(server.url), await replica(server.url)
    await invited(one)
    server.kill()
    await eventually(lambda: not one.shares and not other.shares)
    server.start()
    await eventually(lambda: one.shares and other.shares)
    assert (await invited(other))["userErrors"] == []
    assert other.calls == []


async def test_a_server_that_goes_in_the_middle_of_a_write_hears_how_it_ended(server, replica, sandbox, eventually):
    one, other = await replica(server.url), await replica(server.url)
    sandbox.applications["losant"].state.faults.add(Fault("latency", seconds=1, method="POST"))
    running = asyncio.ensure_future(invited(one))
    await eventually(lambda: INVITED in one.calls)
    server.kill()
    assert (await running)["userErrors"] == []
    server.start()
    await eventually(lambda: one.shares and other.shares)
    assert (await invited(other))["userErrors"] == []
    assert other.calls == []


async def test_gateways_in_one_folder_have_files_of_their_own(server, replica, tmp_path):
    several = [await replica(server.url, on_sandbox=False) for _ in range(3)]
    for each in several:
        each.gateway.open()
    files = {path.name for path in (tmp_path / "state").glob("*.sqlite")}
    assert files == {"ledger.sqlite", "ledger-2.sqlite", "ledger-3.sqlite"}
    await several[1].close()
    again = await replica(server.url, on_sandbox=False)
    again.gateway.open()
    assert {path.name for path in (tmp_path / "state").glob("*.sqlite")} == files


def entry(key="key", caller="caller", fingerprint=b"\x00print"):
    return Entry(caller, key, "inviteMember", fingerprint)


class Ledgers:
    """The pages of several replicas, each with a file in memory and a line of its own."""

    def __init__(self, connect, url):
        self._connect = connect
        self._url = url
        self.stores = []

    async def __call__(self, store=None):
        connection = self._connect(self._url)
        self.stores.append(store or LedgerStore(None))
        pages = SharedPages(connection, self.stores[-1], Life(connection).name)
        await connection.start()
        return pages, connection


@pytest.fixture
def ledgers(server, connect):
    made = Ledgers(connect, server.url)
    yield made
    for each in made.stores:
        each.close()


async def bury(connection, other):
    """The end of a replica, and of the time for which it is believed to live."""
    names = set(await connection.ask("KEYS", "*replica*"))
    await connection.close()
    for name in names:
        await other.ask("DEL", name)
    await asyncio.sleep(1.5)


async def test_what_a_dead_replica_sent_is_unknown_and_named(ledgers):
    one, dying = await ledgers()
    other, line = await ledgers()
    await one.begin(entry())
    await one.sending(entry(), "nks", "POST /orgs")
    number = await one.sending(entry(), "losant", "POST /taken-back")
    await one.unsent(entry(), number)
    await one.sending(entry(), "losant", "DELETE /orgs/1")
    found = await other.begin(entry())
    assert found is not None
    assert found.state == "running"

    await bury(dying, line)
    found = await other.begin(entry())
    assert found == Entry("caller", "key", "inviteMember", b"\x00print", "unknown", None)
    assert await other.sent(entry()) == [Sent("nks", "POST /orgs", None), Sent("losant", "DELETE /orgs/1", None)]


async def test_what_a_dead_replica_may_have_sent_unnoticed_is_unknown_too(ledgers):
    one, dying = await ledgers()
    other, line = await ledgers()
    await one.begin(entry())
    await bury(dying, line)
    found = await other.begin(entry())
    assert found is not None
    assert found.state == "unknown"
    assert await other.sent(entry()) == []


async def test_a_replica_that_was_taken_for_dead_has_the_last_word(ledgers):
    one, line = await ledgers()
    other, _ = await ledgers()
    await one.begin(entry())
    await one.sending(entry(), "nks", "POST /orgs")
    for name in await line.ask("KEYS", "*replica*"):
        await line.ask("DEL", name)
    assert (await other.begin(entry())).state == "unknown"
    await one.finish(entry(), b"answer")
    found = await other.begin(entry())
    assert (found.state, found.payload) == ("done", b"answer")


async def test_what_is_forgotten_is_free_everywhere(ledgers):
    one, _ = await ledgers()
    other, _ = await ledgers()
    await one.begin(entry())
    await one.forget(entry())
    assert await other.begin(entry()) is None


async def test_what_is_forgotten_while_the_server_is_away_is_free_when_it_is_back(make_server, connect, eventually):
    server = make_server("--appendonly", "yes", "--appendfsync", "always")
    server.start()
    ledgers = Ledgers(connect, server.url)
    one, line = await ledgers()
    other, another = await ledgers()
    await one.begin(entry())
    server.kill()
    await eventually(lambda: not line.available and not another.available)
    await one.forget(entry())
    server.start()
    await eventually(lambda: line.available and another.available)
    assert await other.begin(entry()) is None


async def test_nobody_settles_what_is_anothers(ledgers):
    one, _ = await ledgers()
    other, _ = await ledgers()
    await one.begin(entry())
    await other.finish(entry(), b"false")
    await other.forget(entry())
    await other.sending(entry(), "nks", "POST /false")
    found = await other.begin(entry())
    assert (found.state, found.payload) == ("running", None)
    assert [each.target for each in await one.sent(entry())] == []


async def test_callers_do_not_share_keys(ledgers):
    one, _ = await ledgers()
    other, _ = await ledgers()
    assert await one.begin(entry(caller="a", key="bc")) is None
    assert await other.begin(entry(caller="ab", key="c")) is None
    assert (await other.begin(entry(caller="a", key="bc"))).state == "running"


async def test_entries_are_kept_for_a_day(ledgers):
    one, line = await ledgers()
    await one.begin(entry())
    await one.finish(entry(), b"answer")
    [name] = await line.ask("KEYS", "*write*")
    assert KEPT_SECONDS - 60 < await line.ask("TTL", name) <= KEPT_SECONDS
    [name] = await line.ask("KEYS", "*replica*")
    assert 0 < await line.ask("TTL", name) <= ALIVE_SECONDS


async def test_a_server_without_memory_gets_all_of_it_back(server, ledgers, eventually):
    one, line = await ledgers()
    other, another = await ledgers()
    many = 3 * AT_ONCE + 1
    for number in range(many):
        await one.begin(entry(str(number)))
    for number in range(1, many):
        await one.finish(entry(str(number)), b"%d" % number)
    server.kill()
    await eventually(lambda: not line.available and not another.available)
    server.start()
    await eventually(lambda: line.available and another.available)

    found = [await other.begin(entry(str(number))) for number in range(many)]
    assert [each.payload for each in found] == [None, *(b"%d" % number for number in range(1, many))]
    assert found[0].state == "running"


async def test_what_was_claimed_elsewhere_meanwhile_stays_the_others(server, ledgers, eventually):
    one, line = await ledgers()
    server.kill()
    await eventually(lambda: not line.available)
    assert await one.begin(entry()) is None
    await one.finish(entry(), b"of one")
    other_store = LedgerStore(None)
    assert other_store.begin(entry()) is None
    other_store.finish(entry(), b"of the other")
    await line.close()
    server.start()
    other, _ = await ledgers(other_store)
    again, _ = await ledgers(ledgers.stores[0])
    third, _ = await ledgers()
    assert (await third.begin(entry())).payload == b"of the other"
    assert (await again.begin(entry())).payload == b"of one"
    assert (await other.begin(entry())).payload == b"of the other"
