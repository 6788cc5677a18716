"""What is refused although it has the right shape: it contradicts something else."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from gateway.settings.native_ids import UPSTREAM_NAMES, clickhouse_id, locktera_id, losant_id, nks_id
from gateway.settings.places import Path


def _is_set(value: object) -> bool:
    return value is True or (isinstance(value, str | list | tuple) and bool(value))


_NORMAL: Final[Mapping[str, Callable[[str], object]]] = {
    "losant": losant_id,
    "nks": nks_id,
    "locktera": locktera_id,
    "clickhouse": clickhouse_id,
}


def refusals(tree: object) -> Iterator[tuple[Path, str]]:
    """Each refused setting in a tree of tables, lists and values, and what is said about it."""
    yield from _workers_apart(_at(tree, ("server", "workers")), _at(tree, ("cache", "url")))
    yield from _trust_in_nothing(_at(tree, ("documents",)))
    yield from _ids_linked_twice(_at(tree, ("organizations",)))
    yield from _keys_for_the_same_organization(_at(tree, ("upstreams", "clickhouse", "keys")))


def _at(tree: object, path: Path) -> object:
    for part in path:
        tree = tree.get(part) if isinstance(tree, dict) else None
    return tree


def _workers_apart(workers: object, url: object) -> Iterator[tuple[Path, str]]:
    if isinstance(workers, int) and workers > 1 and url in {None, ""}:
        said = (
            "several processes keep their promises together (a write is carried out once, budgets and rates hold, what "
            "was written is seen at once) only by a cache that they share; set cache.url, or leave this at 1"
        )
        yield ("server", "workers"), said


def _trust_in_nothing(documents: object) -> Iterator[tuple[Path, str]]:
    if _is_set(_at(documents, ("trusted_only",))) and _at(documents, ("manifest",)) in {None, ""}:
        said = "nothing could run without registered documents; name their file in documents.manifest, or leave it out"
        yield ("documents", "trusted_only"), said


def _ids_linked_twice(organizations: object) -> Iterator[tuple[Path, str]]:
    first: dict[tuple[str, object], str] = {}
    for name, links in organizations.items() if isinstance(organizations, dict) else ():
        for upstream in UPSTREAM_NAMES:
            native_id = _normal(upstream, _at(links, (upstream,)))
            if native_id is None:
                continue
            other = first.setdefault((upstream, native_id), name)
            if other != name:
                yield (
                    ("organizations", name, upstream),
                    f"{native_id} is linked by organizations.{other} already; one organization can have it",
                )


def _keys_for_the_same_organization(keys: object) -> Iterator[tuple[Path, str]]:
    seen: set[object] = set()
    for index, key in enumerate(keys if isinstance(keys, list | tuple) else ()):
        organization = _normal("clickhouse", _at(key, ("organization",)))
        if organization is not None and organization in seen:
            yield (
                ("upstreams", "clickhouse", "keys", index, "organization"),
                f"{organization} has a key already; give one key per organization",
            )
        seen.add(organization)


def _normal(upstream: str, given: object) -> object:
    """The id in its one way of writing, or None when it is none."""
    if upstream == "nks" and isinstance(given, int):
        given = str(given)
    try:
        return _NORMAL[upstream](given) if isinstance(given, str) else None
    except ValueError:
        return None
