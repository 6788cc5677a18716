"""A credential that is not there is told at the start, in one sentence, and nothing is served in its place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]

PRODUCTION = 'profile = "production"\n[upstreams.nks]\nurl = "https://nks.example.com"\n'
HALF_A_KEY = '[[upstreams.clickhouse.keys]]\norganization = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"\nkey_id = "id"\n'


def test_in_production_made_up_data_do_not_take_the_place_of_a_token(tmp_path: Path, start: Start) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(PRODUCTION)
    program = start("serve", "--port", "0", "--config", str(file))
    assert program.ended() == 2
    assert program.out == ""
    assert program.err == (
        "The profile is production, and no upstream has a credential: set upstreams.NAME.token or "
        'upstreams.clickhouse.keys (or credentials = "caller"), in the file or the environment; --sandbox serves '
        "made-up data.\n"
    )


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (HALF_A_KEY, "upstreams.clickhouse.keys[0].key_secret is missing; it must be text"),
        ('[callers.jwt]\nissuer = "https://i.example.com"\n', "callers.jwt: has an issuer and no audience; name whom"),
        ('[callers.jwt]\naudience = "a"\n', "callers.jwt: has an audience and no issuer; name who makes the tokens"),
        ('[[callers.api_keys]]\nname = "app"\nscopes = ["read"]\n', "callers.api_keys[0].hash is missing; it must be"),
    ],
)
def test_half_a_credential_is_named(tmp_path: Path, start: Start, toml: str, said: str) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(toml)
    program = start("serve", "--port", "0", "--config", str(file))
    assert program.ended() == 2
    assert program.out == ""
    first, second = program.err.splitlines()
    assert first == "The settings cannot be used:"
    assert second.startswith(f"  {file}:1: {said}")
