"""The shapes in which Locktera's sources show one record.

The documentation pages and the OpenAPI file disagree. By default a record has the members of both; the switch
``shape_docs`` leaves those of the pages, ``shape_spec`` those of the file.
"""

from gateway.sandbox.locktera.records import Record, shown

_ORG_OF_DOCS = ("id", "name", "created_at", "customizations")
_ORG_OF_SPEC = (
    *("id", "root_org_id", "parent_org_id", "org_name", "role"),
    *("first_name", "last_name", "email", "mobile_phone"),
)
_ACCESS_OF_DOCS = ("timestamp", "user", "action", "status")
_KEY_OF_DOCS = ("id", "name", "created_at", "permissions")
_KEY_OF_SPEC = ("key_id", "org_id", "created_at", "permissions")


def org(record: Record, switches: dict[str, bool]) -> Record:
    """An organization; ``org_name`` repeats ``name``."""
    whole = shown(record)
    if "name" in whole:
        whole["org_name"] = whole["name"]
    return _of(whole, switches, _ORG_OF_DOCS, _ORG_OF_SPEC)


def access(record: Record, switches: dict[str, bool]) -> Record:
    """An entry of the access log: the file has user ids, lower-case actions and addresses in place of statuses."""
    if switches["shape_spec"]:
        seen = {**record, "user": record.get("_user_id", record.get("user")), "action": record["action"].lower()}
        return {
            name: seen[name] for name in ("org_id", "timestamp", "user", "action", "ip") if seen.get(name) is not None
        }
    return _of(shown(record), switches, _ACCESS_OF_DOCS, ())


def api_key(record: Record, switches: dict[str, bool]) -> Record:
    """An API key; ``key_id`` repeats ``id``."""
    return _of({**shown(record), "key_id": record["id"]}, switches, _KEY_OF_DOCS, _KEY_OF_SPEC)


def _of(whole: Record, switches: dict[str, bool], docs: tuple[str, ...], spec: tuple[str, ...]) -> Record:
    wanted = docs if switches["shape_docs"] else spec if switches["shape_spec"] else tuple(whole)
    return {name: whole[name] for name in wanted if name in whole}
