from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.settings import Settings, SettingsError, load
from gateway.settings.places import Leaf, Names, Place, Table, shape_of

Read = Callable[..., Settings]
Said = Callable[..., list[str]]
UUID = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
SECRET = "hunter2secret"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('\n[upstreams.losnat]\ntoken = "t"', "2: upstreams.losnat is not a setting; did you mean upstreams.losant?"),
        ("[server]\nprot = 1", "2: server.prot is not a setting; did you mean server.port?"),
        ("port = 1", "1: port is not a setting; did you mean server.port?"),
        ("[limits]\n\nbody-bytes = 1", "3: limits.body-bytes is not a setting; did you mean limits.body_bytes?"),
        ("[cache]\nmax_byte = 1", "2: cache.max_byte is not a setting; did you mean cache.max_bytes?"),
        ("[identity]\nordr = []", "2: identity.ordr is not a setting; did you mean identity.order?"),
        ("xyzzy = 1", "1: xyzzy is not a setting"),
        ('"quoted key" = 1', '1: "quoted key" is not a setting'),
        ("warnings = []", "1: warnings is not a setting"),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one(said: Said, text: str, line: str) -> None:
    assert said(text) == [f"gateway.toml:{line}"]


def test_a_token_in_the_wrong_table_is_named_with_the_right_ones(said: Said) -> None:
    (line,) = said('[upstreams.clickhouse]\ntoken = "t"')
    assert line == (
        "gateway.toml:2: upstreams.clickhouse.token is not a setting; did you mean upstreams.losant.token, "
        "upstreams.nks.token or upstreams.locktera.token?"
    )


def test_all_mistakes_are_said_at_once_in_the_order_of_the_lines(said: Said) -> None:
    text = f"""\
[limits]
page = 0
[organizations.a]
nks = 1
[organizations.b]
nks = "1"
[organizations.c]
losant = 1
[server]
workers = 2
[[upstreams.clickhouse.keys]]
organization = "{UUID}"
key_id = 5
key_secret = ""
"""
    wheres = [line.split(" ")[0] for line in said(text, GATEWAY_SERVER__PORT="x", GATEWAY_SERVER__HOTS="y")]
    assert wheres == [
        "GATEWAY_SERVER__HOTS:",
        "GATEWAY_SERVER__PORT:",
        "gateway.toml:2:",
        "gateway.toml:6:",
        "gateway.toml:8:",
        "gateway.toml:10:",
        "gateway.toml:13:",
    ]


def test_an_error_holds_its_mistakes_one_by_one(read: Read) -> None:
    with pytest.raises(SettingsError) as caught:
        read("a = 1\nb = 2")
    assert [mistake.where for mistake in caught.value.mistakes] == ["gateway.toml:1", "gateway.toml:2"]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb =\n", "2: is not valid TOML: Invalid value (column 4)"),
        ("a = 1\n\n= 2", "3: is not valid TOML: Invalid statement (column 1)"),
        ("[server]\nport = 1\nport = 2\n", "3: is not valid TOML: Cannot overwrite a value (column 9)"),
        ('a = """\nb\n', "2: is not valid TOML: Unterminated string (end of the file)"),
    ],
)
def test_toml_that_cannot_be_read_is_named_with_its_line(said: Said, text: str, line: str) -> None:
    assert said(text) == [f"gateway.toml:{line}"]


@pytest.mark.parametrize("text", [f"a = {'9' * 5000}", f"a = {'[' * 20_000}"])
def test_toml_that_python_refuses_is_a_mistake_and_no_crash(said: Said, text: str) -> None:
    (line,) = said(text)
    assert line.startswith("gateway.toml: is not valid TOML: ")


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_bytes('# \n[server]\nhost = "ä"'.encode("latin-1"))
    with pytest.raises(SettingsError) as caught:
        load(file, {})
    assert str(caught.value) == f"{file}:3: is not UTF-8 text; save the file as UTF-8"


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_bytes(b"\xef\xbb\xbf[server]\r\nport = 1\r\n")
    assert load(file, {}).server.port == 1


def _secrets(place: Place, path: str = "") -> list[str]:
    if isinstance(place, Leaf):
        return [path] if place.hidden else []
    if isinstance(place, Table):
        return [found for key, inner in place.fields.items() for found in _secrets(inner, f"{path}__{key.upper()}")]
    return _secrets(place.each, f"{path}__{'ACME' if isinstance(place, Names) else '0'}")


@pytest.mark.parametrize("path", _secrets(shape_of(Settings)))
@pytest.mark.parametrize("value", [f"{SECRET} x", SECRET, f"{SECRET}\n"])
def test_no_secret_is_in_any_message_or_repr(read: Read, path: str, value: str) -> None:
    try:
        shown = repr(read(**{f"GATEWAY{path.removeprefix('_')}": value}))
    except SettingsError as error:
        shown = f"{error} {error!r} {error.mistakes}"
    assert SECRET not in shown.replace(f"key_id='{SECRET}'", "")


def test_the_secret_places_are_those_of_the_contract() -> None:
    found = {path.rpartition("__")[2] for path in _secrets(shape_of(Settings))}
    assert found == {"TOKEN", "KEY_ID", "KEY_SECRET", "HASH", "URL", "CREDENTIALS", "ENDPOINT"}


@pytest.mark.parametrize(
    "text",
    [
        f'upstreams.clickhouse.keys = ["{SECRET}"]',
        f'upstreams.clickhouse.keys = "{SECRET}"',
        f'upstreams.losant = "{SECRET}"',
        f'upstreams.losant.tokn = "{SECRET}"',
        f'upstreams.losant.token = ["{SECRET}"]',
        f'upstreams.losant.token.value = "{SECRET}"',
        f'callers.api_keys = [{{ name = "a", hash = "{SECRET}", scope = "{SECRET}" }}]',
        f'cache.url = "http://:{SECRET}@cache"',
        f'upstreams.losant.url = "https://x:{SECRET}@api.losant.com"',
        f'upstreams.losant.token = "{SECRET}',
    ],
)
def test_no_secret_is_in_a_message_about_the_file(said: Said, text: str) -> None:
    assert SECRET not in "\n".join(said(text))


def test_a_secret_of_the_wrong_kind_is_said_without_its_value(said: Said) -> None:
    (line,) = said("upstreams.losant.token = 5123")
    assert line.endswith("must be text of visible ASCII characters, without spaces or line breaks, not a whole number")
