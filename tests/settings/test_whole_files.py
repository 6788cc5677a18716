import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.settings import Rate, Settings, UpstreamFigures

Read = Callable[..., Settings]

EVERYTHING = """
profile = "production"

[server]
host = "127.0.0.1"
port = 8000
workers = 1
state_dir = ".gateway"

[upstreams.losant]
url = "https://api.losant.com"
credentials = "gateway"
token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.Et9HFtf9R3GEMA0IICOfFMVXY7kkTX1wr4qCyhIf58U"

[upstreams.nks]
url = "https://api.nks.netapp.io"
token = "9b7f6a2f0c3d4e5f8a1b2c3d4e5f6a7b8c9d0e1f"

[upstreams.locktera]
url = "https://api.locktera.com/v1"
token = "lk_live_0123456789"
organizations = ["org-123"]

[upstreams.clickhouse]
url = "https://api.clickhouse.cloud"
rate = { calls = 10, seconds = 10 }
[[upstreams.clickhouse.keys]]
organization = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
key_id = "mykeyid0123"
key_secret = "4b1dmysecret"

[organizations.acme]
losant = "575ed6e87ae143cd83dc4aa8"
nks = 2
locktera = "org-123"
clickhouse = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"

[identity]
order = ["losant", "nks", "clickhouse", "locktera"]

[callers]
anonymous = ["read"]
allow_anonymous_upstream_access = true
[callers.jwt]
issuer = ""
audience = ""
organizations_claim = "organizations"
scopes_claim = "scope"

[upstream_defaults]
read_deadline_seconds = 5.0
write_deadline_seconds = 10.0
connect_seconds = 1.0
attempt_seconds = 2.5
attempts = 3
concurrency = 32
queue = 64
max_response_bytes = 10485760
breaker_failures_percent = 50
breaker_minimum_calls = 20
breaker_open_seconds = 5.0
transport = "lean"

[cache]
fresh_seconds = 2.0
stale_if_error_seconds = 600.0
max_entries = 10000
max_bytes = 67108864
url = ""

[limits]
body_bytes = 1048576
tokens = 2000
depth = 12
aliases = 30
cost = 5000
page = 100

[documents]
trusted_only = false
manifest = ""
automatic = true
"""


def test_a_file_with_every_setting_loads_without_a_warning(read: Read) -> None:
    settings = read(EVERYTHING)
    assert settings.configured_upstreams == ("losant", "nks", "locktera", "clickhouse")
    assert settings.organizations["acme"].native_ids == {
        "losant": "575ed6e87ae143cd83dc4aa8",
        "nks": "2",
        "locktera": "org-123",
        "clickhouse": "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10",
    }
    assert settings.upstreams.losant.token.get_secret_value().startswith("eyJ")
    assert settings.warnings == ()


def test_the_values_of_that_file_are_the_defaults(read: Read) -> None:
    written = read(EVERYTHING).model_dump()
    default = Settings().model_dump()
    same = ("server", "identity", "upstream_defaults", "cache", "limits", "documents")
    assert {name: written[name] for name in same} == {name: default[name] for name in same}
    assert Settings().profile == "explore"
    assert Settings().callers.anonymous == ("read",)
    assert Settings().callers.allow_anonymous_upstream_access is False


def test_without_anything_no_upstream_is_named(read: Read) -> None:
    settings = read()
    assert settings.names_no_upstream
    assert settings.configured_upstreams == ()
    assert settings == Settings()


def test_one_token_names_an_upstream(read: Read) -> None:
    settings = read(GATEWAY_UPSTREAMS__NKS__TOKEN="t0ken")
    assert not settings.names_no_upstream
    assert settings.upstreams.nks.configured
    assert not settings.upstreams.losant.configured


def test_clickhouse_is_configured_by_a_key_and_not_by_an_empty_one(read: Read) -> None:
    table = '[[upstreams.clickhouse.keys]]\norganization = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"\n'
    empty = read(f'{table}key_id = ""\nkey_secret = ""')
    assert (empty.upstreams.clickhouse.configured, empty.upstreams.clickhouse.keys) == (False, ())
    assert read(f'{table}key_id = "a"\nkey_secret = "b"').upstreams.clickhouse.configured


