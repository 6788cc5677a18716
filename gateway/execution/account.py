"""What becomes known of an operation while it runs, for those who watch."""

import msgspec

from gateway.wire.errand import Errand


class Account(msgspec.Struct):
    """One operation's; filled as it goes, and as far as it came where the operation ends early.

    Attributes:
        kind: `query`, `mutation` or `subscription`; empty while it is not known.
        name: The operation's, of the document; None where it has none.
        text: The document's; empty while it is not known.
        digest: The SHA-256 of the text, in hexadecimal digits; empty where it was not needed.
        caller: The principal's id.
        estimated: What it may cost.
        actual: What it did cost.
        calls: To upstreams, with their trails; grows while the operation runs.
        began: When, by the loop's clock in seconds.
        traceparent: Of the operation itself, by W3C Trace Context; empty where it belongs to no trace.
    """

    kind: str = ""
    name: str | None = None
    text: str = ""
    digest: str = ""
    caller: str = ""
    estimated: float = 0.0
    actual: float = 0.0
    calls: list[Errand] = []
    began: float = 0.0
    traceparent: str = ""

    @property
    def max_age(self) -> int:
        """Whole seconds for which all that upstreams have told is fresh; 0 where they were not asked."""
        return int(min(each.trail.fresh for each in self.calls)) if self.calls else 0
