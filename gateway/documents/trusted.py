"""Trusted documents: the ones of the manifest, all of which can run."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from graphql import GraphQLError

from gateway.documents.manifests import ManifestUnusableError, Registered, read_manifest

SHA256: Final = "sha256:"
"""Before the hash of a document's text, as GraphQL over HTTP names documents."""

Check = Callable[[str], Sequence[GraphQLError]]
"""What is wrong with a text; nothing where it can run."""


def sha256_of(text: str) -> str:
    """The hash of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class TrustedDocuments:
    """Registered documents by their ids, and by the hashes of their texts.

    Args:
        documents: All of them, good.

    Raises:
        ValueError: Two documents go by one id.
    """

    def __init__(self, documents: Iterable[Registered] = ()) -> None:
        self._texts: dict[str, str] = {}
        self._trusted: set[str] = set()
        documents = list(documents)
        for each in documents:
            self._name(each.id, each)
            self._trusted.add(each.text)
        for each in documents:
            digest = sha256_of(each.text)
            self._name(digest, each)
            self._name(SHA256 + digest, each)

    def _name(self, name: str, document: Registered) -> None:
        if self._texts.setdefault(name, document.text) != document.text:
            raise ValueError(f'two documents go by "{name}"; one of them is {document}')

    def __len__(self) -> int:
        return len(self._trusted)

    def __contains__(self, text: str) -> bool:
        return text in self._trusted

    def get(self, name: str) -> str | None:
        """The text of the document that goes by an id, a hash, or `sha256:` and a hash."""
        return self._texts.get(name)


def trusted_documents(path: Path, check: Check) -> TrustedDocuments:
    """The documents of a manifest.

    Args:
        path: Of the manifest.
        check: Applied to every document.

    Raises:
        ManifestUnusableError: The file is no manifest, or holds a document that cannot run.
    """
    documents = read_manifest(path)
    refused = [(each, errors[0]) for each in documents if (errors := check(each.text))]
    if refused:
        first, error = refused[0]
        place = f" (line {error.locations[0].line}, column {error.locations[0].column})" if error.locations else ""
        others = f" {len(refused) - 1} more cannot run either." if len(refused) > 1 else ""
        said = f"{first} cannot run: {error.message.rstrip('.')}{place}.{others}"
        raise ManifestUnusableError(f"The manifest {path} is refused: {said}")
    try:
        return TrustedDocuments(documents)
    except ValueError as error:
        raise ManifestUnusableError(f"The manifest {path} is ambiguous: {error}.") from None
