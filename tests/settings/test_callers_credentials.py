from collections.abc import Callable

import pytest

from gateway.settings import Settings

Read = Callable[..., Settings]
NAMES = ("losant", "nks", "locktera", "clickhouse")
UUID = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"


@pytest.mark.parametrize("name", NAMES)
def test_an_upstream_may_be_left_to_the_callers_credentials(read: Read, name: str) -> None:
    settings = read(f'[upstreams.{name}]\ncredentials = "caller"')

    assert settings.configured_upstreams == (name,)
    assert not settings.upstreams.named(name).holds_credential  # type: ignore[arg-type]  # parametrized


@pytest.mark.parametrize("name", NAMES)
def test_the_environment_may_leave_it_so_too(read: Read, name: str) -> None:
    variable = f"GATEWAY_UPSTREAMS__{name.upper()}__CREDENTIALS"

    assert read("", None, **{variable: "caller"}).configured_upstreams == (name,)


@pytest.mark.parametrize("name", NAMES)
def test_anyone_may_reach_it_since_the_credential_is_theirs(read: Read, name: str) -> None:
    settings = read(f'[upstreams.{name}]\ncredentials = "caller"\n[callers]\nanonymous = ["read"]')

    assert settings.exposed_upstreams == ()


def test_a_link_to_it_leads_somewhere(read: Read) -> None:
    callers = "".join(f'[upstreams.{name}]\ncredentials = "caller"\n' for name in NAMES)
    links = f'[organizations.acme]\nlosant = "{"a" * 24}"\nnks = 2\nlocktera = "org"\nclickhouse = "{UUID}"\n'

    assert read(callers + links).warnings == ()


def test_a_credential_that_nobody_uses_is_warned_of(read: Read) -> None:
    key = f'[[upstreams.clickhouse.keys]]\norganization = "{UUID}"\nkey_id = "a"\nkey_secret = "b"\n'
    text = (
        f'[upstreams.nks]\ncredentials = "caller"\ntoken = "t"\n[upstreams.clickhouse]\ncredentials = "caller"\n{key}'
    )

    assert read(text).warnings == (
        'upstreams.nks.token is not used: credentials is "caller".',
        'upstreams.clickhouse.keys are not used: credentials is "caller".',
    )
