"""An answer that is kept is read once, whoever asks for it."""

import msgspec
import pytest

from gateway.settings.upstreams import Nks as NksSettings
from gateway.upstreams.line import Line
from gateway.upstreams.making import Listing
from gateway.upstreams.nks import Nks
from gateway.upstreams.reading import Shape
from gateway.wire.cache import LONGEST_READ
from gateway.wire.call import Answer, Call
from gateway.wire.sharing import Sharing
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio


class Named(msgspec.Struct):
    name: str | None = None


class Numbered(msgspec.Struct):
    pk: int


NAMED, NUMBERED = Shape(Upstream.NKS, Named), Shape(Upstream.NKS, Numbered)
LISTED = Listing(Upstream.NKS, list[Numbered], lambda link, shapes: [f"{link} has {shape.pk}" for shape in shapes])


class Reads:
    writes = False


class Says:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self.calls = 0

    async def send(self, call: Call) -> Answer:
        assert call.reads
        self.calls += 1
        return Answer(200, {}, self._body)


@pytest.fixture
def make():
    def make(below: Says) -> Nks:
        sharing = Sharing(fresh_seconds=60.0, stale_seconds=60.0, most=10, most_bytes=100_000_000)
        settings = NksSettings(url="http://127.0.0.1", token="of-a-test")
        return Nks(Line(sharing.over(below, Upstream.NKS), settings), Reads(), lambda _: "")

    return make


async def ask(adapter: Nks, shape: Shape) -> object:
    return await adapter.get(shape, "orgs.get", ("orgs", "12"), native_id="12")


async def test_what_was_read_is_given_to_all(make) -> None:
    below = Says(b'{"pk":12,"name":"Acme"}')
    adapter = make(below)
    first = await ask(adapter, NAMED)
    assert first == Named("Acme")
    assert await ask(adapter, NAMED) is first
    assert below.calls == 1


async def test_who_reads_it_by_another_shape_reads_it_anew(make) -> None:
    below = Says(b'{"pk":12,"name":"Acme"}')
    adapter = make(below)
    await ask(adapter, NAMED)
    assert await ask(adapter, NUMBERED) == Numbered(12)
    assert below.calls == 1


async def test_what_is_made_of_it_is_given_to_all(make) -> None:
    below = Says(b'[{"pk":12},{"pk":13}]')
    adapter = make(below)
    fetched, kept = await ask(adapter, LISTED), await ask(adapter, LISTED)
    assert await ask(adapter, LISTED) is kept
    assert fetched.items == kept.items == ["nks:12 has 12", "nks:12 has 13"]
    assert below.calls == 1


async def test_what_is_made_of_parts_that_do_not_fit_is_not_kept(make) -> None:
    below = Says(b'[{"pk":12},{"pk":"thirteen"}]')
    adapter = make(below)
    one, other = await ask(adapter, LISTED), await ask(adapter, LISTED)
    assert below.calls == 2
    assert one.items == ["nks:12 has 12"]
    assert one.failures[0] is not other.failures[0]


async def test_what_does_not_fit_is_neither_kept_nor_given_to_others(make) -> None:
    below = Says(b'{"pk":12,"name":7}')
    adapter = make(below)
    one, other = await ask(adapter, NAMED), await ask(adapter, NAMED)
    assert below.calls == 2
    assert one.name is not other.name


async def test_of_a_long_answer_the_body_alone_is_kept(make) -> None:
    below = Says(b'{"pk":12,"name":"%s"}' % (b"a" * LONGEST_READ))
    adapter = make(below)
    first, second = await ask(adapter, NAMED), await ask(adapter, NAMED)
    assert below.calls == 1
    assert first == second
    assert first is not second
