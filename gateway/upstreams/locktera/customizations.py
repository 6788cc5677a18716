"""Locktera's customizations: a free-form object that can only be replaced whole."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from gateway.upstreams.loading import loaded, prime
from gateway.upstreams.locktera.asking import LockteraCalls, word
from gateway.upstreams.making import Making
from gateway.upstreams.reading import Shape, free, sound, url
from resolvers.customizations import Customizations, CustomizationsMode, ReadsCustomizations, UpdatesCustomizations
from resolvers.errors import Conflict
from resolvers.gathering import Given
from resolvers.identity import Upstream

T = TypeVar("T")


def _customizations(_native_id: str, values: dict[str, Any]) -> Customizations:
    return Customizations(
        upstream=Upstream.LOCKTERA,
        values=free(values),
        theme=word(values, "theme"),
        logo_url=url(word(values, "logo_url"), Upstream.LOCKTERA),
        branding_color=word(values, "branding_color"),
    )


_VALUES: Shape[dict[str, Any]] = Shape(Upstream.LOCKTERA, dict[str, Any])
_CUSTOMIZATIONS = Making(Upstream.LOCKTERA, dict[str, Any], _customizations)


class LockteraCustomizations(LockteraCalls, ReadsCustomizations, UpdatesCustomizations):
    """How an organization has Locktera look."""

    @loaded
    def customizations(self, native_id: str) -> Given[Customizations]:
        """One call."""
        return self._read(_CUSTOMIZATIONS, native_id)

    def _read(self, shape: Shape[T], native_id: str) -> Given[T]:
        parts = ("orgs", native_id, "customizations")
        return self.get(shape, "customizations.get", parts, native_id=native_id)

    async def update_customizations(
        self, native_id: str, values: Mapping[str, Any], mode: CustomizationsMode
    ) -> Customizations:
        """`PUT …/customizations`, bare; a merge reads before, and once more to see that nothing changed meanwhile."""
        if mode is CustomizationsMode.MERGE:
            before = {name: sound(value) for name, value in (await self._read(_VALUES, native_id)).items()}
            values = merge_patch(before, values)
            if await self._read(_VALUES, native_id) != before:
                raise Conflict("The customizations changed in between. Try again.", upstream=self.upstream)
        parts = ("orgs", native_id, "customizations")
        body = msgspec.json.encode(values)
        answer = await self.change(
            "customizations.put", "PUT", parts, body=body, native_id=native_id, may_be_empty=True
        )
        stored = self.written(_VALUES, answer) if answer else {}
        if stored == values:
            prime(self.customizations, _customizations(native_id, stored), native_id)
        with self.made():
            return await self.customizations(native_id)


def merge_patch(before: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7396: null removes a member, an object is merged into one, anything else replaces."""
    merged = dict(before)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            old = merged.get(name)
            merged[name] = merge_patch(old if isinstance(old, dict) else {}, value)
        else:
            merged[name] = value
    return merged
