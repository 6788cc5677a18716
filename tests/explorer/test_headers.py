"""What the editor of request headers begins with."""

import json
import re

import pytest

from gateway.callers.credentials import HEADERS, Credentials
from gateway.door.explorer.headers import headers_text
from resolvers.identity import Upstream


def uncommented(text: str) -> dict[str, str]:
    """The headers that the comments hold, as if somebody took the slashes away."""
    lines = re.findall(r'^  // (".*"),$', text, re.MULTILINE)
    headers: dict[str, str] = json.loads("{" + ",".join(lines) + "}")
    return headers


@pytest.mark.parametrize("names", [[], [*HEADERS.values()]])
def test_nothing_is_sent_as_it_stands(names: list[str]) -> None:
    without_comments = re.sub(r"^ *//.*$", "", headers_text(names), flags=re.MULTILINE)
    assert json.loads(without_comments) == {}


def test_where_callers_bring_no_credentials_only_the_gateways_own_is_told() -> None:
    assert uncommented(headers_text([])) == {"Authorization": "Bearer YOUR_KEY"}


@pytest.mark.parametrize("upstream", Upstream)
def test_just_those_headers_are_told_that_are_wanted_each_in_a_form_that_is_taken(upstream: Upstream) -> None:
    name = HEADERS[upstream]

    told = uncommented(headers_text([name]))

    assert told.keys() == {"Authorization", name}
    scheme, _, text = told[name].partition(" ")
    value = f"{scheme} {text.replace(':', '')}"
    assert Credentials({name.lower(): value}, [upstream]).authorization(upstream) == value


def test_a_line_is_short_enough_for_the_editor() -> None:
    lines = headers_text([*HEADERS.values()]).splitlines()
    assert [line for line in lines if len(line) > 64] == []
