"""The ledger of writes that replicas share."""

import hashlib
import uuid
from typing import Final

import structlog

from gateway.ledger.store import KEPT_SECONDS, Entry, LedgerStore, Sent, State
from gateway.shared.connection import Connection
from gateway.shared.pipe import AwayError, Part, Pipe

ALIVE_SECONDS: Final = 15
"""A replica that has not told for so long that it lives is taken for dead; it tells every second."""

MOST_RESTORED: Final = 10_000
"""Entries that each replica puts back when the server was away; the newest."""

AT_ONCE: Final = 100

# KEYS: entry, prefix of replicas; ARGV: replica, seconds, mutation, fingerprint. One that is left over from this very
# replica, which knows nothing of it, was to be forgotten.
_BEGIN: Final = """
local found = redis.call('HMGET', KEYS[1], 'replica', 'mutation', 'fingerprint', 'state', 'payload')
if not found[1] or (found[1] == ARGV[1] and found[4] == 'running') then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'replica', ARGV[1], 'mutation', ARGV[3], 'fingerprint', ARGV[4], 'state', 'running')
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  return nil
end
if found[4] == 'running' and redis.call('EXISTS', KEYS[2] .. found[1]) == 0 then
  redis.call('HSET', KEYS[1], 'state', 'unknown')
  found[4] = 'unknown'
end
return {found[2], found[3], found[4], found[5] or ''}
"""

# KEYS: entry; ARGV: replica, field, value and so on. An entry that is another replica's, or gone, is left alone.
_NOTE: Final = """
if redis.call('HGET', KEYS[1], 'replica') ~= ARGV[1] then return 0 end
return redis.call('HSET', KEYS[1], unpack(ARGV, 2))
"""

_FORGET: Final = """
if redis.call('HGET', KEYS[1], 'replica') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

# KEYS: entry, prefix of replicas; ARGV: replica, seconds, field, value and so on
_RESTORE: Final = """
local found = redis.call('HMGET', KEYS[1], 'replica', 'state')
local others = found[1] and found[1] ~= ARGV[1]
if others and not (found[2] == 'running' and redis.call('EXISTS', KEYS[2] .. found[1]) == 0) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'replica', ARGV[1], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""

_log = structlog.get_logger("gateway.ledger")


class Life:
    """Tells every second that this replica lives.

    Args:
        connection: To the server.

    Attributes:
        name: Of this replica.
    """

    def __init__(self, connection: Connection) -> None:
        self.name = uuid.uuid4().hex
        self._key = connection.key("replica", self.name)
        connection.before_return.append(self._tell)
        connection.on_beat.append(self._tell)

    async def _tell(self, pipe: Pipe) -> None:
        await pipe.ask("SET", self._key, "1", "EX", ALIVE_SECONDS)