def test_rates_are_known_for_clickhouse_and_locktera_alone() -> None:
    upstreams = Settings().upstreams
    assert (upstreams.clickhouse.rate.calls, upstreams.clickhouse.rate.seconds) == (10, 10)
    assert (upstreams.locktera.rate.calls, upstreams.locktera.rate.seconds) == (100, 60)
    assert (upstreams.losant.rate_limit, upstreams.nks.rate_limit) == (None, None)


def test_no_calls_lift_a_rate(read: Read) -> None:
    lifted = read("[upstreams.clickhouse]\nrate = { calls = 0, seconds = 1 }").upstreams.clickhouse
    assert lifted.rate_limit is None
    assert read("[upstreams.locktera.rate]\ncalls = 0").upstreams.locktera.rate_limit is None


def test_an_upstream_without_a_known_rate_can_have_one(read: Read) -> None:
    settings = read("[upstreams.losant]\nrate = { calls = 5, seconds = 2 }")
    assert settings.upstreams.losant.rate_limit == Rate(calls=5, seconds=2)


def test_an_upstreams_own_figures_win_over_the_common_ones(read: Read) -> None:
    settings = read("[upstream_defaults]\nattempts = 2\nqueue = 5\n[upstreams.nks]\nqueue = 0\nattempt_seconds = 9")
    assert settings.figures("nks") == UpstreamFigures(attempts=2, queue=0, attempt_seconds=9.0)
    assert settings.figures("losant") == UpstreamFigures(attempts=2, queue=5)


def test_every_figure_can_be_set_for_every_upstream(read: Read) -> None:
    given = dict.fromkeys(UpstreamFigures.model_fields, 7) | {"transport": "httpx"}
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in given.items())
    names = ("losant", "nks", "locktera", "clickhouse")
    settings = read("\n".join(f"[upstreams.{name}]\n{lines}" for name in names))
    for name in names:
        assert settings.figures(name).model_dump() == given


def test_a_thousand_organizations_load_within_a_second(read: Read) -> None:
    text = ['[upstreams.losant]\ntoken = "t"\n[upstreams.nks]\ntoken = "t"\n[upstreams.locktera]\ntoken = "t"']
    text.append("organizations = " + json.dumps([f"org-{i}" for i in range(1000)]))
    uuids = [f"2b0f6d1e-9c4a-4b77-8e21-{i:012x}" for i in range(1000)]
    text += [f'[[upstreams.clickhouse.keys]]\norganization = "{u}"\nkey_id = "k"\nkey_secret = "s"' for u in uuids]
    text += [
        f'[organizations.org{i}]\nlosant = "{i:024x}"\nnks = {i + 1}\nlocktera = "org-{i}"\nclickhouse = "{uuid}"'
        for i, uuid in enumerate(uuids)
    ]
    started = time.process_time()
    settings = read("\n".join(text))
    assert time.process_time() - started < 1
    assert len(settings.organizations) == 1000
    assert settings.warnings == ()


def test_settings_cannot_be_changed() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.profile = "production"
    with pytest.raises(ValidationError, match="frozen"):
        settings.upstreams.losant.attempts = 1


def test_the_state_directory_is_a_path(read: Read) -> None:
    assert read('server.state_dir = "/var/lib/gateway"').server.state_dir == Path("/var/lib/gateway")


def test_anonymous_callers_reach_upstreams_only_when_that_is_allowed(read: Read) -> None:
    token = '[upstreams.nks]\ntoken = "t"\n[callers]\n'
    assert read(token).exposed_upstreams == ("nks",)
    assert read(f"{token}anonymous = []").exposed_upstreams == ()
    assert read(f"{token}allow_anonymous_upstream_access = true").exposed_upstreams == ()
    assert Settings().exposed_upstreams == ()
