"""Losant's page-numbered collections: `page` from 0, `perPage` up to 1000, one field to sort by."""

from typing import Any

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

_PER_PAGE = 100
_MOST = 1000


def page_of(query: QueryParams, items: list[Any]) -> tuple[list[Any], dict[str, int]]:
    """One page of items, and what the answer says of it.

    Raises:
        HTTPException: 400, `page` or `perPage` is no number in range.
    """
    page = _number(query, "page", 0, 0, 10**9)
    size = _number(query, "perPage", _PER_PAGE, 1, _MOST)
    shown = items[page * size : (page + 1) * size]
    return shown, {"count": len(shown), "totalCount": len(items), "perPage": size, "page": page}


def sort_of(query: QueryParams, fields: tuple[str, ...], direction: str) -> tuple[str, str]:
    """The field to sort by, the first of `fields` unless asked, and the direction.

    Raises:
        HTTPException: 400, it is neither of these.
    """
    field = query.get("sortField") or fields[0]
    wanted = query.get("sortDirection") or direction
    if field not in fields:
        raise HTTPException(400, f"Invalid query: sortField must be one of {', '.join(fields)}")
    if wanted not in ("asc", "desc"):
        raise HTTPException(400, "Invalid query: sortDirection must be asc or desc")
    return field, wanted


def _number(query: QueryParams, name: str, default: int, least: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):  # noqa: PLR2004 - digits of `most`
        raise HTTPException(400, f"Invalid query: {name} must be a number from {least} to {most}")
    return int(text)