class SharedPages:
    """Notes each write twice: in this replica's own file first, and in the shared server, where all claim their keys.

    A key that this replica knows it answers for from its file. For any other it asks the server: whoever claims it
    there first carries the write out, and the others are told how it stands.

    A replica that dies leaves its entries running. Each tells every second that it lives; what belongs to one that has
    not for 15 s is of unknown outcome, whether a call is noted or not: the note may have been made while the server was
    away. Should the replica live after all, what it notes at the end holds.

    While the server is away, a key is good at the replica that saw it first, in its file, and at no other; that is
    logged. When the server is back, with its memory or without, each replica puts its own entries there again before
    it claims anything: what was claimed elsewhere meanwhile stays the other's.

    Args:
        connection: To the server.
        store: This replica's own file.
        here: The name of this replica, which is told to be alive; see `Life`.
    """

    def __init__(self, connection: Connection, store: LedgerStore, here: str) -> None:
        self._connection = connection
        self._store = store
        self._here = here
        self._restored = False
        self._forgotten: set[str] = set()
        self._warned_in = -1
        connection.before_return.append(self._restore)

    async def begin(self, entry: Entry) -> Entry | None:
        """Known here, known to the server, or new."""
        earlier = self._store.begin(entry)
        if earlier is not None:
            return earlier
        try:
            found = await self._claim(entry)
        except AwayError:
            self._warn()
            return None
        except BaseException:
            self._store.forget(entry)
            raise
        if found is not None:
            self._store.forget(entry)
        return found

    async def finish(self, entry: Entry, payload: bytes) -> None:
        """Known to all when this returns."""
        self._store.finish(entry, payload)
        await self._put(entry)

    async def lose(self, entry: Entry) -> None:
        """Known to all when this returns."""
        self._store.lose(entry)
        await self._put(entry)

    async def forget(self, entry: Entry) -> None:
        """Known to all when this returns."""
        self._store.forget(entry)
        try:
            await self._connection.ask("EVAL", _FORGET, 1, self._name(entry), self._here)
        except AwayError:
            self._forgotten.add(self._name(entry))
            self._warn()

    async def sending(self, entry: Entry, upstream: str, target: str) -> int:
        """In the file, and told to the others before the call leaves."""
        number = self._store.sending(entry, upstream, target)
        try:
            note = (f"sent:{number}", f"{upstream}\t{target}")
            noted = await self._connection.ask("EVAL", _NOTE, 1, self._name(entry), self._here, *note)
        except AwayError:
            self._warn()
        else:
            if not noted:
                await self._put(entry)
        return number

    async def unsent(self, entry: Entry, number: int) -> None:
        """In the file, and the others need not be told at once."""
        self._store.unsent(number)
        self._connection.tell("HDEL", self._name(entry), f"sent:{number}")

    async def sent(self, entry: Entry) -> list[Sent]:
        """As this replica knows; where it knows nothing, as the one that carried it out has told."""
        known = self._store.sent(entry)
        if known:
            return known
        try:
            flat: list[bytes] = await self._connection.ask("HGETALL", self._name(entry))
        except AwayError:
            return []
        notes = {
            int(name[5:]): text.decode() for name, text in zip(*[iter(flat)] * 2, strict=True) if name[:5] == b"sent:"
        }
        return [_sent(text) for _, text in sorted(notes.items())]

    async def _claim(self, entry: Entry) -> Entry | None:
        """What the server knows of it; where the server went just now, it is asked once more if it comes back."""
        try:
            return await self._claim_now(entry)
        except AwayError:
            if not await self._connection.is_back():
                raise
            return await self._claim_now(entry)

    async def _claim_now(self, entry: Entry) -> Entry | None:
        if not self._restored:
            await self._restore(self._connection)
        found: list[bytes] | None = await self._connection.ask(
            "EVAL",
            _BEGIN,
            2,
            self._name(entry),
            self._replica(""),
            self._here,
            KEPT_SECONDS,
            entry.mutation,
            entry.fingerprint,
        )
        if found is None:
            return None
        mutation, fingerprint, state, payload = found
        return Entry(entry.caller, entry.key, mutation.decode(), fingerprint, _state(state), payload or None)

    async def _put(self, entry: Entry) -> None:
        try:
            await self._connection.ask(*self._restoring(self._store.find(entry) or entry))
        except AwayError:
            self._warn()

    def _restoring(self, entry: Entry) -> list[Part]:
        """The command that puts an entry into the server as it stands in the file."""
        fields: list[Part] = ["mutation", entry.mutation, "fingerprint", entry.fingerprint]
        fields += ["state", entry.state, "payload", entry.payload or b""]
        for number, sent in enumerate(self._store.sent(entry)):
            fields += [f"sent:{number}", f"{sent.upstream}\t{sent.target}"]
        return ["EVAL", _RESTORE, 2, self._name(entry), self._replica(""), self._here, KEPT_SECONDS, *fields]

    async def _restore(self, pipe: Pipe | Connection) -> None:
        """What the server may not know, or no longer: all that this replica has noted of late."""
        self._restored = True
        told = self._store.recent(MOST_RESTORED)
        for first in range(0, len(told), AT_ONCE):
            for entry in told[first : first + AT_ONCE]:
                pipe.tell(*self._restoring(entry))
            await pipe.ask("PING")
        while self._forgotten:
            names = list(self._forgotten)
            for name in names:
                pipe.tell("EVAL", _FORGET, 1, name, self._here)
            await pipe.ask("PING")
            self._forgotten.difference_update(names)

    def _name(self, entry: Entry) -> str:
        whole = f"{len(entry.caller)}\0{entry.caller}\0{entry.key}".encode(errors="surrogatepass")
        return self._connection.key("write", hashlib.blake2b(whole, digest_size=24).hexdigest())

    def _replica(self, who: str) -> str:
        return self._connection.key("replica", who)

    def _warn(self) -> None:
        """Once for each time that the server goes."""
        if self._warned_in != self._connection.era:
            self._warned_in = self._connection.era
            _log.warning("writes are remembered by this gateway alone while the shared cache is away")


def _state(word: bytes) -> State:
    return "done" if word == b"done" else "running" if word == b"running" else "unknown"


def _sent(text: str) -> Sent:
    upstream, _, target = text.partition("\t")
    return Sent(upstream, target, None)
