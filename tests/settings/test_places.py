"""What may stand where: each rule by what is said when it is broken."""

from collections.abc import Callable

import pytest

from gateway.settings import SCOPES, Settings

Read = Callable[..., Settings]
Said = Callable[..., list[str]]
UUID = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ('profile = "prodction"', "must be explore or production, not 'prodction'; did you mean production?"),
        ("profile = 5", "must be explore or production, not 5"),
        ("server.port = -1", "must be a whole number from 0 to 65535, not -1"),
        ("server.port = 65536", "must be a whole number from 0 to 65535, not 65536"),
        ("server.port = true", "must be a whole number from 0 to 65535, not true"),
        ('server.port = "80"', "must be a whole number from 0 to 65535, not '80'"),
        ("server.port = 80.0", "must be a whole number from 0 to 65535, not 80.0"),
        ("server.port = 1979-05-27", "must be a whole number from 0 to 65535, not a date or a time"),
        ("server.workers = 0", "must be a whole number, 1 or more, not 0"),
        ('server.host = ""', "must be an address or a host name, not ''"),
        ("server = 1", "must be a table, not a whole number"),
        ("organizations = []", "must be a table, not a list"),
        ("upstreams.locktera.organizations = { a = 1 }", "must be a list, not a table"),
        ("upstream_defaults.connect_seconds = 0", "must be a number above 0, not 0"),
        ("upstream_defaults.connect_seconds = inf", "must be a number above 0, not inf"),
        ("cache.fresh_seconds = nan", "must be a number, 0 or more, not nan"),
        ("cache.fresh_seconds = -0.5", "must be a number, 0 or more, not -0.5"),
        ("upstream_defaults.attempts = 11", "must be a whole number from 1 to 10, not 11"),
        ("upstream_defaults.breaker_failures_percent = 101", "must be a whole number from 1 to 100, not 101"),
        ("upstreams.nks.queue = -1", "must be a whole number, 0 or more, not -1"),
        ("limits.page = 0", "must be a whole number, 1 or more, not 0"),
        ('documents.automatic = "yes"', "must be true or false, not 'yes'"),
        ('upstreams.nks.credentials = "gatway"', "must be gateway or caller"),
        ("identity.order = []", "must be a list of at least one upstream"),
        ('identity.order = ["nks", "nks"]', "names nks twice"),
        ('callers.anonymous = ["read", "read"]', "names read twice"),
    ],
)
def test_a_value_outside_its_range_is_a_mistake(said: Said, setting: str, complaint: str) -> None:
    key = setting.partition(" ")[0]
    assert said(setting) == [f"gateway.toml:1: {key}: {complaint}"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.losant.com",
        "ftp://api.losant.com",
        "https://",
        "https://user:pass@api.losant.com",
        "https://api.losant.com?x=1",
        "https://api.losant.com/#top",
        "https://api.losant.com:port",
        "https://api.losant.com:0",
        "https://api.losant.com/a b",
        "https://[::1",
    ],
)
def test_an_address_that_no_path_can_follow_is_a_mistake(said: Said, url: str) -> None:
    (line,) = said(f'upstreams.losant.url = "{url}"')
    assert line.startswith("gateway.toml:1: upstreams.losant.url: must be an http:// or https:// address")


