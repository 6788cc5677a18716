"""The former format of answers in parts, `deferSpec=20220824`: each part says its path, and nothing is announced.

Source: https://github.com/graphql/graphql-spec/tree/48cf7263a71a683fab03d45d309fd42d8d9a6659/spec
"""

from typing import Any, Final

Path = list[str | int]

_KEPT: Final = frozenset({"errors", "data", "extensions", "hasNext"})


class FormerFormat:
    """Words the parts of one answer anew, in their order."""

    __slots__ = ("_announced", "_positions")

    def __init__(self) -> None:
        self._announced: dict[str, dict[str, Any]] = {}
        self._positions: dict[str, int] = {}

    def entries(self, part: dict[str, Any]) -> dict[str, Any] | None:
        """The entries of a part; None where it says nothing in this format.

        Args:
            part: Its entries in the present format.
        """
        values: list[tuple[Path, Any]] = [([], part["data"])] if "data" in part else []
        pending = part.get("pending", ())
        self._announced |= {each["id"]: each for each in pending}
        incremental = [self._came(each, values) for each in part.get("incremental", ())]
        for each in pending:
            self._position(each["id"], values)
        for over in part.get("completed", ()):
            announced = self._announced.pop(over["id"])
            position = self._positions.pop(over["id"], None)
            if "errors" in over:
                incremental.append(_failed(announced, position) | {"errors": over["errors"]})
        rest = {key: value for key, value in part.items() if key in _KEPT}
        if incremental:
            return {"incremental": incremental} | rest
        return None if rest == {"hasNext": True} else rest

    def _came(self, entry: dict[str, Any], values: list[tuple[Path, Any]]) -> dict[str, Any]:
        """One entry; what it brings is added to the values that came with the part so far, by path."""
        announced = self._announced[entry["id"]]
        path = [*announced["path"], *entry.get("subPath", ())]
        told = {key: value for key, value in entry.items() if key not in {"id", "subPath"}}
        if "items" in entry:
            first = self._position(entry["id"], values) or 0
            self._positions[entry["id"]] = first + len(entry["items"])
            values += [([*path, first + index], item) for index, item in enumerate(entry["items"])]
            path = [*path, first]
        else:
            values.append((path, entry["data"]))
        return _labelled(announced) | {"path": path} | told

    def _position(self, name: str, values: list[tuple[Path, Any]]) -> int | None:
        """Where the next item of a list stands: behind those that came with the part that has it; None for no list."""
        if name not in self._positions:
            to = self._announced[name]["path"]
            found = (_found(value, to[len(path) :]) for path, value in values if to[: len(path)] == path)
            known = next((value for value in found if isinstance(value, list)), None)
            if known is None:
                return None
            self._positions[name] = len(known)
        return self._positions[name]


def _failed(announced: dict[str, Any], position: int | None) -> dict[str, Any]:
    if position is None:
        return {"data": None, "path": announced["path"]} | _labelled(announced)
    return {"items": None, "path": [*announced["path"], position]} | _labelled(announced)


def _labelled(announced: dict[str, Any]) -> dict[str, Any]:
    return {"label": announced["label"]} if "label" in announced else {}


def _found(value: Any, path: Path) -> Any:  # noqa: ANN401  JSON
    for key in path:
        if isinstance(value, dict):
            value = value.get(str(key))
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value
