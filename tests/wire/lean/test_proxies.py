"""Where a proxy may stand before an upstream."""

import pytest

from gateway.wire.lean.proxies import may_be_proxied

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def empty(monkeypatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "url", "proxied"),
    [
        ({}, "https://api.losant.com", False),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "https://api.losant.com", True),
        ({"https_proxy": "proxy:3128"}, "https://api.losant.com", True),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://api.losant.com", False),
        ({"HTTP_PROXY": "http://proxy:3128"}, "http://api.losant.com", True),
        ({"ALL_PROXY": "http://proxy:3128"}, "http://api.losant.com", True),
        ({"NO_PROXY": "a.example"}, "https://api.losant.com", False),
        ({"HTTPS_PROXY": ""}, "https://api.losant.com", False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "api.losant.com"}, "https://api.losant.com", False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "a.example, LOSANT.com"}, "https://API.losant.com:8443/v1", False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": ".losant.com"}, "https://api.losant.com", False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": ".api.losant.com"}, "https://api.losant.com", True),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "losant.com"}, "https://notlosant.com", True),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "a.example,*"}, "https://api.losant.com", False),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "*.losant.com"}, "https://api.losant.com", True),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "localhost,127.0.0.1,::1"}, "http://127.0.0.1:9", False),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "localhost,127.0.0.1,::1"}, "http://[::1]:9", False),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "localhost"}, "http://a.localhost", True),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}, "http://10.1.2.3", True),
        ({"HTTP_PROXY": "http://p"}, "http://256.256.256.256", False),
    ],
)
def test_a_proxy_of_the_environment_is_for_httpx_unless_it_surely_does_not_apply(
    monkeypatch, environment: dict[str, str], url: str, *, proxied: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert may_be_proxied(url) is proxied
