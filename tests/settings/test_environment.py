from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.settings import Rate, Settings, SettingsError, load
from gateway.settings.mistakes import variable
from gateway.settings.places import Leaf, find, settings_in, shape_of

Read = Callable[..., Settings]
Said = Callable[..., list[str]]
ONE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
TWO = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b11"
KEY = f'[[upstreams.clickhouse.keys]]\norganization = "{ONE}"\nkey_id = "a"\nkey_secret = "b"\n'


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(read: Read) -> None:
    text = '[server]\nhost = "a"\nport = 1\nstate_dir = "s"'
    server = read(text, {"server.host": "c", "server.port": None}, GATEWAY_SERVER__HOST="b", GATEWAY_SERVER__PORT="2")
    assert (server.server.host, server.server.port, server.server.state_dir) == ("c", 2, Path("s"))


def test_overrides_may_be_tables(read: Read) -> None:
    assert read("", {"server": {"port": 0, "host": None}}, GATEWAY_SERVER__PORT="2").server.port == 0


def test_every_single_setting_can_come_from_the_environment(read: Read) -> None:
    shape, default = shape_of(Settings), Settings().model_dump()
    leaves = [path for path in settings_in(shape) if isinstance(find(shape, path), Leaf)]
    assert len(leaves) > 80
    for path in leaves:
        value: object = default
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            value = next(iter(find(shape, path).words), "1")
        text = str(getattr(value, "get_secret_value", lambda v=value: v)())
        if path[-2:] in {("rate", "calls"), ("rate", "seconds")}:
            continue
        assert read(**{variable(path): text}), path


def test_text_becomes_the_kind_that_is_due(read: Read) -> None:
    settings = read(
        GATEWAY_PROFILE="production",
        GATEWAY_SERVER__PORT=" 80 ",
        GATEWAY_CACHE__FRESH_SECONDS="1e-1",
        GATEWAY_DOCUMENTS__AUTOMATIC="No",
        GATEWAY_CALLERS__ALLOW_ANONYMOUS_UPSTREAM_ACCESS="1",
        GATEWAY_UPSTREAMS__NKS__TOKEN="007",
        GATEWAY_SERVER__STATE_DIR="/s",
        GATEWAY_UPSTREAMS__LOSANT__ATTEMPTS="1",
    )
    assert settings.profile == "production"
    assert settings.server.port == 80
    assert settings.cache.fresh_seconds == pytest.approx(0.1)
    assert settings.documents.automatic is False
    assert settings.callers.allow_anonymous_upstream_access is True
    assert settings.upstreams.nks.token.get_secret_value() == "007"
    assert settings.server.state_dir == Path("/s")
    assert settings.figures("losant").attempts == 1


def test_lists_of_words_come_with_commas_or_as_json(read: Read) -> None:
    assert read(GATEWAY_IDENTITY__ORDER="nks, losant,").identity.order == ("nks", "losant")
    assert read(GATEWAY_IDENTITY__ORDER='["nks"]').identity.order == ("nks",)
    assert read('callers.anonymous = ["trace"]', GATEWAY_CALLERS__ANONYMOUS="").callers.anonymous == ()
    assert read("", None, GATEWAY_CALLERS__ANONYMOUS__0="trace").callers.anonymous == ("trace",)


def test_lists_of_tables_come_as_json_and_replace_the_files(read: Read) -> None:
    keys = f'[{{"organization": "{TWO}", "key_id": "c", "key_secret": "d"}}]'
    (key,) = read(KEY, GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS=keys).upstreams.clickhouse.keys
    assert (key.organization, key.key_id, key.key_secret.get_secret_value()) == (TWO, "c", "d")


def test_lists_of_tables_come_by_index_and_add_to_the_files(read: Read) -> None:
    name = "GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__"
    added = {f"{name}1__ORGANIZATION": TWO, f"{name}1__KEY_ID": "c", f"{name}1__KEY_SECRET": "d"}
    keys = read(KEY, **added, **{f"{name}0__KEY_SECRET": "changed"}).upstreams.clickhouse.keys
    assert [(key.organization, key.key_secret.get_secret_value()) for key in keys] == [(ONE, "changed"), (TWO, "d")]


def test_an_index_past_the_end_is_a_mistake(said: Said) -> None:
    name = "GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__1__KEY_ID"
    assert said(**{name: "x"}) == [f"{name}: leaves a gap in the list; number its items from 0"]


