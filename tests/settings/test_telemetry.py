"""The settings of readiness, log lines, metrics and spans."""

import pytest

from gateway.settings import Settings, SettingsError, load


def read(tmp_path, toml: str, **environ: str) -> Settings:
    file = tmp_path / "gateway.toml"
    file.write_text(toml)
    return load(file, environ=environ)


def test_nothing_has_to_be_said(tmp_path):
    settings = read(tmp_path, "")

    assert settings.server.ready == ("any",)
    assert settings.server.metrics is True
    assert settings.otel.endpoint == ""
    assert settings.logs_operations is False
    assert read(tmp_path, 'profile = "production"').logs_operations is True


@pytest.mark.parametrize(
    ("given", "taken"),
    [('"any"', ("any",)), ('"all"', ("all",)), ('"nks"', ("nks",)), ('["losant", "nks"]', ("losant", "nks"))],
)
def test_readiness_is_a_policy_or_upstreams(tmp_path, given, taken):
    assert read(tmp_path, f"[server]\nready = {given}\n").server.ready == taken


def test_readiness_comes_from_the_environment_too(tmp_path):
    assert read(tmp_path, "", GATEWAY_SERVER__READY="all").server.ready == ("all",)
    assert read(tmp_path, "", GATEWAY_SERVER__READY="losant, nks").server.ready == ("losant", "nks")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[server]\nready = "al"\n', "did you mean all?"),
        ('[server]\nready = ["any", "nks"]\n', "server.ready: must be any, all or a list of upstreams"),
        ("[server]\nready = []\n", "server.ready: must be any, all or a list of upstreams"),
        ('[server]\nready = ["nks", "nks"]\n', "server.ready: names nks twice"),
        ('[otel]\nendpoint = "collector:4318"\n', "otel.endpoint: must be an http:// or https:// address"),
        (
            '[otel]\nendpoint = "http://user:S3CRET@collector"\n',
            "otel.endpoint: must be an http:// or https:// address",
        ),
        ("[log]\noperations = 1\n", "log.operations: must be true or false, not 1"),
    ],
)
def test_what_cannot_be_meant_is_said(tmp_path, toml, said):
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, toml)

    assert said in str(caught.value)
    assert "S3CRET" not in str(caught.value)
