"""A stand-in for ClickHouse Cloud's organizations API."""

from starlette.routing import Route

from gateway.sandbox.clickhouse import (
    activities,
    byoc,
    invitations,
    keys,
    members,
    organizations,
    prometheus,
    quotas,
    roles,
    usage,
)
from gateway.sandbox.clickhouse.answers import error
from gateway.sandbox.clickhouse.calls import Door, Handler
from gateway.sandbox.clickhouse.permissions import ANY_KEY, CREATE_KEYS, MANAGE, VIEW, VIEW_ACTIVITIES, VIEW_KEYS
from gateway.sandbox.clock import Clock
from gateway.sandbox.stand_in import StandIn
from gateway.sandbox.store import Store
from gateway.sandbox.world import clickhouse as world

_ORGANIZATION = "/v1/organizations/{organizationId}"

_OPERATIONS: tuple[tuple[str, str, str, Handler], ...] = (
    ("GET", "/v1/organizations", ANY_KEY, organizations.listed),
    ("GET", _ORGANIZATION, VIEW, organizations.got),
    ("PATCH", _ORGANIZATION, MANAGE, organizations.patched),
    ("GET", _ORGANIZATION + "/privateEndpointConfig", VIEW, organizations.private_endpoint_config),
    ("GET", _ORGANIZATION + "/activities", VIEW_ACTIVITIES, activities.listed),
    ("GET", _ORGANIZATION + "/activities/{activityId}", VIEW_ACTIVITIES, activities.got),
    ("GET", _ORGANIZATION + "/members", VIEW, members.listed),
    ("GET", _ORGANIZATION + "/members/{userId}", VIEW, members.got),
    ("PATCH", _ORGANIZATION + "/members/{userId}", MANAGE, members.patched),
    ("DELETE", _ORGANIZATION + "/members/{userId}", MANAGE, members.deleted),
    ("GET", _ORGANIZATION + "/invitations", VIEW, invitations.listed),
    ("POST", _ORGANIZATION + "/invitations", MANAGE, invitations.created),
    ("GET", _ORGANIZATION + "/invitations/{invitationId}", VIEW, invitations.got),
    ("DELETE", _ORGANIZATION + "/invitations/{invitationId}", MANAGE, invitations.deleted),
    ("GET", _ORGANIZATION + "/usageCost", VIEW, usage.read),
    ("GET", _ORGANIZATION + "/quotas", VIEW, quotas.listed),
    ("GET", _ORGANIZATION + "/quotas/{quotaCode}", VIEW, quotas.got),
    ("GET", _ORGANIZATION + "/roles", MANAGE, roles.listed),
    ("POST", _ORGANIZATION + "/roles", MANAGE, roles.created),
    ("GET", _ORGANIZATION + "/roles/{roleId}", MANAGE, roles.got),
    ("PATCH", _ORGANIZATION + "/roles/{roleId}", MANAGE, roles.patched),
    ("DELETE", _ORGANIZATION + "/roles/{roleId}", MANAGE, roles.deleted),
    ("GET", _ORGANIZATION + "/keys", VIEW_KEYS, keys.listed),
    ("POST", _ORGANIZATION + "/keys", CREATE_KEYS, keys.created),
    ("GET", _ORGANIZATION + "/keys/{keyId}", VIEW_KEYS, keys.got),
    ("PATCH", _ORGANIZATION + "/keys/{keyId}", CREATE_KEYS, keys.patched),
    ("DELETE", _ORGANIZATION + "/keys/{keyId}", CREATE_KEYS, keys.deleted),
    ("POST", _ORGANIZATION + "/byocInfrastructure", MANAGE, byoc.created),
    ("PATCH", _ORGANIZATION + "/byocInfrastructure/{byocId}", MANAGE, byoc.patched),
    ("DELETE", _ORGANIZATION + "/byocInfrastructure/{byocId}", MANAGE, byoc.deleted),
    ("GET", _ORGANIZATION + "/prometheus", ANY_KEY, prometheus.read),
)


def stand_in(store: Store, clock: Clock) -> StandIn:
    """The stand-in.

    Switches: ``rate_limit`` (10 calls in 10 s per key), ``stale_member_patch`` (PATCH of a member answers with the
    roles as they were, which the live service was seen to do), ``foreign_id_400`` (another organization's id is an
    invalid one instead of an unknown one, as the live service has it for some ids).
    """
    switches = {"rate_limit": False, "stale_member_patch": True, "foreign_id_400": False}
    door = Door(store, clock, switches)
    routes = [
        Route(path, door.endpoint(permission, handler), methods=[method])
        for method, path, permission, handler in _OPERATIONS
    ]
    return StandIn(name="clickhouse", routes=list(routes), error=error, build=world.build, switches=switches)