def test_tables_as_json_join_the_files(read: Read) -> None:
    text = '[upstreams.nks]\ntoken = "t"\nattempts = 2'
    nks = read(text, GATEWAY_UPSTREAMS__NKS='{"attempts": 1, "rate": {"calls": 1, "seconds": 2}}').upstreams.nks
    assert (nks.token.get_secret_value(), nks.attempts, nks.rate) == ("t", 1, Rate(calls=1, seconds=2))


def test_an_inner_variable_wins_over_an_outer_one(read: Read) -> None:
    upstream = read(GATEWAY_UPSTREAMS__NKS='{"attempts": 1, "queue": 1}', GATEWAY_UPSTREAMS__NKS__ATTEMPTS="2")
    assert (upstream.upstreams.nks.attempts, upstream.upstreams.nks.queue) == (2, 1)


def test_organizations_from_the_environment_are_written_small(read: Read) -> None:
    settings = read(
        "[organizations.acme]\nnks = 1",
        GATEWAY_ORGANIZATIONS__ACME__LOSANT="575ed6e87ae143cd83dc4aa8",
        GATEWAY_ORGANIZATIONS__BIG_CO__NKS="2",
    )
    assert settings.organizations["acme"].native_ids == {"losant": "575ed6e87ae143cd83dc4aa8", "nks": "1"}
    assert settings.organizations["big_co"].native_ids == {"nks": "2"}


def test_part_of_a_rate_keeps_the_rest_of_the_known_one(read: Read) -> None:
    rate = read(GATEWAY_UPSTREAMS__CLICKHOUSE__RATE__CALLS="20").upstreams.clickhouse.rate
    assert (rate.calls, rate.seconds) == (20, 10)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("GATEWAY_SERVER__PROT", "GATEWAY_SERVER__PORT"),
        ("GATEWAY_SERVER_PORT", "GATEWAY_SERVER__PORT"),
        ("GATEWAY_PORT", "GATEWAY_SERVER__PORT"),
        ("GATEWAY_server__port", "GATEWAY_SERVER__PORT"),
        ("GATEWAY_PROFIL", "GATEWAY_PROFILE"),
        ("GATEWAY_UPSTREAMS__LOSNAT__TOKEN", "GATEWAY_UPSTREAMS__LOSANT__TOKEN"),
        ("GATEWAY_LOSANT_TOKEN", "GATEWAY_UPSTREAMS__LOSANT__TOKEN"),
        ("GATEWAY_ORGANIZATIONS__ACME__LOSNAT", "GATEWAY_ORGANIZATIONS__ACME__LOSANT"),
        ("GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__0__KEYID", "GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__0__KEY_ID"),
    ],
)
def test_a_misspelt_variable_is_a_mistake_that_names_the_right_one(said: Said, name: str, meant: str) -> None:
    assert said(**{name: "1"}) == [f"{name}: is not a setting; did you mean {meant}?"]


def test_a_path_that_is_like_nothing_is_a_mistake_too(said: Said) -> None:
    assert said(GATEWAY_XYZZY__QUUX="1") == ["GATEWAY_XYZZY__QUUX: is not a setting"]


def test_a_variable_that_is_no_path_and_like_no_setting_is_ignored_and_said(read: Read) -> None:
    assert read(GATEWAY_DIR="/x", GATEWAY_PYTHON="p").warnings == (
        "GATEWAY_DIR and GATEWAY_PYTHON are no settings and are ignored.",
    )


def test_what_kubernetes_sets_beside_a_service_named_gateway_is_left_alone(read: Read) -> None:
    set_by_kubernetes = {
        "GATEWAY_SERVICE_HOST": "10.0.0.1",
        "GATEWAY_SERVICE_PORT": "8000",
        "GATEWAY_SERVICE_PORT_HTTP": "8000",
        "GATEWAY_PORT": "tcp://10.0.0.1:8000",
        "GATEWAY_PORT_8000_TCP": "tcp://10.0.0.1:8000",
        "GATEWAY_PORT_8000_TCP_PROTO": "tcp",
        "GATEWAY_PORT_8000_TCP_PORT": "8000",
        "GATEWAY_PORT_8000_TCP_ADDR": "10.0.0.1",
        "GATEWAY_METRICS_SERVICE_HOST": "10.0.0.2",
        "GATEWAY_METRICS_PORT": "tcp://10.0.0.2:9000",
    }
    settings = read(**set_by_kubernetes)
    assert settings == Settings()
    assert settings.warnings == ()


