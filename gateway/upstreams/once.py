"""What an object makes of itself when it is first asked for, and keeps."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801  a decorator, as `property` is
    """As `functools.cached_property`, without a lock: an operation's objects are asked by one thread alone."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__

    def __get__(self, instance: object, owner: type | None = None) -> T:
        made = instance.__dict__[self._name] = self._make(instance)
        return made
