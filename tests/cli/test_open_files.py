import resource
from collections.abc import Iterator

import pytest

from gateway.cli.open_files import make_room_for


@pytest.fixture
def before() -> Iterator[tuple[int, int]]:
    """A low limit of the process's own, and the system's."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1_000:
        pytest.skip("The system allows too few open files.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (600, hard))
    yield 600, hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_limit_is_raised_where_the_connections_would_not_fit(before: tuple[int, int]) -> None:
    make_room_for(100)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (612, before[1])


def test_it_is_never_lowered_nor_raised_past_what_the_system_allows(before: tuple[int, int]) -> None:
    make_room_for(1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
    make_room_for(2**40)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] == before[1]
