"""Slugs: made from a name, of lower-case letters, digits, `-` and `_`, at most fifty, unique by a number at the end."""

import re
from collections.abc import Container
from unicodedata import normalize

_MOST = 50


def slug_of(name: str, taken: Container[str]) -> str:
    """The slug of a name; empty where the name has nothing that a slug can hold."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^\w\s-]", "", plain.lower())
    slug = re.sub(r"[-\s]+", "-", words).strip("-_")[:_MOST]
    if not slug or slug not in taken:
        return slug
    number = 1
    while (unique := f"{slug[: _MOST - 1 - len(str(number))]}-{number}") in taken:
        number += 1
    return unique
