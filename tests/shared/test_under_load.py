"""The server goes and comes back under load: no caller sees an error, and nobody waits long."""

import asyncio
import itertools

import pytest

pytestmark = pytest.mark.anyio

IN_FLIGHT = 200
QUERIES = [
    '{ organization(id: "acme") { name } }',
    '{ organization(id: "northwind") { name slug } }',
    "{ organizations(first: 5) { nodes { key name } } }",
    '{ a: organization(id: "acme") { name } b: organization(id: "megacorp") { name } }',
]
BUDGET = "[limits.budget]\ncost = 1000000000\nseconds = 3600\n"


class Load:
    """Callers who ask again and again.

    Attributes:
        answers: How many came.
        errors: All of them.
    """

    def __init__(self, replicas):
        self.answers = 0
        self.errors = []
        self._stopped = False
        self._tasks = [
            asyncio.ensure_future(self._ask(replica, number))
            for number, replica in zip(range(IN_FLIGHT), itertools.cycle(replicas), strict=False)
        ]

    async def _ask(self, replica, number):
        for query in itertools.cycle(QUERIES[number % 4 :] + QUERIES[: number % 4]):
            if self._stopped:
                return
            answer = await replica.post(query, extensions={})
            self.answers += 1
            self.errors += answer.get("errors", [])

    async def more(self, eventually, number=IN_FLIGHT):
        """Waits until so many more are answered."""
        enough = self.answers + number
        await eventually(lambda: self.answers >= enough or bool(self.errors))

    async def end(self):
        self._stopped = True
        await asyncio.gather(*self._tasks)


@pytest.fixture
async def replicas(server, replica):
    return [await replica(server.url, BUDGET) for _ in range(2)]


async def test_a_server_that_is_killed_costs_no_caller_an_error(server, replicas, eventually):
    load = Load(replicas)
    await load.more(eventually)
    server.kill()
    await eventually(lambda: not any(each.shares for each in replicas))
    await load.more(eventually)
    server.start()
    await eventually(lambda: all(each.shares for each in replicas))
    await load.more(eventually)
    await load.end()

    assert load.errors == []
    one, other = replicas
    await one.data('{ organization(id: "tailspin") { name } }')
    other.calls.clear()
    await other.data('{ organization(id: "tailspin") { name } }')
    assert other.calls == []


async def test_a_server_that_hangs_costs_no_caller_an_error(server, replicas, eventually):
    load = Load(replicas)
    await load.more(eventually)
    server.pause()
    await eventually(lambda: not any(each.shares for each in replicas))
    await load.more(eventually)
    server.go_on()
    await eventually(lambda: all(each.shares for each in replicas))
    await load.more(eventually)
    await load.end()

    assert load.errors == []


async def test_a_gateway_without_its_server_starts_and_serves(make_server, replica, lines, eventually):
    server = make_server()
    one = await replica(server.url, BUDGET)
    load = Load([one])
    await load.more(eventually)
    await load.end()
    assert load.errors == []
    assert lines().count("the shared cache is away; going on without it") == 1
    assert not one.shares