def test_variables_of_others_are_not_looked_at(read: Read) -> None:
    assert read(PATH="/bin", MY_GATEWAY_SERVER__PORT="x", gateway_server__port="x") == Settings()


def test_a_wrong_value_is_named_by_its_variable(said: Said) -> None:
    assert said("server.port = 1", GATEWAY_SERVER__PORT="http") == [
        "GATEWAY_SERVER__PORT: must be a whole number from 0 to 65535, not 'http'"
    ]
    assert said(GATEWAY_CACHE__FRESH_SECONDS="") == [
        "GATEWAY_CACHE__FRESH_SECONDS: must be a number, 0 or more, not ''"
    ]
    assert said(GATEWAY_DOCUMENTS__AUTOMATIC="maybe") == [
        "GATEWAY_DOCUMENTS__AUTOMATIC: must be true or false, not 'maybe'"
    ]


def test_a_wrong_value_inside_json_is_named_by_its_variable_and_its_path(said: Said) -> None:
    assert said(GATEWAY_UPSTREAMS__NKS='{"attempts": 0, "tokn": "x"}') == [
        "GATEWAY_UPSTREAMS__NKS: upstreams.nks.attempts: must be a whole number from 1 to 10, not 0",
        "GATEWAY_UPSTREAMS__NKS: upstreams.nks.tokn is not a setting; did you mean upstreams.nks.token?",
    ]


def test_what_is_missing_is_named_by_the_variable_beside_it(said: Said) -> None:
    (line,) = said(
        GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__0__KEY_ID="x", GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__0__KEY_SECRET="y"
    )
    assert line == (
        "GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__0__KEY_ID: upstreams.clickhouse.keys[0].organization is missing; "
        f"it must be a UUID such as {ONE}"
    )


def test_a_mistake_in_one_item_is_not_named_by_another_items_variable(said: Said) -> None:
    name = "GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS__"
    first = {f"{name}0__ORGANIZATION": ONE, f"{name}0__KEY_ID": "a", f"{name}0__KEY_SECRET": "b"}
    second = {f"{name}1__ORGANIZATION": TWO, f"{name}1__KEY_ID": "a", f"{name}1__KEY_SECRET": ""}
    (line,) = said(**first, **second)
    assert line.startswith(f"{name}1__")
    assert line.endswith(": upstreams.clickhouse.keys[1]: key_secret is empty; give both, or neither")


@pytest.mark.parametrize("text", ["[{", "x", "", "[" * 100_000, "9" * 5000])
def test_text_that_is_no_json_is_a_mistake(said: Said, text: str) -> None:
    name = "GATEWAY_UPSTREAMS__CLICKHOUSE__KEYS"
    assert said(**{name: text}) == [f"{name}: must be a list in JSON, and is not valid JSON"]


def test_a_wrong_override_is_named_by_the_command_line(said: Said) -> None:
    assert said("", {"server.port": 99999}, GATEWAY_SERVER__PORT="1") == [
        "command line: server.port: must be a whole number from 0 to 65535, not 99999"
    ]


def test_the_file_is_found_by_argument_then_by_variable_then_by_its_name(read: Read, tmp_path: Path) -> None:
    for name in ("argument", "variable"):
        (tmp_path / f"{name}.toml").write_text(f'server.host = "{name}"')
    environ = {"GATEWAY_CONFIG": str(tmp_path / "variable.toml")}
    assert read('server.host = "default"').server.host == "default"
    assert load(None, environ).server.host == "variable"
    assert load(tmp_path / "argument.toml", environ).server.host == "argument"
    assert load(None, {"GATEWAY_CONFIG": ""}).server.host == "default"


def test_a_named_file_that_is_missing_is_a_mistake(said: Said, tmp_path: Path) -> None:
    file = str(tmp_path / "none.toml")
    assert said(GATEWAY_CONFIG=file) == [
        f"{file}: GATEWAY_CONFIG: there is no such file; create it, or name another one"
    ]
    with pytest.raises(SettingsError, match="there is no such file"):
        load(Path(file), {})


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read \(Is a directory\); name a readable file"):
        load(tmp_path, {})


def test_without_an_environment_given_the_processs_own_is_read(
    read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert read("limits.page = 7").limits.page == 7
    monkeypatch.setenv("GATEWAY_LIMITS__PAGE", "8")
    assert load(tmp_path / "gateway.toml").limits.page == 8
