"""Responses to whole operations serve again while nothing that they tell of can have changed."""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from graphql import ExecutionResult

from gateway.callers.principal import Principal
from gateway.execution.documents import Documents
from gateway.execution.limits import Limits
from gateway.execution.responses import OVERHEAD, Responses
from gateway.wire.call import Call
from gateway.wire.errand import Errand
from gateway.wire.generations import MemoryGenerations
from gateway.wire.trail import Source, Trail
from resolvers.errors import NotFound
from resolvers.identity import Upstream
from resolvers.schema import graphql_schema
from resolvers.viewer import ViewerKind

pytestmark = pytest.mark.anyio

KEPT = "[cache]\nfresh_seconds = 60"
NAMES = '{ organization(id: "acme") { links { upstream name } } }'
RENAME = """mutation {
  updateOrganization(input: {organizationId: "acme", name: "Heron", upstreams: [NKS]}) { userErrors { code } }
}"""
ONE = Principal(ViewerKind.API_KEY, "one", None, frozenset({"read"}))
OTHER = Principal(ViewerKind.API_KEY, "other", None, frozenset({"read"}))
NARROW = Principal(ViewerKind.API_KEY, "one", frozenset({"acme"}), frozenset({"read"}))
A_MINUTE = 60.0
MARKS = {"x-request-id": "r-1"}


