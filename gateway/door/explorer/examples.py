"""The example queries, one per file in `tabs/`, in the order of their names."""

import re
from itertools import takewhile
from typing import Final

import msgspec
from graphql import OperationDefinitionNode, parse

from gateway.door.explorer.assets import FOLDER

TABS: Final = FOLDER / "tabs"
# What the files ask about: an organization of the sandbox.
ORGANIZATION: Final = "acme"
NATIVE_ID: Final = "losant:575ed6e87ae143cd83dc4aa8"


class Example(msgspec.Struct, frozen=True):
    """A tab: the name of its operation, what it shows, its document."""

    name: str
    about: str
    query: str


def example(query: str, *, source: str = "The example") -> Example:
    """Take one tab apart.

    Args:
        query: A document: a comment on top, then the operation.
        source: What a complaint calls it.

    Raises:
        ValueError: It does not begin with a comment, or has no named operation.
    """
    comment = takewhile(lambda line: line.startswith("#"), query.splitlines())
    about = " ".join(line.removeprefix("#").strip() for line in comment)
    operations = (node for node in parse(query).definitions if isinstance(node, OperationDefinitionNode))
    name = next((node.name.value for node in operations if node.name), None)
    if not about or name is None:
        raise ValueError(f"{source} needs a comment on top that says what it shows, and a named operation.")
    return Example(name=name, about=about, query=query)


def examples(
    *, organization: str = ORGANIZATION, native_id: str = NATIVE_ID, special: bool = False, on_sandbox: bool = False
) -> list[Example]:
    """Tabs, in order: those that are answered with data and without errors.

    Args:
        organization: The key of the organization that they ask about.
        native_id: The same organization's `upstream:nativeId`.
        special: Those, too, that are answered with events, or with an error beside data.
        on_sandbox: Those that change something, too. Their ids are the sandbox's.
    """
    chosen = (("special", special), ("sandbox", on_sandbox))
    folders = [TABS, *(TABS / name for name, wanted in chosen if wanted)]
    texts = {
        f"{number}/{file.name}": file.read_text(encoding="utf-8")
        for number, folder in enumerate(folders)
        for file in folder.iterdir()
        if file.name.endswith(".graphql")
    }
    ids = {_quoted(ORGANIZATION): _quoted(organization), _quoted(NATIVE_ID): _quoted(native_id)}
    pattern = re.compile("|".join(re.escape(id_) for id_ in ids))
    return [example(pattern.sub(lambda id_: ids[id_[0]], texts[name]), source=name) for name in sorted(texts)]


def _quoted(value: str) -> str:
    """The value as a GraphQL string, whose escapes are those of JSON."""
    return msgspec.json.encode(value).decode()
