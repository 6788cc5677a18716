"""One connection's worth of hostile traffic, and the file that keeps it for a replay."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Shot:
    """What is sent on a connection of its own.

    Attributes:
        kind: For the report: which generator made it.
        sent: Every byte, HTTP's own included.
        pieces: In how many writes it goes out.
        leaves: The client hangs up soon after it has sent it.
    """

    kind: str
    sent: bytes
    pieces: int = 1
    leaves: bool = False

    def save(self, path: Path, faults: list[str]) -> None:
        """Write it to a file; `faults` are for whoever reads that."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {**asdict(self), "sent": self.sent.decode("latin-1"), "faults": faults}
        path.write_text(json.dumps(content, indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> "Shot":
        """Read one that was written by `save`."""
        content = json.loads(path.read_text())
        content.pop("faults", None)
        return cls(**{**content, "sent": content["sent"].encode("latin-1")})


@dataclass(slots=True)
class Message:
    """An HTTP request before it is written out.

    Attributes:
        target: Path and query.
        headers: Without Content-Length.
        length: Of the body, as the header says it; None leaves the header out.
    """

    method: bytes
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    length: bytes | None = b"true"

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        lines = [b"%s %s HTTP/1.1" % (self.method, self.target)]
        lines += [name + b": " + value for name, value in self.headers]
        if self.length is not None:
            lines.append(b"Content-Length: " + (b"%d" % len(self.body) if self.length == b"true" else self.length))
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


HOST = (b"Host", b"127.0.0.1")
JSON = (b"Content-Type", b"application/json")


def posted(envelope: object, *headers: tuple[bytes, bytes]) -> Message:
    """A POST of JSON; text and bytes are sent as they are."""
    if isinstance(envelope, str):
        body = envelope.encode("utf-8", "surrogatepass")
    elif isinstance(envelope, bytes):
        body = envelope
    else:
        body = json.dumps(envelope).encode()
    return Message(b"POST", b"/graphql", [HOST, JSON, *headers], body)
