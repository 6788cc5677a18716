"""Why a token tells nobody who is calling."""


class TokenRefused(Exception):  # noqa: N818  as `Failure`
    """The token is not good; why is for the log, not for the caller."""


class ProviderFailed(Exception):  # noqa: N818  as `Failure`
    """The identity provider's keys cannot be had."""
