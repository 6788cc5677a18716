"""The parts of a made-up ClickHouse Cloud organization: roles, members, invitations, keys, quotas."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.sandbox.chance import uuid4
from gateway.sandbox.clickhouse.permissions import SYSTEM_ROLES
from gateway.sandbox.clickhouse.records import API_KEY, CREDENTIAL, INVITATION, MEMBER, QUOTA, ROLE, Record
from gateway.sandbox.clock import seconds
from gateway.sandbox.store import Store

ANYWHERE = [{"source": "0.0.0.0/0", "description": "anywhere"}]
_LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class Parts:
    """Writes the parts of one organization; it has no role ids (None) before the migration to custom roles."""

    store: Store
    organization: str
    founded: str

    def system_roles(self) -> None:
        """The roles that every organization has."""
        for role in SYSTEM_ROLES:
            self._role(role.id, role.name, "system", self.founded, [])

    def custom_role(
        self, role_id: str, name: str, permissions: list[str], resource: str, *, policy_id: str = ""
    ) -> None:
        """A role with one policy."""
        policy = {
            "id": policy_id or uuid4("policy", role_id),
            "roleId": role_id,
            "tenantId": f"organization/{self.organization}",
            "allowDeny": "ALLOW",
            "permissions": permissions,
            "resources": [resource],
        }
        self._role(role_id, name, "custom", "2025-02-01T10:00:00Z", [policy])

    def _role(self, role_id: str, name: str, kind: str, made: str, policies: list[Record]) -> None:
        owner = f"organization/{self.organization}"
        role = {"id": role_id, "tenantId": owner, "ownerId": owner, "name": name, "type": kind, "policies": policies}
        self.store.put(ROLE, role_id, {**role, "createdAt": made, "updatedAt": made}, parent=self.organization)

    def member(  # noqa: PLR0913 - a member has as many members
        self,
        name: str,
        email: str,
        role_ids: list[str] | None,
        *,
        user_id: str = "",
        role: str = "developer",
        joined: str = "",
    ) -> None:
        """A member; `role` is the frozen legacy role."""
        user_id = user_id or uuid4(email)
        member: Record = {
            "userId": user_id,
            "name": name,
            "email": email,
            "role": role,
            "joinedAt": joined or self.founded,
        }
        if role_ids is not None:
            member["_roleIds"] = role_ids
        self.store.put(MEMBER, user_id, member, parent=self.organization)

    def invitation(self, email: str, role_ids: list[str] | None, created: datetime, *, invitation_id: str = "") -> None:
        """An invitation; it is pending for seven days."""
        invitation_id = invitation_id or uuid4("invitation", email)
        invitation: Record = {
            "role": "developer",
            "id": invitation_id,
            "email": email,
            "createdAt": seconds(created),
            "expireAt": seconds(created + _LIFETIME),
        }
        if role_ids is not None:
            invitation["_roleIds"] = role_ids
        self.store.put(INVITATION, invitation_id, invitation, parent=self.organization)

    def key(
        self, name: str, pair: tuple[str, str], role_ids: list[str], *, api_key_id: str = "", **more: object
    ) -> None:
        """An API key and the pair that opens the door with it; `more` are members of the key."""
        key_id, secret = pair
        api_key_id = api_key_id or uuid4("key", self.organization, name)
        key: Record = {
            "id": api_key_id,
            "name": name,
            "state": "enabled",
            "roles": ["developer"],
            "keySuffix": key_id[-4:],
            "createdAt": "2025-01-02T08:00:00Z",
            "expireAt": None,
            "ipAccessList": ANYWHERE,
            "_roleIds": role_ids,
            **more,
        }
        self.store.put(API_KEY, api_key_id, key, parent=self.organization)
        credential = {"keyId": key_id, "secret": secret, "organizationId": self.organization, "apiKeyId": api_key_id}
        self.store.put(CREDENTIAL, key_id, credential)

    def quotas(self, *, services: int, used: int) -> None:
        """The three quotas; only those of the organization tell how much is used."""
        described = (
            ("services-per-organization", "Services per organization", "organization", services, used, True),
            ("replicas-per-warehouse", "Replicas per warehouse", "warehouse", 20, None, True),
            ("postgres-services-per-organization", "Postgres services per organization", "organization", 3, 0, False),
        )
        sentences = (
            "How many services the organization may own.",
            "How many replicas one warehouse may run.",
            "How many Postgres services the organization may own.",
        )
        for (code, name, scope, value, usage, adjustable), sentence in zip(described, sentences, strict=True):
            quota: Record = {"quotaCode": code, "name": name, "description": sentence, "scope": scope, "value": value}
            if usage is not None:
                quota["usage"] = usage
            self.store.put(QUOTA, code, {**quota, "adjustable": adjustable}, parent=self.organization)
