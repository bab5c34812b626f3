"""What accounts, sessions and their acts take of a PostgreSQL server's disk.

    python tests/benchmarks/postgres_costs.py                       # 200,000 accounts
    python tests/benchmarks/postgres_costs.py --accounts 2000 --acts 20

Two tables. The first is the size of each kind of record, its indexes included, divided by how many there are:
accounts as `filled_city` makes them, and for each of them a session, a one-time token, an attempt count, an
e-mail that waits, and ten events. The second is what an act writes to the write-ahead log, and how often it
waits for the disk, which is once for each commit. The log is the server's, so nothing else should be at work
on it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

import attrs
import psycopg
from filled_city import PASSWORD, city_on, is_contractor, username
from server_city import copy_accounts, copy_records, made_on, opened, server, table_of, unindexed

from permit_accounts import SignedIn, Visitor
from permit_accounts.accounts import Accounts
from permit_accounts.model.codes import ActorKind, EventName, Purpose
from permit_accounts.model.records import (
    AttemptCount,
    AuditEvent,
    OneTimeToken,
    OutboxEmail,
    Record,
    Session,
)
from permit_accounts.ports import Change, Store
from permit_accounts.stores.rows import KINDS
from permit_accounts.testing.world import public_form
from permit_accounts.tools.services import Services

EVENTS: Final = 10
VISITOR: Final = Visitor(ip="192.0.2.1", user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/145.0")
_A_COPY: Final = 10_000


def traces(s: Services, i: int) -> Iterator[Record]:
    """What an account leaves behind beside itself."""
    now = s.now() - timedelta(seconds=i)
    account_id, end = s.new_id(now), now + timedelta(hours=12)
    yield Session(
        id=s.new_secret_id(),
        account_id=account_id,
        epoch=1,
        opened_at=now,
        seen_at=now,
        expires_at=end,
        device_label="Firefox on Windows",
        password_entered_at=now,
    )
    yield OneTimeToken(
        id=s.new_secret_id(),
        purpose=Purpose.RESET_PASSWORD,
        account_id=account_id,
        epoch=1,
        created_at=now,
        expires_at=end,
        sent_to=f"member{i}@mail.example.org",
    )
    yield AttemptCount(
        id=s.keyring.counted(account_id), failures=1, since=now, last_failure_at=now, expires_at=end
    )
    yield OutboxEmail(
        id=s.new_id(now),
        recipient=f"member{i}@mail.example.org",
        template="reset-link",
        params={"username": username(i), "account_type": "public"},
        token_ids=(s.new_secret_id(),),
        account_id=account_id,
        due_at=now,
        created_at=now,
    )
    for n in range(EVENTS):
        at = now + timedelta(days=n)
        yield AuditEvent(
            id=s.new_id(at),
            at=at,
            name=EventName.SIGNED_IN,
            account_id=account_id,
            actor=ActorKind.SELF,
            actor_id=account_id,
            ip=VISITOR.ip,
            user_agent=VISITOR.user_agent,
        )


def fill(accounts: Accounts, url: str, count: int) -> None:
    """So many accounts, and what they leave behind."""
    copy_accounts(accounts, url, count, lambda made: say(f"{made:,} accounts"))
    with unindexed(url):
        for first in range(0, count, _A_COPY):
            numbers = range(first, min(first + _A_COPY, count))
            copy_records(url, (record for i in numbers for record in traces(accounts.services, i)))
            say(f"{numbers.stop:,} with their traces")


def sizes(url: str) -> None:
    """Print the bytes of each record, in the table and in its indexes."""
    print(f"{'':<18}{'records':>12}{'bytes each':>12}{'of it indexes':>15}")
    with psycopg.connect(url, autocommit=True) as connection:
        for kind in KINDS:
            table = table_of(kind)
            (many, whole, indexes) = connection.execute(
                f"SELECT count(*), pg_total_relation_size('{table}'), pg_indexes_size('{table}') FROM {table}"
            ).fetchone() or (0, 0, 0)
            print(
                f"{kind.__name__:<18}{many:>12,}{whole / (many or 1):>12,.0f}{indexes / (many or 1):>15,.0f}"
            )


def log_of(url: str, store: Counted, acts: dict[str, Callable[[int], object]], times: int) -> None:
    """Print what each act writes to the log: bytes, and how often it is carried to the disk."""
    print(f"\n{'':<18}{'log, bytes':>12}{'commits':>12}")
    with psycopg.connect(url, autocommit=True) as connection:
        for name, act in acts.items():
            before, store.commits = _log_position(connection), 0
            for n in range(times):
                act(n)
            written = _log_position(connection) - before
            print(f"{name:<18}{written / times:>12,.0f}{store.commits / times:>12.1f}", flush=True)


def _log_position(connection: psycopg.Connection) -> int:
    """Where the server's log ends, in bytes."""
    found = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
    assert found is not None
    return int(found[0])


class Counted:
    """A store whose commits are counted."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.max_changes = store.max_changes
        self.select = store.select
        self.commits = 0

    def commit(self, *changes: Change) -> None:
        """As the store does."""
        self.commits += 1
        self._store.commit(*changes)


def acts_of(accounts: Accounts, count: int) -> dict[str, Callable[[int], object]]:
    """What is done, each time by somebody else."""

    def sign_in(n: int) -> SignedIn:
        i = n * 617 % count
        kind = "contractor" if is_contractor(i) else "public"
        outcome = accounts.sign_in(kind, username(i), PASSWORD, visitor=_somebody(n))
        assert isinstance(outcome, SignedIn), outcome
        return outcome

    token = sign_in(0).session_token
    return {
        "sign-in": sign_in,
        "session check": lambda n: accounts.session(token),
        "registration": lambda n: accounts.register(
            "public", public_form(f"newcomer{n}"), visitor=_somebody(n)
        ),
        "reset asked for": lambda n: accounts.request_password_reset(
            username(n * 619 % count), visitor=_somebody(n)
        ),
    }


def _somebody(n: int) -> Visitor:
    """Each from an address of their own, so that no limit of a source is reached."""
    return attrs.evolve(VISITOR, ip=f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}")


def say(words: str) -> None:
    """Progress."""
    print(f"\r{words:<40}", end="", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", help="postgresql://user@host:port/database, where databases may be made")
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--acts", type=int, default=500, help="of each kind")
    given = parser.parse_args()
    with made_on(server(given.server)) as url:
        store = Counted(opened(url))
        accounts = city_on(store, hashes="cheap")
        fill(accounts, url, given.accounts)
        print(file=sys.stderr)
        sizes(url)
        log_of(url, store, acts_of(accounts, given.accounts), given.acts)


if __name__ == "__main__":
    main()
