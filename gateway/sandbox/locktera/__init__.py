"""A stand-in for Locktera's organization API."""

from starlette.routing import Route

from gateway.sandbox.clock import Clock
from gateway.sandbox.locktera import customizations, figures, keys, logs, organizations
from gateway.sandbox.locktera.calls import Door, Handler
from gateway.sandbox.stand_in import StandIn
from gateway.sandbox.store import Store
from gateway.sandbox.world import locktera as world

_PREFIXES = ("/v1", "/api/v1")
"""The documentation has the first, the OpenAPI file and the vendor's examples the second."""

_OPERATIONS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/service_status", figures.service_status),
    ("GET", "/org", organizations.current),
    ("GET", "/me", organizations.me),
    ("POST", "/orgs/import_orgs", organizations.imported),
    ("GET", "/orgs/{org_id}", organizations.got),
    ("PATCH", "/orgs/{org_id}", organizations.patched),
    ("DELETE", "/orgs/{org_id}", organizations.deleted),
    ("POST", "/orgs/{org_id}/children", organizations.child_created),
    ("GET", "/orgs/{org_id}/access_log", logs.access),
    ("GET", "/orgs/{org_id}/children_audit", logs.children_audit),
    ("GET", "/orgs/{org_id}/events", logs.events),
    ("GET", "/orgs/{org_id}/errors", logs.errors),
    ("POST", "/orgs/{org_id}/errors", logs.error_created),
    ("GET", "/orgs/{org_id}/consumption", figures.consumption),
    ("GET", "/orgs/{org_id}/tags", figures.tags),
    ("GET", "/orgs/{org_id}/customizations", customizations.got),
    ("PUT", "/orgs/{org_id}/customizations", customizations.put),
    ("GET", "/orgs/{org_id}/api_keys", keys.listed),
    ("POST", "/orgs/{org_id}/api_keys", keys.created),
    ("DELETE", "/orgs/{org_id}/api_keys/{key_id}", keys.deleted),
)


def stand_in(store: Store, clock: Clock) -> StandIn:
    """The stand-in.

    Switches: ``shape_docs`` and ``shape_spec`` (records have the members of the documentation or of the OpenAPI file
    alone; both off: of both), ``delete_answers_204`` (else 200 and a message), ``text_errors`` (errors are plain text),
    ``rate_limit`` (100 calls a minute for standard users, 500 for administrators).
    """
    names = ("shape_docs", "shape_spec", "delete_answers_204", "text_errors", "rate_limit")
    switches = dict.fromkeys(names, False)
    door = Door(store, clock, switches)
    routes = [
        Route(prefix + path, door.endpoint(handler), methods=[method])
        for prefix in _PREFIXES
        for method, path, handler in _OPERATIONS
    ]
    return StandIn(name="locktera", routes=list(routes), error=door.error, build=world.build, switches=switches)
