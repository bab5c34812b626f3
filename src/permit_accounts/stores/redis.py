"""A store in Redis, for attempt counts and nothing else: what is in it may be forgotten.

How it keeps the promises of the port:

* Atomic: a commit is one script. Redis runs nothing else meanwhile; every precondition is checked before
  anything is written, and what would be refused for want of memory, on a replica or after a failed snapshot
  is refused at the first write.
* Equal: one key a record, its value the JSON text of its row without the id, which is in the key. It begins
  with the version, which is compared as text, since Lua would round large numbers.
* Ordered: `Is("id", …)` is one look-up. `UpTo` and `Every` walk over all keys of the Redis database and sort
  in this process. # Cost: a second for some 100,000 keys, for every page; only purging and exports ask so.
* Durable: as the server is. A restart without a snapshot, `FLUSHDB` or an eviction forgets.

**Expiry.** Redis forgets a record ten minutes after its `expires_at`, by its own clock; ten minutes after it
was written, where that is later. Purging therefore finds little to do. The ten minutes are for clocks that
differ, and no record is gone in the moment in which it was added.

**Cluster.** All keys carry one hash tag, so that they would lie in one slot; a cluster has not been tried,
and its client is refused.
"""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar, cast

from permit_accounts.model.errors import ConfigurationError, Conflict
from permit_accounts.model.records import AttemptCount, Record
from permit_accounts.ports import Add, Change, Is, Replace, UpTo, Where
from permit_accounts.stores.forms import moment_to_integer, parsed
from permit_accounts.stores.redis_server import Client, RedisServer
from permit_accounts.stores.rows import Row, is_storable, layout_of, question_of, replaced_row

R = TypeVar("R", bound=Record)

#: How long Redis keeps a record after its `expires_at`, and after it was written.
MARGIN: Final = timedelta(minutes=10)

_MARGIN_MS: Final = MARGIN // timedelta(milliseconds=1)
_PREFIX: Final = r"[A-Za-z0-9_.:/-]{0,100}"


class RedisStore:
    """Keeps attempt counts in Redis 5 or newer, or in Valkey. One object serves many threads.

    Args:
        server: `redis://127.0.0.1:6379/0`, `rediss://…` for TLS, `unix:///run/redis.sock?db=0`, or a
            `redis.Redis` that was put together elsewhere. It must have a socket time-out.
        prefix: What every key begins with, so that several cities can share a server.

    Raises:
        ConfigurationError: The server or prefix cannot be used. No connection is made yet.
    """

    max_changes: int = 1000

    def __init__(self, server: str | Client, *, prefix: str = "permit_accounts:") -> None:
        if not isinstance(prefix, str) or not re.fullmatch(_PREFIX, prefix):
            raise ConfigurationError(f"RedisStore(prefix={prefix!r}) takes letters, digits and any of _.:/-")
        self.server: Final = RedisServer(server)
        self._prefix: Final = f"{prefix}{{attempt_count}}:"

    def __repr__(self) -> str:
        return f"RedisStore({self.server.address})"

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """Those records of a kind that match, in order. See `permit_accounts.ports.Store`."""
        _check_kind(kind)
        layout = layout_of(kind)
        question_of(kind, where)  # refuses what no store is asked
        if after is not None:
            layout.to_row(after)  # refuses what no store can hold
        keys = self._keys_asked(where)
        records = [record for record in layout.readable(self._rows(keys)) if _matches(record, where)]
        place = _place(where)
        if after is not None:
            mark = place(after)
            records = [one for one in records if (place(one) < mark if newest_first else place(one) > mark)]
        first = heapq.nlargest if newest_first else heapq.nsmallest
        return tuple(first(limit, records, key=place))

    def commit(self, *changes: Change) -> None:
        """Apply all changes in order, or none. See `permit_accounts.ports.Store`."""
        keys: list[bytes] = []
        given: list[str | int] = [_MARGIN_MS]
        for change in changes:
            record_id, expected, row = _step(change)
            keys.append(self._key(record_id))
            given += [expected, *_written(row)]
        if keys and self.server.script(keys, given):
            raise Conflict("AttemptCount: a precondition did not hold")

    def run(self) -> str:
        """Which run of the server gave this thread its last answer; empty where it does not tell.

        A server that was restarted has forgotten what it had not written to its disk.
        """
        return self.server.run()

    def facts(self) -> Mapping[str, str]:
        """What the server tells of itself, by the names of `INFO`.

        Raises:
            Unavailable: It is out of reach.
        """
        return self.server.facts()

    def close(self) -> None:
        """Close the connections; the next question opens new ones."""
        self.server.close()

    def _key(self, record_id: str) -> bytes:
        return f"{self._prefix}{record_id}".encode()

    def _keys_asked(self, where: Where) -> Iterable[bytes]:
        if not isinstance(where, Is):
            # No character of a prefix means anything in a pattern.
            return self.server.keys(f"{self._prefix}*")
        return [self._key(str(where.value))] if is_storable(str(where.value)) else []

    def _rows(self, keys: Iterable[bytes]) -> Iterator[Row]:
        """The rows under these keys."""
        for key, value in self.server.values(keys):
            yield _row(key[len(self._prefix) :], value)


def _check_kind(kind: type[Any]) -> None:
    if kind is not AttemptCount:
        raise ConfigurationError(
            f"RedisStore keeps attempt counts, not {kind.__name__}: "
            "give it as scratch, beside a store that lasts"
        )


def _step(change: Change) -> tuple[str, str, list[Any] | None]:
    """A change as id, the version that must be there (empty: no record), and the row to keep."""
    if isinstance(change, Replace):
        old = change.old
        _check_kind(type(old))
        return old.id, str(old.version), replaced_row(old, change.new)
    record = change.record
    _check_kind(type(record))
    if isinstance(change, Add):
        return record.id, "", layout_of(AttemptCount).to_row(cast(AttemptCount, record))
    return record.id, str(record.version), None


def _written(row: list[Any] | None) -> tuple[str, int]:
    """A row as the script takes it: its text, and when Redis may forget it, in milliseconds since 1970."""
    if row is None:
        return "", 0
    expires_at = row[layout_of(AttemptCount).positions["expires_at"]]
    return json.dumps(row[1:], ensure_ascii=False, separators=(",", ":")), expires_at // 1000 + _MARGIN_MS


def _row(record_id: bytes, value: bytes) -> Row:
    """The row of a key and its value; an empty one, which is no record, where they cannot be read."""
    try:
        return (record_id.decode(), *parsed(value.decode(), list))
    except (ValueError, RecursionError):
        return ()


def _matches(record: Any, where: Where) -> bool:
    if not isinstance(where, UpTo):
        return True
    return moment_to_integer(getattr(record, where.field)) <= moment_to_integer(where.moment)


def _place(where: Where) -> Callable[[Any], tuple[datetime | str, ...]]:
    """Where a record stands in the asked order."""
    if isinstance(where, UpTo):
        field = where.field
        return lambda record: (getattr(record, field), record.id)
    return lambda record: (record.id,)
