"""A plan answers as graphql-core does: the same data and errors in the same order, by the same calls in the same turns."""

import os
from random import Random
from zlib import crc32

import pytest
from graphql import (
    GraphQLObjectType,
    OverlappingFieldsCanBeMergedRule,
    ProvidedRequiredArgumentsRule,
    ValuesOfCorrectTypeRule,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    parse,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes

pytestmark = [
    pytest.mark.anyio,
    # a task that is cancelled before it began leaves its resolver's coroutine behind, with either executor
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]

CASES = int(os.environ.get("EQUALITY_CASES", "1200"))
WORLDS = 10
RULES = [OverlappingFieldsCanBeMergedRule, ProvidedRequiredArgumentsRule, ValuesOfCorrectTypeRule]
HEAD = '($yes: Boolean! = true, $no: Boolean = false, $n: Int, $text: String! = "v", $wish: Wish, $odd: Odd! = 3)'


class Writer:
    """Writes documents for the specimen."""

    def __init__(self, schema, random):
        self.schema, self.random = schema, random
        self.fragments = {}

    def document(self):
        kind = self.random.choice(("query", "query", "query", "mutation"))
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        body = self.selections(root, self.random.randint(1, 4))
        defined = " ".join(f"fragment {name} on {text}" for name, text in self.fragments.items())
        return f"{kind} {HEAD} {body} {defined}"

    def selections(self, named, depth):
        random = self.random
        written = []
        for _ in range(random.randint(1, 4)):
            roll = random.random()
            if roll < 0.1:
                written.append(random.choice(("__typename", "kind: __typename")) + self.condition())
            elif roll < 0.3:
                written.append(self.fragment(named, depth))
            elif hasattr(named, "fields"):
                written.append(self.field(named, depth))
            else:
                written.append(self.fragment(named, depth))
        return "{ " + " ".join(filter(None, written)) + " __typename }"

    def fragment(self, named, depth):
        random = self.random
        possible = self.schema.get_possible_types(named) if is_abstract_type(named) else [named]
        interfaces = [self.schema.type_map["Thing"]] if named.name in {"Leaf", "Branch"} else []
        condition = random.choice([named, *possible, *interfaces])
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
        field = named.fields[name]
        given = [f"{each}: {self.argument(each)}" for each in field.args if random.random() < 0.6]
        if name == "wish" and not given:
            given = ["wish: $wish" if random.random() < 0.3 else "wish: {}"]
        arguments = f"({', '.join(given)})" if given else ""
        # the same name for the same field with the same arguments, so that selections merge
        alias = f"a{crc32(arguments.encode()) % 10_000}: " if arguments else random.choice(("", "", "", f"{name}2: "))
        alias = alias.replace("a", f"{name}_", 1) if arguments else alias
        returned = get_named_type(field.type)
        below = "" if is_leaf_type(returned) else " " + self.selections(returned, depth - 1)
        return f"{alias}{name}{arguments}{self.condition()}{below}"

    def argument(self, name):
        choices = {
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
        return self.random.choice(choices[name])

    def condition(self):
        return self.random.choice([""] * 12 + [" @include(if: $yes)", " @skip(if: $no)", " @skip(if: $yes)"])


def variables(random):
    some = {
        "yes": random.choice((True, False)),
        "no": random.choice((True, False, None)),
        "n": random.choice((None, 0, 7, "seven")),
        "text": random.choice(("w", "", None)),
        "wish": random.choice((None, {}, {"text": "u", "many": [1, None], "inner": {"colour": "GREEN"}}, {"many": "x"})),
        "odd": random.choice((1, 4, 5)),
    }
    return {name: value for name, value in some.items() if random.random() < 0.3}


async def test_plans_and_graphql_core_agree_on_documents_of_every_construct(specimen, differences):
    compared = with_errors = refused = seed = 0
    while compared < CASES:
        seed += 1
        random = Random(seed)
        text = Writer(specimen, random).document()
        document = parse(text)
        if validate(specimen, document, RULES):
            refused += 1
            continue
        for world in range(WORLDS):
            given_ = variables(random)
            trouble = random.choice((0.0, 0.02, 0.1, 0.4))
            found = await differences(specimen, document, given_, f"{seed}.{world}", trouble)
            assert found is None, (seed, world, trouble, given_, text, *found)
            compared += 1
    assert refused < seed * 0.6