def test_an_address_loses_the_slash_at_its_end(read: Read) -> None:
    assert read('upstreams.locktera.url = "http://[::1]:8003/v1/"').upstreams.locktera.url == "http://[::1]:8003/v1"


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        ('losant = "575ed6e87ae143cd83dc4aa"', "must be 24 hexadecimal digits, not '575ed6e87ae143cd83dc4aa'"),
        ('losant = "575ed6e87ae143cd83dc4aa8\\n"', "must be 24 hexadecimal digits, not '575ed6e87ae143cd83dc4aa8\\n'"),
        ('losant = "../../etc/passwd"', "must be 24 hexadecimal digits, not '../../etc/passwd'"),
        ("losant = 5", "must be 24 hexadecimal digits, not 5"),
        ("nks = 0", "must be a whole number, 1 or more, not 0"),
        ("nks = -2", "must be a whole number, 1 or more, not -2"),
        ("nks = true", "must be a whole number, 1 or more, not true"),
        ("nks = 2.0", "must be a whole number, 1 or more, not 2.0"),
        ('nks = "2a"', "must be a whole number, 1 or more, not '2a'"),
        ('nks = "\u0662"', "must be a whole number, 1 or more, not '\u0662'"),
        (f"nks = {'9' * 4000}", "must be a whole number, 1 or more"),
        ('locktera = "a/b"', "must be 1 to 64 letters, digits, _ or -, not 'a/b'"),
        ('locktera = ""', "must be 1 to 64 letters, digits, _ or -, not ''"),
        (f'locktera = "{"a" * 65}"', f"must be 1 to 64 letters, digits, _ or -, not '{'a' * 40}'…"),
        (f'clickhouse = "{UUID[:-1]}"', f"must be a UUID such as {UUID}, not '{UUID[:-1]}'"),
    ],
)
def test_an_id_that_its_upstream_would_not_write_is_a_mistake(said: Said, link: str, complaint: str) -> None:
    key = link.partition(" ")[0]
    assert said(f"[organizations.acme]\n{link}") == [f"gateway.toml:2: organizations.acme.{key}: {complaint}"]


def test_ids_are_kept_in_their_one_way_of_writing(read: Read) -> None:
    links = f'losant = "575ED6E87AE143CD83DC4AA8"\nnks = "002"\nlocktera = "Org_1"\nclickhouse = "{UUID.upper()}"'
    assert read(f"[organizations.acme]\n{links}").organizations["acme"].native_ids == {
        "losant": "575ed6e87ae143cd83dc4aa8",
        "nks": "2",
        "locktera": "Org_1",
        "clickhouse": UUID,
    }


@pytest.mark.parametrize("name", ["a:b", "", "-a", ".a", "a b", "a/b", "ä", "a" * 65, "a\\n"])
def test_a_name_that_could_be_taken_for_an_id_is_a_mistake(said: Said, name: str) -> None:
    (line,) = said(f'[organizations."{name}"]\nnks = 2')
    assert line.startswith("gateway.toml:1: organizations.")
    assert "the name must be 1 to 64 letters, digits, _, . or -, and begin with a letter or digit" in line


def test_names_may_hold_dots_and_capitals(read: Read) -> None:
    assert list(read('[organizations."Acme.co_1-x"]\nnks = 2').organizations) == ["Acme.co_1-x"]


def test_an_organization_without_a_link_is_a_mistake(said: Said) -> None:
    complaint = "links to no upstream; give it at least one of losant, nks, locktera or clickhouse"
    assert said("\n[organizations.acme]\n") == [f"gateway.toml:2: organizations.acme: {complaint}"]


def test_a_key_needs_its_id_and_its_secret(said: Said) -> None:
    table = f'[[upstreams.clickhouse.keys]]\norganization = "{UUID}"\nkey_id = "a"\n'
    assert said(f'{table}key_secret = ""') == [
        "gateway.toml:1: upstreams.clickhouse.keys[0]: key_secret is empty; give both, or neither"
    ]
    (line,) = said(table)
    assert line.startswith("gateway.toml:1: upstreams.clickhouse.keys[0].key_secret is missing; it must be text")


@pytest.mark.parametrize("token", ["a b", "a\\n", "ä", "\\u0000"])
def test_a_token_that_no_header_can_carry_is_a_mistake(said: Said, token: str) -> None:
    complaint = "must be text of visible ASCII characters, without spaces or line breaks"
    assert said(f'upstreams.nks.token = "{token}"') == [f"gateway.toml:1: upstreams.nks.token: {complaint}"]


def test_a_scope_that_is_none_is_named_with_the_nearest_one(said: Said) -> None:
    (line,) = said('callers.anonymous = ["read", "member:write"]')
    assert line.startswith("gateway.toml:1: callers.anonymous[1]: must be read, members:write, ")
    assert line.endswith("not 'member:write'; did you mean members:write?")


def test_anonymous_callers_may_have_any_scope_or_none(read: Read) -> None:
    assert read(f"callers.anonymous = {list(SCOPES)}").callers.anonymous == SCOPES
    assert read("callers.anonymous = []").callers.anonymous == ()


def test_the_order_may_leave_upstreams_out(read: Read) -> None:
    assert read('identity.order = ["nks", "losant"]').identity.order == ("nks", "losant")
