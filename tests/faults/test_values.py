"""x"""
import pytest
from resolvers.identity import Upstream
pytestmark = pytest.mark.anyio

async def test_a(open_site):
    site = await open_site()
    r = await site.ask()
    print(r)
    r = await site.rename(Upstream.NKS, "Foo")
    print(r, site.name(Upstream.NKS))
    async def junk(e):
        await e.say(b"junk\r\n\r\n")
    for p in site.proxies.values(): p.strike(junk)
    print(await site.ask())
    print({u:p.requests for u,p in site.proxies.items()})
    for u in Upstream: print(await site.rename(u, "Foo"))
    print({u:p.requests for u,p in site.proxies.items()})
