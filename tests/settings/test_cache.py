"""[cache]."""

import pytest


def test_operations_have_their_own_freshness_by_upstream_and_name(read) -> None:
    settings = read('[cache.operations]\n"losant.org.get" = 30\n"clickhouse.members.list" = 0\n')

    assert settings.cache.operations == {"losant.org.get": 30.0, "clickhouse.members.list": 0.0}
    assert settings.cache.fresh_seconds == 2.0


@pytest.mark.parametrize("name", ["lossant.org.get", "org.get", "losant", "losant.", "Losant.org.get", "nks.a b"])
def test_an_operation_of_no_known_upstream_is_refused_in_a_sentence(said, name: str) -> None:
    (line,) = said(f'[cache.operations]\n"{name}" = 30\n')

    assert line.startswith("gateway.toml:2: cache.operations.")
    assert line.endswith("the name must be an upstream, a dot and one of its operations, such as losant.org.get")


def test_a_freshness_is_a_number_from_nought(said) -> None:
    (line,) = said('[cache.operations]\n"losant.org.get" = -1\n')

    assert line == 'gateway.toml:2: cache.operations."losant.org.get": must be a number, 0 or more, not -1'
