"""A plan answers as graphql-core does: the same data and errors, by the same calls, all in the same order."""

import json
import os
from random import Random
from zlib import crc32

import pytest
from graphql import (
    Executor,
    OverlappingFieldsCanBeMergedRule,
    ProvidedRequiredArgumentsRule,
    ValuesOfCorrectTypeRule,
    VariablesInAllowedPositionRule,
    experimental_execute_incrementally,
    get_named_type,
    get_operation_ast,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    parse,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes

from gateway.execution.actual import actual_cost
from gateway.execution.encoding import encode
from gateway.execution.estimates import Estimator
from gateway.execution.plans.compiling import fragments_by_name
from gateway.execution.plans.plan import plan_of
from gateway.execution.prepared import Prepared
from gateway.execution.prices import Prices
from gateway.sandbox.faults import Fault
from resolvers.identity import Upstream
from resolvers.schema import graphql_schema

pytestmark = [
    pytest.mark.anyio,
    # a task that is cancelled before it began leaves its resolver's coroutine behind, with either executor
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:.*<coroutine object:pytest.PytestUnraisableExceptionWarning"),
]

CASES = int(os.environ.get("EQUALITY_CASES", "800"))
WORLDS = 10
TROUBLE = (0.0, 0.02, 0.1, 0.4)
RULES = [
    OverlappingFieldsCanBeMergedRule,
    ProvidedRequiredArgumentsRule,
    ValuesOfCorrectTypeRule,
    VariablesInAllowedPositionRule,
]
ARGUMENTS = {
    "text": ('"lit"', "$text", '""', "null"),
    "many": ("[1, null, 2]", "[$n, 3]", "5", "null", "[]"),
    "wish": (
        "null",
        "$wish",
        "{}",
        '{ text: "t", many: [1, $n], inner: { colour: DEEP_RED } }',
        '{ text: $text, at: "2026-01-01T00:00:00Z" }',
        "[{ many: 2 }, { text: $text }]",
    ),
    "first": ("1", "$n", "null"),
    "colour": ("RED", "DEEP_RED"),
    "odd": ("3", "$odd", "4"),
}
HEAD = '($yes: Boolean! = true, $no: Boolean = false, $n: Int, $text: String! = "v", $wish: Wish, $odd: Odd! = 3)'
REAL_ARGUMENTS = {
    "id": ('"acme"', '"northwind"', '"losant:575ed6e87ae143cd83dc4aa8"', '"nks:2"', '"nowhere"', "$id"),
    "ids": ('["acme", "nowhere", "northwind"]', "$ids", '"acme"', "[$id]"),
    "first": ("0", "1", "3", "101", "$n", "null"),
    "last": ("2", "$n"),
    "upstreams": ("[LOSANT]", "[NKS, CLICKHOUSE]", "[]", "null"),
    "search": ('"a"',),
    "from": ('"2026-09-01T00:00:00Z"',),
    "to": ('"2026-09-20T00:00:00Z"', "null"),
}
REAL_HEAD = (
    '($yes: Boolean! = true, $no: Boolean = false, $n: Int = 2, $id: ID! = "acme", $ids: [ID!]! = ["acme", "x"])'
)


class Writer:
    """Writes documents for a schema, of which nearly all are valid.

    Args:
        schema: The schema.
        random: Draws them.
        arguments: What may stand in arguments, by their names; others are left out.
    """

    def __init__(self, schema, random, arguments):
        self.schema, self.random, self.arguments = schema, random, arguments
        self.fragments = {}

    def document(self, head, depth, kinds=("query", "query", "query", "mutation")):
        kind = self.random.choice(kinds)
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        body = self.selections(root, self.random.randint(1, depth))
        defined = " ".join(f"fragment {name} on {text}" for name, text in self.fragments.items())
        return f"{kind} {head} {body} {defined}"

    def selections(self, named, depth):
        written = []
        for _ in range(self.random.randint(1, 4)):
            roll = self.random.random()
            if roll < 0.1:
                written.append(self.random.choice(("__typename", "kind: __typename")) + self.condition())
            elif roll < 0.3 or not hasattr(named, "fields"):
                written.append(self.fragment(named, depth))
            else:
                written.append(self.field(named, depth))
        return "{ " + " ".join(filter(None, written)) + " __typename }"

    def fragment(self, named, depth):
        random = self.random
        possible = self.schema.get_possible_types(named) if is_abstract_type(named) else [named]
        condition = random.choice([named, *possible, *getattr(named, "interfaces", ())])
        if random.random() < 0.4:
            fitting = [name for name, text in self.fragments.items() if text.startswith(condition.name + " ")]
            name = random.choice(fitting) if fitting and random.random() < 0.5 else None
            if name is None:
                text = self.selections(condition, depth)
                name = f"F{len(self.fragments)}"
                self.fragments[name] = f"{condition.name} {text}"
            return f"...{name}{self.condition()}"
        on = f" on {condition.name}" if condition is not named or random.random() < 0.5 else ""
        return f"...{on}{self.condition()} {self.selections(condition, depth)}"

    def field(self, named, depth):
        random = self.random
        fields = [name for name, field in named.fields.items() if depth or is_leaf_type(get_named_type(field.type))]
        if not fields:
            return ""
        name = random.choice(fields)
        given = []
        for each, argument in named.fields[name].args.items():
            if each in self.arguments and (str(argument.type).endswith("!") or random.random() < 0.6):
                given.append(f"{each}: {random.choice(self.arguments[each])}")
        arguments = f"({', '.join(given)})" if given else ""
        # the same name for the same field with the same arguments, so that selections merge
        alias = random.choice(("", "", "", f"{name}2: "))
        if arguments:
            alias = f"{name}_{crc32(arguments.encode()) % 10_000}{random.choice(('', '', 'twin'))}: "
        returned = get_named_type(named.fields[name].type)
        below = " " + self.selections(returned, depth - 1) if is_composite_type(returned) else ""
        return f"{alias}{name}{arguments}{self.condition()}{below}"

    def condition(self):
        return self.random.choice([""] * 12 + [" @include(if: $yes)", " @skip(if: $no)", " @skip(if: $yes)"])


def variables(random):
    some = {
        "yes": random.choice((True, False)),
        "no": random.choice((True, False, None)),
        "n": random.choice((None, 0, 7, "seven")),
        "text": random.choice(("w", "", None)),
        "wish": random.choice(
            (None, {}, {"text": "u", "many": [1, None], "inner": {"colour": "GREEN"}}, {"many": "x"})
        ),
        "odd": random.choice((1, 4, 5)),
    }
    return {name: value for name, value in some.items() if random.random() < 0.3}


async def test_plans_and_graphql_core_agree_on_documents_of_every_construct(specimen, differences):
    compared = refused = seed = 0
    while compared < CASES:
        seed += 1
        random = Random(seed)  # noqa: S311  documents, no secrets
        text = Writer(specimen, random, ARGUMENTS).document(HEAD, 4)
        document = parse(text)
        if validate(specimen, document, RULES):
            refused += 1
            continue
        for world in range(WORLDS):
            values, trouble = variables(random), random.choice(TROUBLE)
            found = await differences(specimen, document, values, f"{seed}.{world}", trouble)
            assert found is None, (seed, world, trouble, values, text, *found)
            compared += 1
    assert refused < seed / 2


SCALARS = {
    "Odd": st.integers(1, 5).map(nodes.Int),
    "DateTime": st.sampled_from(("2026-01-01T00:00:00Z", "never")).map(nodes.String),
}


@settings(max_examples=max(25, CASES // 40), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), seed=st.integers(0, 2**32), trouble=st.sampled_from(TROUBLE))
async def test_they_agree_on_documents_of_hypothesis_graphql(specimen, differences, data, seed, trouble):
    document = parse(data.draw(from_schema(specimen, custom_scalars=SCALARS)))

    assert await differences(specimen, document, {}, seed, trouble) is None


@pytest.mark.parametrize("failing", [None, Upstream.NKS, Upstream.LOSANT])
async def test_they_agree_on_the_real_schema_and_plans_ask_upstreams_no_more(graphs, failing):
    # a second attempt comes after a random pause, and what is asked for then is in another batch with either executor
    graph = graphs("[upstream_defaults]\nattempts = 1\nbreaker_minimum_calls = 1000000")
    for word, application in graph.sandbox.applications.items():  # as far away that some turns of the loop are nothing
        fails = failing is not None and word == failing.word
        application.state.faults.add(Fault("status", status=503) if fails else Fault("latency", seconds=0.02))
    estimator = Estimator(graphql_schema, Prices(graphql_schema), 100)
    compared = seed = 0
    while compared < CASES // 40:
        seed += 1
        random = Random(seed)  # noqa: S311  documents, no secrets
        text = Writer(graphql_schema, random, REAL_ARGUMENTS).document(REAL_HEAD, 5, ["query"])
        document = parse(text)
        if validate(graphql_schema, document, RULES):
            continue
        compared += 1
        plan = plan_of(graphql_schema, document, get_operation_ast(document), repeatable=True)
        values = {"yes": random.random() < 0.5, "n": random.choice((None, 1, 120))}
        graph.forget()
        context = graph.gateway.surroundings()
        expected = experimental_execute_incrementally(
            graphql_schema, document, context_value=context, variable_values=values, executor_class=Executor
        )
        expected = await expected if hasattr(expected, "__await__") else expected
        calls = graph.calls
        graph.forget()
        own = graph.gateway.surroundings()
        own.now = context.now  # a minute may have ended between them
        answered = await plan.run(values, own)

        assert json.loads(encode(answered.data)) == json.loads(encode(expected.data)), text
        prepared = Prepared(document, get_operation_ast(document), fragments_by_name(document), estimator)
        costs = [actual_cost(prepared.estimate(values), result.data) for result in (answered, expected)]
        assert costs[0] == costs[1], text
        told = [[repr(each.formatted) for each in result.errors or ()] for result in (answered, expected)]
        if failing:  # what fails sooner or later than the rest comes up so with either executor
            told = [sorted(each) for each in told]
        assert told[0] == told[1], text
        # what is asked for twice is carried out once, and what waits for nobody is asked for in one batch
        assert len(graph.calls) <= len(calls), text
        assert own.upstream_calls <= context.upstream_calls, text
        assert sorted(map(repr, own.reported)) == sorted(map(repr, context.reported)), text
        assert own.stale.keys() == context.stale.keys()
