"""API keys of the gateway: who is let in, and what of them may be seen."""

import io
import subprocess
import sys
import time
import tomllib

import pytest

from gateway.callers.api_keys import ApiKeys, hashed, new_key
from gateway.settings import ApiKey, Settings, SettingsError, load

pytestmark = pytest.mark.anyio

KEY = new_key()
VIEWER = "{ viewer { kind name scopes organizationKeys allOrganizations } }"
CALLERS = f"""
[callers]
anonymous = []

[[callers.api_keys]]
name = "other"
hash = "{hashed(new_key())}"
scopes = ["read"]

[[callers.api_keys]]
name = "dashboard"
hash = "{hashed(KEY)}"
organizations = ["northwind", "acme"]
scopes = ["members:write", "read"]
"""


@pytest.fixture
def door(graphs, doors):
    return doors(graphs(CALLERS).gateway)


def is_refused(response) -> bool:
    (error,) = response.json()["errors"]
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "data" not in response.json()
    return response.status_code == 401 and error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_right_key_is_its_holder(door) -> None:
    answer = await door.ask(VIEWER, KEY)

    assert answer["data"]["viewer"] == {
        "kind": "API_KEY",
        "name": "dashboard",
        "scopes": ["read", "members:write"],
        "organizationKeys": ["acme", "northwind"],
        "allOrganizations": False,
    }


@pytest.mark.parametrize(
    "authorization",
    [f"bearer {KEY}", f"BEARER {KEY}", f"Bearer    {KEY}", f"Bearer {KEY}  "],
    ids=["lower case", "upper case", "more spaces", "spaces behind"],
)
async def test_the_scheme_has_no_case(door, authorization) -> None:
    assert (await door.post(VIEWER, {"Authorization": authorization})).json()["data"]["viewer"]["name"] == "dashboard"


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        KEY,
        f"Basic {KEY}",
        f"Token {KEY}",
        f"Bearer{KEY}",
        f"Bearer {new_key()}",
        f"Bearer {KEY[:-1]}",
        f"Bearer {KEY[1:]}",
        f"Bearer {KEY}x",
        f"Bearer x{KEY}",
        f"Bearer {KEY} {KEY}",
        f"Bearer Bearer {KEY}",
        f"Bearer {KEY},",
        f"Bearer {KEY.swapcase()}",
        f"Bearer {KEY}\xa0",
        f"Bearer \xa0{KEY}",
        f"Bearer {KEY}\x00",
        f"Bearer {KEY[:-1]}\xe9",
        "Bearer \xff\xfe" * 9,
        f"Bearer {'a' * 513}",
        f"Bearer {'a' * 1_000_000}",
        f"Bearer {KEY * 20_000}",
        f"Bearer {hashed(KEY)}",
        f"Bearer {hashed(KEY).rsplit('$', maxsplit=1)[-1]}",
    ],
)
async def test_anything_else_is_refused(door, graphs, authorization) -> None:
    assert is_refused(await door.post(VIEWER, {"Authorization": authorization}))
    assert graphs.made[0].calls == []


async def test_no_credential_is_refused_where_nobody_is_let_in_without(door) -> None:
    assert is_refused(await door.post(VIEWER))


@pytest.mark.parametrize(
    "document", ["{ nmae }", "{", "{ viewer { kind } } { viewer { kind } }", "{ __schema { types { name } } }"]
)
async def test_a_stranger_does_not_learn_what_is_wrong_with_a_document(door, document) -> None:
    assert is_refused(await door.post(document))


@pytest.mark.parametrize("name", ["X-Api-Key", "Api-Key", "Cookie", "Proxy-Authorization", "Losant-Authorization"])
async def test_a_key_in_another_header_is_none(door, name) -> None:
    assert is_refused(await door.post(VIEWER, {name: f"Bearer {KEY}"}))


@pytest.mark.parametrize(
    "values", [(f"Bearer {KEY}", f"Bearer {KEY}"), (f"Bearer {KEY}", "Bearer x"), ("Basic eDp5", f"Bearer {KEY}")]
)
async def test_two_authorizations_are_none(door, values) -> None:
    assert is_refused(await door.post(VIEWER, [("Authorization", value) for value in values]))


async def test_a_bad_key_does_not_become_anonymous(graphs, doors) -> None:
    door = doors(graphs(CALLERS.replace("anonymous = []", 'anonymous = ["read"]')).gateway)

    assert (await door.post(VIEWER)).json()["data"]["viewer"]["kind"] == "ANONYMOUS"
    assert is_refused(await door.post(VIEWER, {"Authorization": "Bearer of-bad-news"}))


