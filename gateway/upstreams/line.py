"""The gateway's line to one upstream; one per process."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from gateway.settings import Upstream as UpstreamSettings
from gateway.wire.call import Step
from gateway.wire.marks import Marks

MOST_SIZES: Final = 1000


class Sizes:
    """How many organizations each credential was last seen to list.

    Goes by the marks of credentials, and forgets those that were used longest ago.
    """

    __slots__ = ("_marks", "_sizes")

    def __init__(self) -> None:
        self._marks = Marks()
        self._sizes: OrderedDict[bytes, int] = OrderedDict()

    def see(self, credential: tuple[str, str], size: int) -> None:
        """Notes the size of the list that the credential was given."""
        mark = self._marks.of(credential)
        self._sizes[mark] = size
        self._sizes.move_to_end(mark)
        if len(self._sizes) > MOST_SIZES:
            self._sizes.popitem(last=False)

    def seen(self, credential: tuple[str, str]) -> int | None:
        """The size; None where the credential has listed nothing of late."""
        mark = self._marks.of(credential)
        if mark in self._sizes:
            self._sizes.move_to_end(mark)
        return self._sizes.get(mark)

    def copy(self) -> "Sizes":
        """The same as it is now."""
        twin = Sizes()
        twin._marks, twin._sizes = self._marks, self._sizes.copy()
        return twin

    def __len__(self) -> int:
        return len(self._sizes)


@dataclass(frozen=True, slots=True)
class Line:
    """How an upstream is reached, and what is known about it.

    Attributes:
        step: The top of the chain that carries calls out.
        settings: The upstream's table in the settings.
        sizes: How many organizations a credential was last seen to list.
        credentials: The gateway's own headers, by organization where an upstream has one for each; else by nothing.
    """

    step: Step
    settings: UpstreamSettings
    sizes: Sizes = field(default_factory=Sizes, repr=False)
    credentials: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
