"""Operations that bring files: a form of `operations`, `map`, then the files.

Source: https://github.com/jaydenseric/graphql-multipart-request-spec
"""

import re
import unicodedata
from typing import Any, Final, TypeAlias

from gateway.door.envelope import operation_of_body
from gateway.door.payload import decode
from gateway.door.refusal import Refusal
from gateway.execution.operation import Operation
from resolvers.uploads import UploadedFile

FILES: Final = 10
PARTS: Final = FILES + 2

_OPERATIONS = "operations"
_MAP = "map"
_MAP_BYTES = 65_536
_SLASH = re.compile(r"[/\\]")
_INDEX = re.compile(r"[0-9]{1,6}")
_INVISIBLE = {"Cc", "Cf", "Zl", "Zp"}
_LONGEST_NAME = 255
_LONGEST_QUOTE = 60
_AWAITED = object()

Place: TypeAlias = tuple[Any, str | int]
"""An object or list of the variables, and the key or index in it at which a file belongs."""


class UploadForm:
    """The form of one operation, as its parts arrive.

    Args:
        operations_bytes: How long `operations` may be.
        files_bytes: How large the files may be together.
    """

    __slots__ = (
        "_content",
        "_filename",
        "_files_bytes",
        "_files_room",
        "_map",
        "_operation",
        "_operations_bytes",
        "_part",
        "_places",
        "_room",
    )

    def __init__(self, *, operations_bytes: int, files_bytes: int) -> None:
        self._operation: Operation | None = None
        self._map: set[str] | None = None
        self._places: dict[str, list[Place]] = {}
        self._operations_bytes = operations_bytes
        self._files_bytes = files_bytes
        self._files_room = files_bytes
        self._room = operations_bytes
        self._part = ""
        self._filename = ""
        self._content = bytearray()

    def begin(self, name: str, filename: str | None) -> None:
        """A part begins; whether it is a file tells its name, not whether it has a file name.

        Raises:
            Refusal: 400 where it is not due.
        """
        if self._operation is None:
            if name != _OPERATIONS:
                raise Refusal(400, 'The first part of the form must be "operations", then "map", then the files.')
        elif self._came(name):
            raise Refusal(400, f"The form has two parts named {_quoted(name)}.")
        elif self._map is None:
            if name != _MAP:
                raise Refusal(400, 'The second part of the form must be "map", before the files.')
            self._room = _MAP_BYTES
        elif name in self._places:
            self._room = self._files_room
        else:
            raise Refusal(400, f'The file {_quoted(name)} is not named in "map".')
        self._part = name
        self._filename = file_name(filename or "")
        self._content = bytearray()

    def take(self, piece: bytes) -> None:
        """The next bytes of the part.

        Raises:
            Refusal: 413 where they are too many.
        """
        self._room -= len(piece)
        if self._room < 0:
            raise Refusal(413, self._too_large())
        self._content += piece

    def end(self) -> None:
        """The part is complete.

        Raises:
            Refusal: 400 where it is not what it should be.
        """
        content = bytes(self._content)
        if self._operation is None:
            self._operation = operation_of_body(content, 'The part "operations"')
        elif self._map is None:
            self._places = _places(content, self._operation.variables)
            self._map = set(self._places)
        else:
            self._files_room = self._room
            file = UploadedFile(self._filename, content)
            for holder, key in self._places.pop(self._part):
                holder[key] = file

    def operation(self) -> Operation:
        """The operation, with the files in its variables.

        Raises:
            Refusal: 400 where a part did not come.
        """
        if self._operation is None:
            raise Refusal(400, 'The form has no part "operations": send a JSON object with the member "query" in it.')
        if self._map is None:
            raise Refusal(400, 'The form has no part "map": it says which file belongs to which variable.')
        if self._places:
            raise Refusal(400, f'"map" names the file {_quoted(next(iter(self._places)))}, which did not come.')
        return self._operation

    def _too_large(self) -> str:
        if self._operation is None:
            return f'The part "operations" is too large: at most {self._operations_bytes} bytes are read.'
        if self._map is None:
            return f'The part "map" is too large: at most {_MAP_BYTES} bytes are read.'
        return f"The files are too large: together at most {self._files_bytes} bytes are read."

    def _came(self, name: str) -> bool:
        if self._map is None:
            return name == _OPERATIONS
        return name in {_OPERATIONS, _MAP} or (name in self._map and name not in self._places)


def file_name(given: str) -> str:
    """The name of a file: no path, nothing invisible, at most 255 characters; "file" where nothing is left."""
    last = _SLASH.split(given)[-1]
    visible = "".join(each for each in last if unicodedata.category(each) not in _INVISIBLE).strip()
    return visible[:_LONGEST_NAME] if visible.strip(".") else "file"


def _places(text: bytes, variables: dict[str, Any]) -> dict[str, list[Place]]:
    """Read `map`: where each file belongs, by the name of its part."""
    files = decode(text, 'The part "map"')
    if not isinstance(files, dict):
        raise Refusal(400, 'The part "map" must be a JSON object: of each file the name, with a list of paths.')
    if len(files) > FILES:
        raise Refusal(400, f"There are too many files: at most {FILES} are read.")
    found = {}
    for name, paths in files.items():
        if not (isinstance(paths, list) and paths and all(isinstance(path, str) for path in paths)):
            raise Refusal(400, f'The entry {_quoted(name)} of "map" must be a list of paths, such as "variables.file".')
        found[name] = [_place(variables, path) for path in paths]
    return found


def _place(variables: dict[str, Any], path: str) -> Place:
    *way, last = path.split(".")
    holder: Any = {"variables": variables}
    try:
        for step in way:
            holder = holder[_key(holder, step)]
        key = _key(holder, last)
        free = holder[key] is None
    except (LookupError, TypeError):
        free = False
    if not free:
        raise Refusal(
            400, f'The path {_quoted(path)} in "map" must lead to a null in the variables, where no other file belongs.'
        )
    holder[key] = _AWAITED
    return holder, key


def _key(holder: object, step: str) -> str | int:
    return int(step) if isinstance(holder, list) and _INDEX.fullmatch(step) else step


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= _LONGEST_QUOTE else f'"{text[:_LONGEST_QUOTE]}…"'
