"""Reads manifests: the documents of an app, as the tools that build it write them.

Sources: Apollo's `@apollo/generate-persisted-query-manifest` and its kin for Kotlin and iOS; relay-compiler's
`persistConfig.file`; `persisted-documents.json` of GraphQL Code Generator's client preset.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from gateway.execution.operation import LONGEST_ID

MOST_BYTES: Final = 67_108_864
APOLLO: Final = "apollo-persisted-query-manifest"

_NAME: Final = re.compile(r"^\s*(?:query|mutation|subscription)\s+([A-Za-z_]\w*)", re.ASCII | re.MULTILINE)


class ManifestUnusableError(Exception):
    """The manifest cannot be used; the sentence is for the operator."""


@dataclass(frozen=True, slots=True)
class Registered:
    """One document of a manifest.

    Attributes:
        id: Under which clients ask for it.
        text: The document, to the letter.
        name: Of its operation; None where none is known.
    """

    id: str
    text: str
    name: str | None

    def __str__(self) -> str:
        return f'operation "{self.name}" (id "{self.id}")' if self.name else f'document with the id "{self.id}"'


class _Operation(msgspec.Struct):
    id: str
    body: str
    name: str | None = None


def read_manifest(path: Path) -> list[Registered]:
    """The documents of a manifest, whose format is told by its content; not yet parsed.

    Raises:
        ManifestUnusableError: The file cannot be read, is too large, or is no manifest.
    """
    tree = _json(path)
    if isinstance(tree, dict) and "format" in tree:
        found = _apollo(path, tree)
    elif isinstance(tree, dict) and all(isinstance(text, str) for text in tree.values()):
        found = [Registered(id_, text, _name(text)) for id_, text in tree.items()]
    else:
        raise _unknown(path)
    if not found:
        raise ManifestUnusableError(f"The manifest {path} holds no document: build it anew, or name another one.")
    for each in found:
        if not 0 < len(each.id) <= LONGEST_ID:
            raise ManifestUnusableError(f"The manifest {path}: an id must have 1 to {LONGEST_ID} characters ({each}).")
    return found


def _json(path: Path) -> Any:  # noqa: ANN401  JSON that is not yet known
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ManifestUnusableError(
            f"The manifest {path} cannot be read: {error.strerror}. Set documents.manifest to a readable file."
        ) from None
    if len(content) > MOST_BYTES:
        raise ManifestUnusableError(f"The manifest {path} is too large: at most {MOST_BYTES} bytes are read.")
    try:
        return msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except RecursionError:
        raise _unknown(path) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ManifestUnusableError(f"The manifest {path} is not JSON in UTF-8: {error}.") from None


def _apollo(path: Path, tree: dict[str, Any]) -> list[Registered]:
    if tree["format"] != APOLLO or type(tree.get("version")) is not int or tree["version"] != 1:
        raise _unknown(path)
    operations = tree.get("operations")
    if not isinstance(operations, list):
        raise ManifestUnusableError(f'The manifest {path} has no "operations": it must be a list.')
    found = []
    for index, each in enumerate(operations):
        try:
            operation = msgspec.convert(each, _Operation)
        except msgspec.ValidationError as error:
            raise ManifestUnusableError(
                f'The manifest {path}: operations[{index}] needs an "id" and a "body", both text ({error}).'
            ) from None
        found.append(Registered(operation.id, operation.body, operation.name or _name(operation.body)))
    return found


def _name(text: str) -> str | None:
    named = _NAME.search(text)
    return named[1] if named else None


def _unknown(path: Path) -> ManifestUnusableError:
    return ManifestUnusableError(
        f"The manifest {path} has an unknown format: it must be Apollo's "
        f'({{"format": "{APOLLO}", "version": 1, "operations": [...]}}), or an object of ids and documents '
        "(as relay-compiler and GraphQL Code Generator write it)."
    )
