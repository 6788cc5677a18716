"""Makes the gateway that a command needs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.cli.refusal import WRONG_SETTINGS, CannotRunError
from gateway.settings import Settings

if TYPE_CHECKING:  # it brings the whole graph along
    import httpx

    from gateway.app import Gateway
    from resolvers.identity import Upstream


def assembled(
    settings: Settings,
    transports: "Mapping[Upstream, httpx.AsyncBaseTransport] | None" = None,
    *,
    on_sandbox: bool = False,
) -> "Gateway":
    """The gateway, not yet open; the arguments are its own.

    Raises:
        CannotRunError: A file that the settings name cannot be used, or what they ask for is not installed.
    """
    from gateway.app import Gateway  # noqa: PLC0415  it takes half a second; what is wrong before is told before
    from gateway.documents.manifests import ManifestUnusableError  # noqa: PLC0415  the same
    from gateway.telemetry.extra import ExtraMissingError  # noqa: PLC0415  the same

    try:
        return Gateway(settings, transports, on_sandbox=on_sandbox)
    except (ManifestUnusableError, ExtraMissingError) as error:
        raise CannotRunError(str(error), WRONG_SETTINGS) from None
