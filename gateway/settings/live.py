"""The settings of subscriptions."""

from gateway.settings.tables import Count, Positive, SettingsTable


class Live(SettingsTable):
    """[live]: what happens, told to those who listen.

    The upstreams' logs are polled every `poll_seconds`, or less often where their rate is known, and only as long as
    somebody listens; what arrives there up to `window_seconds` late is told all the same, and who comes back within
    that time misses nothing. `streams` are the most subscriptions at once, in one process.
    """

    poll_seconds: Positive = 1.0
    window_seconds: Positive = 120.0
    streams: Count = 1_000
