"""What is deprecated says what to use instead, and until when."""

import contextlib
import datetime as dt
import json
import re

import pytest
from graphql import build_schema

from gateway.cli.schema_diff import deprecated
from resolvers.schema import graphql_schema


def careless(schema):
    """What is deprecated without saying what to use instead, or when it goes: reason by coordinate.

    A good reason is "Use `displayName` instead. It goes on 2027-06-30."; what is to be used must be in the schema.
    """
    return {
        name: reason
        for name, reason in deprecated(schema).items()
        if not _replaced(schema, reason) or not _dated(reason)
    }


def _replaced(schema, reason):
    known = set(schema.type_map)
    for each in schema.type_map.values():
        known |= set(getattr(each, "fields", ())) | set(getattr(each, "values", ()))
        known |= {name for field in getattr(each, "fields", {}).values() for name in getattr(field, "args", ())}
    named = re.search(r"\b[Uu]se `([\w.]+)`", reason)
    return named is not None and set(named[1].split(".")) <= known


def _dated(reason):
    for text in re.findall(r"\b\d{4}-\d{2}-\d{2}\b", reason):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(text)
    return None


def test_every_deprecation_names_a_replacement_and_the_day_it_goes():
    assert careless(graphql_schema) == {}


@pytest.mark.parametrize(
    "place",
    [
        "type Query {{ new: Int, old: Int {0} }}",
        "type Query {{ new(x: Int, old: Int {0}): Int }}",
        "type Query {{ new(i: I): Int }} input I {{ x: Int, old: Int {0} }}",
        "type Query {{ new: E }} enum E {{ X OLD {0} }}",
        "interface N {{ old: Int {0} }} type Query implements N {{ old: Int, new: Int }}",
    ],
    ids=["field", "argument", "input field", "enum value", "interface"],
)
@pytest.mark.parametrize(
    ("reason", "good"),
    [
        ("Use `new` instead. It goes on 2027-06-30.", True),
        ("It goes on 2027-06-30: use `Query.new`.", True),
        ("Use `new` instead.", False),
        ("It goes on 2027-06-30.", False),
        ("Use `nowhere` instead. It goes on 2027-06-30.", False),
        ("Use `new` instead. It goes on 2027-02-30.", False),
        (None, False),
    ],
)
def test_a_careless_deprecation_is_found_wherever_it_stands(place, reason, good):
    directive = "@deprecated" + (f"(reason: {json.dumps(reason)})" if reason else "")
    found = careless(build_schema(place.format(directive)))
    assert len(found) == (0 if good else 1)