async def test_every_refusal_reads_the_same(door) -> None:
    given = [f"Bearer {KEY[:-1]}", f"Basic {KEY}", "Bearer a.b.c", "Bearer", f"Bearer {'a' * 70_000}"]
    answers = [(await door.post(VIEWER, {"Authorization": each})).json()["errors"][0]["message"] for each in given]

    assert len(set(answers)) == 1


async def test_a_key_without_the_scope_read_may_ask_nothing(graphs, doors) -> None:
    key = new_key()
    toml = f'[callers]\nanonymous = []\n[[callers.api_keys]]\nname = "a"\nhash = "{hashed(key)}"\nscopes = ["trace"]'
    response = await doors(graphs(toml).gateway).post("{ __typename }", {"Authorization": f"Bearer {key}"})

    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "WWW-Authenticate" not in response.headers


async def test_one_key_among_thousands_takes_as_long_as_none() -> None:
    digest = hashed(KEY, bytes(16))
    others = ApiKey.model_validate({"name": "n", "hash": hashed("some other key", bytes(16))})
    right = ApiKey.model_validate({"name": "right", "hash": digest})
    first, last = ApiKeys([right, *[others] * 1500]), ApiKeys([*[others] * 1500, right])

    def seconds(keys: ApiKeys, text: str) -> float:
        begun = time.thread_time()
        keys.search(text)
        return time.thread_time() - begun

    taken = [min(seconds(*each) for _ in range(30)) for each in ((first, KEY), (last, KEY), (first, KEY[::-1]))]

    assert max(taken) < 4 * min(taken)


async def test_a_key_that_was_good_is_known_again_and_one_that_was_not_is_not() -> None:
    many = [ApiKey.model_validate({"name": f"k{n}", "hash": hashed(f"{KEY}{n}")}) for n in range(3)]
    keys = ApiKeys(many)

    for _ in range(2):
        found = [keys.find(f"{KEY}{n}") for n in range(4)]
        assert [each and each.name for each in found] == ["k0", "k1", "k2", None]


@pytest.mark.parametrize("given", [f"{KEY}\n", ""], ids=["one's own", "made"])
async def test_what_hash_key_prints_opens_the_gateway(graphs, doors, given) -> None:
    command = [sys.executable, "-m", "gateway", "hash-key"]
    ran = subprocess.run(command, input=given, capture_output=True, text=True, check=True)  # noqa: ASYNC221, S603  quick
    key = given.strip() or ran.stderr.strip().split(": ")[-1]
    toml = f'[callers]\nanonymous = []\n[[callers.api_keys]]\nname = "printed"\n{ran.stdout}scopes = ["read"]\n'

    assert key not in ran.stdout
    assert (await doors(graphs(toml).gateway).ask(VIEWER, key))["data"]["viewer"]["name"] == "printed"


def test_two_hashes_of_one_key_differ_and_both_are_good() -> None:
    hashes = [hashed(KEY), hashed(KEY)]
    keys = [ApiKeys([ApiKey.model_validate({"name": "a", "hash": each})]) for each in hashes]

    assert hashes[0] != hashes[1]
    assert [found.name for each in keys if (found := each.find(KEY))] == ["a", "a"]


def test_the_settings_show_no_hash() -> None:
    values = tomllib.loads(CALLERS)
    settings = Settings.model_validate(values)
    shown = f"{settings!r} {settings} {settings.callers!r} {settings.model_dump_json()} {settings.model_dump()}"

    for key in values["callers"]["api_keys"]:
        assert key["hash"] not in shown
        assert key["hash"].rsplit("$", maxsplit=1)[-1] not in shown


def test_a_mistake_in_a_hash_does_not_show_it(tmp_path) -> None:
    digest = hashed(KEY).rsplit("$", maxsplit=1)[-1]
    wrong = tmp_path / "gateway.toml"
    wrong.write_text(f'[[callers.api_keys]]\nname = "a"\nhash = "sha256$00${digest}"\n')

    with pytest.raises(SettingsError) as caught:
        load(wrong)

    said = io.StringIO()
    print(caught.value, *caught.value.mistakes, file=said)
    assert "gateway hash-key" in said.getvalue()
    assert digest not in said.getvalue()