async def kept(graph) -> dict[str, float]:
    """What the metrics tell of responses that are kept."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
        lines = (await client.get("/metrics")).text.splitlines()
    told = dict(line.split(" ") for line in lines if line.startswith("gateway_response"))
    return {name.removeprefix("gateway_"): float(value) for name, value in told.items()}


class Desk:
    """Operations of several callers on one `Responses`.

    Attributes:
        runs: How many operations were carried out.
        gate: Closed, they do not end.
    """

    def __init__(self, gateway, most_bytes: int = 1_000_000) -> None:
        self._gateway = gateway
        self._documents = Documents(graphql_schema, limits=Limits(), exploring=True)
        self.generations = MemoryGenerations()
        self.responses = Responses(self.generations, most_bytes=most_bytes)
        self.runs = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._prepared: dict[str, Any] = {}

    def question(self, text: str = "{ __typename }", caller: Principal = ONE, **variables: Any):
        if text not in self._prepared:
            self._prepared[text] = self._documents.read(text).operation(None, self._documents.estimator)
        context = self._gateway.surroundings(caller)
        return self.responses.question(self._prepared[text], variables, context), context

    async def carried_out(self, question: Any, context: Any, calls: list[Errand], run: Any) -> ExecutionResult:
        """The result of an operation: of another one where that serves, else of its own."""
        if not question.first:
            shared = await self.responses.shared(question, context, calls)
            if shared is not None:
                return shared
            self.responses.begin(question)
        result = None
        try:
            result = await run()
        finally:
            self.responses.end(question, result, context, calls)
        return result

    async def ask(self, caller: Principal = ONE, *, fails: bool = False, **variables: Any):
        """One operation: its result, its context and its calls."""
        question, context = self.question(caller=caller, **variables)
        calls: list[Errand] = []

        async def run() -> ExecutionResult:
            self.runs += 1
            calls.append(call(Upstream.LOSANT, Source.UPSTREAM))
            await self.gate.wait()
            if fails:
                context.reported.append((["a"], NotFound("Nothing.")))
                context.stale[("a",), Upstream.NKS] = 7.0
            return ExecutionResult({"run": self.runs}, None)

        result = await self.carried_out(question, context, calls, run)
        return SimpleNamespace(result=result, context=context, calls=calls)


def call(upstream: Upstream, source: Source, organization: str = "1", fresh: float = A_MINUTE) -> Errand:
    """One that ends at once."""
    now = asyncio.get_running_loop().time()
    trail = Trail(source, fresh=fresh, received=5)
    return Errand.of(
        Call(upstream, "org.get", "GET", "/orgs/1", organizations=(organization,), trail=trail, marks=MARKS), now, now
    )


@pytest.fixture
def desk(graph) -> Desk:
    return Desk(graph.gateway)


async def in_flight(desk: Desk, *operations: Any) -> list[asyncio.Task[Any]]:
    """The operations, all of them begun and none at its end."""
    desk.gate.clear()
    tasks = [asyncio.ensure_future(each) for each in operations]
    await asyncio.sleep(0)
    return tasks


async def test_what_asks_the_same_in_flight_is_carried_out_once(desk):
    tasks = await in_flight(desk, desk.ask(), desk.ask(), desk.ask())
    desk.gate.set()
    first, *others = await asyncio.gather(*tasks)

    assert desk.runs == 1
    assert [each.result.data for each in others] == [first.result.data] * 2
    assert [each.calls[0].trail.source for each in (first, *others)] == [Source.UPSTREAM] + [Source.COLLAPSED] * 2
    await desk.ask()
    assert desk.runs == 2, "what has ended is not in flight"


async def test_it_has_what_the_other_one_reported(desk):
    tasks = await in_flight(desk, desk.ask(fails=True), desk.ask())
    desk.gate.set()
    first, other = await asyncio.gather(*tasks)

    assert desk.runs == 1
    assert other.context.reported == first.context.reported != []
    assert other.context.stale == {(("a",), Upstream.NKS): 7.0}


@pytest.mark.parametrize("caller", [OTHER, NARROW], ids=["another caller", "the same with fewer grants"])
async def test_nothing_in_flight_is_shared_between_callers(desk, caller):
    tasks = await in_flight(desk, desk.ask(), desk.ask(caller))
    desk.gate.set()
    await asyncio.gather(*tasks)

    assert desk.runs == 2


async def test_a_value_of_another_kind_is_another_question(desk):
    tasks = await in_flight(desk, *(desk.ask(x=value) for value in (1, True, 1.0, "1", [1], {"x": 1}, None)))
    desk.gate.set()
    await asyncio.gather(*tasks)

    assert desk.runs == 7


async def test_who_asks_after_a_write_began_does_not_join_what_was_asked_before(desk):
    tasks = await in_flight(desk, desk.ask())
    desk.generations.bump_now(Call(Upstream.LOSANT, "org.patch", "PATCH", "/orgs/1", organizations=("1",)))
    tasks += await in_flight(desk, desk.ask(), desk.ask())
    desk.gate.set()
    first, second, third = await asyncio.gather(*tasks)

    assert desk.runs == 2
    assert first.calls[0].trail.source is second.calls[0].trail.source is Source.UPSTREAM
    assert third.calls[0].trail.source is Source.COLLAPSED


async def test_where_the_first_is_cancelled_one_of_the_others_takes_its_place(desk):
    first, *others = await in_flight(desk, desk.ask(), desk.ask(), desk.ask())
    first.cancel()
    await asyncio.sleep(0.01)
    desk.gate.set()
    ended = await asyncio.gather(*others)

    assert first.cancelled()
    assert desk.runs == 2
    assert [each.result.data for each in ended] == [{"run": 2}] * 2


async def test_where_one_of_the_others_is_cancelled_the_rest_go_on(desk):
    first, second, third = await in_flight(desk, desk.ask(), desk.ask(), desk.ask())
    second.cancel()
    await asyncio.sleep(0.01)
    desk.gate.set()

    assert (await first).result == (await third).result
    assert desk.runs == 1


async def test_an_answer_about_the_caller_is_shared_with_nobody(desk):
    question, context = desk.question()

    async def run() -> ExecutionResult:
        context.viewer()
        return ExecutionResult({}, None)

    await desk.carried_out(question, context, [], run)

    assert question.prepared.alone
    assert desk.question()[0] is None


async def test_those_who_waited_for_an_answer_about_another_caller_are_carried_out_together(desk):
    together: list[int] = []
    running = 0

    async def ask() -> None:
        question, context = desk.question()

        async def run() -> ExecutionResult:
            nonlocal running
            running += 1
            context.viewer()
            await asyncio.sleep(0.01)
            together.append(running)
            running -= 1
            return ExecutionResult({}, None)

        await desk.carried_out(question, context, [], run)

    await asyncio.gather(*(ask() for _ in range(4)))

    assert together == [1, 3, 2, 1]


async def test_an_operation_with_a_time_of_its_own_is_carried_out_for_itself(graphs):
    graph = graphs(KEPT)
    for _ in range(4):
        await graph.post(NAMES, {}, {"request-timeout": "5"})
    assert (await kept(graph))["responses"] == 0
    for _ in range(2):
        await graph.post(NAMES, {}, {})

    assert (await kept(graph))["responses"] == 1


async def test_a_response_is_kept_that_was_made_of_kept_answers_alone(desk):
    question, _ = desk.question()
    mixed = [call(Upstream.LOSANT, Source.CACHE), call(Upstream.NKS, Source.UPSTREAM)]
    assert desk.responses.keep(question, {"a": 1}, mixed, 3.0) is None
    assert desk.responses.keep(question, {"a": 1}, [], 3.0) is None, "it may change at any time"
    assert desk.responses.kept(question, []) is None

    calls = [call(Upstream.LOSANT, Source.CACHE), call(Upstream.NKS, Source.CACHE, fresh=30.0)]
    assert desk.responses.keep(question, {"a": 1}, calls, 3.0) == b'{"a":1}'
    again: list[Errand] = []
    found = desk.responses.kept(desk.question()[0], again)

    assert (found.data, found.encoded, found.actual) == ({"a": 1}, b'{"a":1}', 3.0)
    assert [(each.upstream, each.trail.source, each.trail.received) for each in again] == [
        (Upstream.LOSANT, Source.CACHE, 5),
        (Upstream.NKS, Source.CACHE, 5),
    ]
    assert not any(each.marks for each in again), "they belong to no request before this one"
    assert desk.responses.kept(desk.question(caller=OTHER)[0], []) is None
    assert desk.responses.kept(desk.question(x=1)[0], []) is None


async def test_it_is_kept_as_long_as_the_first_of_its_parts_is_fresh(desk):
    question, _ = desk.question()
    calls = [call(Upstream.LOSANT, Source.CACHE), call(Upstream.NKS, Source.CACHE, fresh=0.05)]
    desk.responses.keep(question, {}, calls, 0.0)
    assert desk.responses.kept(question, []) is not None
    await asyncio.sleep(0.06)

    assert desk.responses.kept(question, []) is None
    assert len(desk.responses) == desk.responses.bytes == 0


async def test_its_calls_grow_older_with_it(desk):
    question, _ = desk.question()
    desk.responses.keep(question, {}, [call(Upstream.LOSANT, Source.CACHE)], 0.0)
    await asyncio.sleep(0.05)
    again: list[Errand] = []
    desk.responses.kept(question, again)
    (trail,) = (each.trail for each in again)

    assert trail.age >= 0.045
    assert trail.fresh <= A_MINUTE - 0.045
    assert trail.age + trail.fresh == pytest.approx(A_MINUTE)


async def test_a_write_to_one_of_its_organizations_ends_it_and_one_to_others_does_not(desk):
    question, _ = desk.question()
    desk.responses.keep(question, {}, [call(Upstream.LOSANT, Source.CACHE, "1")], 0.0)
    write = Call(Upstream.NKS, "org.patch", "PATCH", "/orgs/2", organizations=("2",))
    desk.generations.bump_now(write)
    assert desk.responses.kept(desk.question()[0], []) is not None
    write.organizations = ("1",)
    desk.generations.bump_now(write)

    assert desk.responses.kept(desk.question()[0], []) is None


async def test_what_was_read_before_a_write_is_not_kept_after_it(desk):
    question, _ = desk.question()
    calls = [call(Upstream.LOSANT, Source.CACHE)]
    desk.generations.bump_now(Call(Upstream.LOSANT, "org.patch", "PATCH", "/orgs/1", organizations=("1",)))

    assert desk.responses.keep(question, {}, calls, 0.0) is None


async def test_those_that_were_kept_first_make_room(graph):
    desk = Desk(graph.gateway, most_bytes=10 * OVERHEAD)
    calls = [call(Upstream.LOSANT, Source.CACHE)]
    for number in range(12):
        desk.responses.keep(desk.question(x=number)[0], {}, calls, 0.0)
    desk.responses.keep(desk.question(x="long")[0], {"a": "b" * OVERHEAD}, calls, 0.0)

    assert desk.responses.bytes <= 10 * OVERHEAD
    assert [desk.responses.kept(desk.question(x=number)[0], []) is None for number in (0, 11, "long")] == [
        True,
        False,
        True,
    ]


async def test_of_a_gateway_it_serves_from_the_third_time_on_and_looks_the_same(graphs):
    graph = graphs(KEPT)
    headers = {"GraphQL-Trace": "1"}
    answers = [await graph.post(NAMES, {}, headers) for _ in range(4)]

    assert [each["data"] for each in answers[1:]] == [answers[0]["data"]] * 3
    assert [each["extensions"]["cost"] for each in answers[2:]] == [answers[1]["extensions"]["cost"]] * 2
    called = [
        [
            (call["upstream"], call["operation"], call["source"], call["bytes"])
            for call in each["extensions"]["trace"]["calls"]
        ]
        for each in answers[1:]
    ]
    assert called[1:] == called[:1] * 2
    assert {source for _, _, source, _ in called[0]} == {"CACHE"}
    assert (await kept(graph))["responses"] == 1
    assert (await kept(graph))["response_bytes"] > OVERHEAD


async def test_of_a_gateway_a_read_after_a_write_tells_what_was_written(written_graphs):
    graph = written_graphs(KEPT)
    before = [await graph.data(NAMES) for _ in range(4)][-1]
    assert (await kept(graph))["responses"] == 1
    await graph.data(RENAME)
    after = await graph.data(NAMES)

    assert graph.calls == ["nks GET /orgs/2"]
    old, new = ({link["upstream"]: link["name"] for link in each["organization"]["links"]} for each in (before, after))
    assert new == old | {"NKS": "Heron"}


async def test_of_a_gateway_nothing_is_kept_that_tells_of_the_gateway_or_the_caller(graphs):
    graph = graphs(KEPT)
    for field in ("viewer { kind }", "upstreams { state }"):
        for _ in range(4):
            await graph.data(f'{{ {field} organization(id: "acme") {{ name }} }}')

    assert (await kept(graph))["responses"] == 0


async def test_of_a_gateway_a_kept_response_grows_older_for_browsers(graphs):
    graph = graphs(KEPT)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph.gateway), base_url="http://gateway") as client:
        for _ in range(3):
            await client.get("/graphql", params={"query": NAMES})
        await asyncio.sleep(1)
        answer = await client.get("/graphql", params={"query": NAMES})

    assert (await kept(graph))["responses"] == 1
    assert 50 < int(answer.headers["cache-control"].removeprefix("private, max-age=")) < 60
