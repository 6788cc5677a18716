"""An answer that came in parts, put together again as far as it has come."""

from collections.abc import Sequence
from typing import Any

Path = Sequence[str | int]


class Assembly:
    """Grows with each part.

    Args:
        data: Of the first part; it belongs to the assembly.

    Attributes:
        data: All that has come.
    """

    __slots__ = ("data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def merge(self, path: Path, fields: dict[str, Any]) -> None:
        """Adds fields to the object at a path."""
        _merge(self._at(path), fields)

    def extend(self, path: Path, items: list[Any]) -> None:
        """Adds items to the list at a path."""
        self._at(path).extend(map(_copy, items))

    def holds(self, path: Path) -> bool:
        """Whether what stands at the path has come, or is null for good."""
        found: Any = self.data
        for key in path:
            if found is None:
                return True
            if isinstance(found, list):
                if not isinstance(key, int) or key >= len(found):
                    return False
            elif not isinstance(found, dict) or key not in found:
                return False
            found = found[key]
        return True

    def _at(self, path: Path) -> Any:  # noqa: ANN401  an object or a list
        found: Any = self.data
        for key in path:
            found = found[key]
        return found


def _merge(target: dict[str, Any], fields: dict[str, Any]) -> None:
    """Objects that are there already get what is new."""
    for key, value in fields.items():
        known = target.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        else:
            target[key] = _copy(value)


def _copy(value: Any) -> Any:  # noqa: ANN401  JSON
    """What grows here must not grow in the part that brought it."""
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value
