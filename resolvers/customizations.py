"""Customizations: how an organization has its upstream look."""

import json
from abc import abstractmethod
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.scalars import JSON

from resolvers.capabilities import Capability, Serves
from resolvers.context import Info
from resolvers.costs import calls
from resolvers.errors import BadUserInput
from resolvers.identity import Upstream
from resolvers.scalars import URL
from resolvers.wholes import whole_of
from resolvers.writing import GIVEN, Payload, chosen, client_mutation_id, named, write

if TYPE_CHECKING:
    from resolvers.organization import Organization


@strawberry.type(description="How the organization has its upstream look (Locktera).")
class Customizations:
    """A free-form object, of which three members are known."""

    upstream: Upstream = strawberry.field(description="The upstream that keeps them.")
    values: JSON = strawberry.field(description="All of them, as the upstream keeps them.")
    theme: str | None = strawberry.field(description="The member `theme`, such as `dark`; null where it is not set.")
    logo_url: URL | None = strawberry.field(description="The member `logo_url`; null where it is not set.")
    branding_color: str | None = strawberry.field(
        description="The member `branding_color`, such as `#0b3d91`; null where it is not set."
    )


class ReadsCustomizations(Serves):
    """An upstream that keeps customizations."""

    grants = (Capability.READ_CUSTOMIZATIONS,)

    @abstractmethod
    async def customizations(self, native_id: str) -> Customizations:
        """The organization's customizations; with no values where it never set any."""


@strawberry.enum(description="How new customizations meet those that are there.")
class CustomizationsMode(Enum):
    """Locktera itself can only replace."""

    REPLACE = strawberry.enum_value("REPLACE", description="The new ones take the place of all that are there.")
    MERGE = strawberry.enum_value(
        "MERGE",
        description="Members that are given replace those of the same name, null removes one, and the others stay "
        "(RFC 7396). `CONFLICT` where they changed in between.",
    )


class UpdatesCustomizations(Serves):
    """An upstream whose customizations can be written."""

    grants = (Capability.UPDATE_CUSTOMIZATIONS,)

    @abstractmethod
    async def update_customizations(
        self, native_id: str, values: Mapping[str, Any], mode: CustomizationsMode
    ) -> Customizations:
        """Writes them, and answers with what is there then.

        Raises:
            Conflict: They changed between the reading and the writing of a merge.
        """


@strawberry.input(description="What the organization is to look like.")
class UpdateCustomizationsInput:
    """The input of `updateCustomizations`."""

    organization_id: strawberry.ID = strawberry.field(
        description="The organization: a global id, a key, or an upstream and its native id."
    )
    values: JSON = strawberry.field(description="An object: the customizations, or those that change.")
    mode: CustomizationsMode | None = strawberry.field(
        default=CustomizationsMode.REPLACE, description="Whether they replace all or are merged."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The customizations as they are now.")
class UpdateCustomizationsPayload(Payload):
    """The payload of `updateCustomizations`."""

    customizations: Customizations | None = strawberry.field(
        default=None, description="All of them; null where they were not written."
    )
    organization: Annotated["Organization", strawberry.lazy("resolvers.organization")] | None = strawberry.field(
        default=None, description="The organization; null where nothing was written."
    )


@strawberry.type
class CustomizationMutations:
    """The mutation of customizations."""

    @strawberry.mutation(description="Writes an organization's customizations (Locktera).", directives=[calls(4)])
    async def update_customizations(
        self, info: Info, input: Annotated[UpdateCustomizationsInput, GIVEN]
    ) -> UpdateCustomizationsPayload:
        """REPLACE: the writing, and a reading; MERGE: two readings more."""

        async def act() -> UpdateCustomizationsPayload:
            ref = named(info.context, str(input.organization_id))
            if not isinstance(input.values, dict):
                raise BadUserInput("`values` must be an object.", field=("values",))
            if not _is_json(input.values):
                raise BadUserInput("`values` holds a number that JSON cannot write.", field=("values",))
            link, adapter = chosen(info.context, ref, UpdatesCustomizations, None, "keep customizations")
            mode = input.mode or CustomizationsMode.REPLACE
            customizations = await adapter.update_customizations(link.native_id, input.values, mode)
            return UpdateCustomizationsPayload(customizations=customizations, organization=whole_of(info, link))

        return await write(info, input, UpdateCustomizationsPayload, act, "customizations:write")


def _is_json(values: object) -> bool:
    """Whether no number is infinite: a literal such as 1e999 is."""
    try:
        json.dumps(values, allow_nan=False)
    except ValueError:
        return False
    return True
