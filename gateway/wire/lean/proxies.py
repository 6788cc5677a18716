"""Whether the environment may put a proxy before an address; httpx knows how to speak to one."""

import ipaddress
import urllib.request
from typing import Final

import httpx

_EXACT: Final = "localhost"


def may_be_proxied(base_url: str) -> bool:
    """Whether a proxy may stand before the address, by `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.

    Where this is False, httpx would use none either; where it is True, httpx decides.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        return False
    proxies = urllib.request.getproxies()
    if not proxies.get(url.scheme) and not proxies.get("all"):
        return False
    host = url.raw_host.decode("ascii")
    entries = [entry.strip().lower() for entry in proxies.get("no", "").split(",")]
    return not any(entry == "*" or _covers(entry, host) for entry in entries if entry)


def _covers(entry: str, host: str) -> bool:
    """Whether the entry of NO_PROXY is about the host; one with a leading dot is about names below it alone."""
    if entry == host:
        return True
    if entry == _EXACT or _is_number(entry):
        return False
    return host.endswith(entry if entry.startswith(".") else f".{entry}")


def _is_number(entry: str) -> bool:
    try:
        ipaddress.ip_address(entry)
    except ValueError:
        return False
    return True
