"""[cache] url."""

import pytest

from gateway.settings import CacheAddress

SECRET = "correct-horse"


@pytest.mark.parametrize(
    ("url", "expected", "shown"),
    [
        ("valkey://cache", CacheAddress("cache"), "cache:6379/0"),
        ("redis://cache:7000/3", CacheAddress("cache", 7000, 3), "cache:7000/3"),
        ("valkey://:p%40ss@cache/", CacheAddress("cache", password="p@ss"), "cache:6379/0"),
        (
            "rediss://gate:key@[::1]:6380/0",
            CacheAddress("::1", 6380, username="gate", password="key", tls=True),
            "[::1]:6380/0",
        ),
        (
            "valkeys://cache?ssl_ca_certs=/etc/ca.pem",
            CacheAddress("cache", tls=True, options={"ssl_ca_certs": "/etc/ca.pem"}),
            "cache:6379/0",
        ),
    ],
)
def test_an_address_is_read_and_shown_without_its_password(url, expected, shown):
    address = CacheAddress.of(url)
    assert address == expected
    assert str(address) == shown
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "cache:6379",
        f"http://:{SECRET}@cache",
        f"valkey://:{SECRET}@",
        f"valkey://:{SECRET}@cache:none",
        f"valkey://:{SECRET}@cache:70000",
        f"valkey://:{SECRET}@cache/first",
        f"valkey://:{SECRET}@cache/0?ssl_ca_certs=ca.pem",
        f"valkeys://:{SECRET}@cache/0?ssl_cert_reqs=none",
        f"valkey://:{SECRET}@[cache/0",
    ],
)
def test_another_address_is_a_mistake_that_shows_no_password(said, url):
    (line,) = said(f'cache.url = "{url}"')
    assert line.startswith("gateway.toml:1: cache.url: must be a valkey:// or redis:// address")
    assert SECRET not in line


def test_no_url_is_no_shared_cache(read):
    assert read("").cache.address is None
    assert read('cache.url = "valkey://cache"').cache.address == CacheAddress("cache")
    assert read(GATEWAY_CACHE__URL="redis://cache/1").cache.address == CacheAddress("cache", database=1)
