"""How long others wait while what has expired is purged from PostgreSQL.

    python tests/benchmarks/purge_locks.py                     # 1,000,000 expired rows
    python tests/benchmarks/purge_locks.py --rows 20000

Expired sessions, tokens and attempt counts are filled in by COPY, and purged in a process of its own.
Meanwhile two connections work in the same tables: one adds sessions, the other changes sessions that are the
next to be purged, since those may be locked. Every wait is noted, from the statement to the end of its
commit; and of the purge, how long each of its transactions was open. It ends with status 1 where any of it
was longer than the bound.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import psycopg
from filled_city import city_on
from server_city import copy_records, made_on, opened, server, table_of, unindexed

from permit_accounts.accounts import Accounts
from permit_accounts.model.codes import Purpose
from permit_accounts.model.records import AttemptCount, OneTimeToken, Record, Session
from permit_accounts.ports import Change
from permit_accounts.tools.services import Services

BOUND_MS: Final = 100
_A_COPY: Final = 20_000
_PAUSE: Final = 0.005  # seconds between two changes of another connection


def expired(s: Services, i: int, now: datetime) -> Record:
    """The i-th record whose time is over: half are sessions, a fourth tokens and a fourth counts."""
    then = now - timedelta(days=30) + timedelta(seconds=i)
    account_id = s.new_id(then)
    if i % 2:
        return Session(
            id=s.new_secret_id(),
            account_id=account_id,
            epoch=1,
            opened_at=then,
            seen_at=then,
            expires_at=then + timedelta(hours=1),
            password_entered_at=then,
        )
    if i % 4:
        return AttemptCount(
            id=s.keyring.counted(account_id), failures=1, since=then, expires_at=then + timedelta(days=1)
        )
    return OneTimeToken(
        id=s.new_secret_id(),
        purpose=Purpose.RESET_PASSWORD,
        account_id=account_id,
        epoch=1,
        created_at=then,
        expires_at=then + timedelta(hours=1),
    )


def fill(accounts: Accounts, url: str, rows: int) -> None:
    """So many expired records."""
    s = accounts.services
    begins = s.now() - timedelta(seconds=rows)
    with unindexed(url):
        for first in range(0, rows, _A_COPY):
            numbers = range(first, min(first + _A_COPY, rows))
            copy_records(url, (expired(s, i, begins) for i in numbers))
            print(f"\r{numbers.stop:,} of {rows:,} rows filled", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


class Others:
    """Connections that work in the same tables, and how long they waited for each change, in seconds."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._over = threading.Event()
        self.waits: dict[str, list[float]] = {"added": [], "changed": []}
        self._threads = [threading.Thread(target=work) for work in (self._add, self._change)]

    def __enter__(self) -> Others:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _add(self) -> None:
        """Sign-ins add sessions."""
        table = table_of(Session)
        with psycopg.connect(self._url, autocommit=True) as connection:
            number = 0
            while not self._over.wait(_PAUSE):
                number += 1
                self._timed(
                    "added",
                    connection,
                    f"INSERT INTO {table} SELECT 'added-' || %s, version, account_id, epoch, opened_at,"
                    " seen_at, 9e15::bigint, remembered, device_label, password_entered_at, methods"
                    f" FROM (SELECT * FROM {table} LIMIT 1) AS one",
                    (str(number),),
                )

    def _change(self) -> None:
        """Somebody changes a session that is the next, or nearly the next, to be purged."""
        table = table_of(Session)
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._over.wait(_PAUSE):
                self._timed(
                    "changed",
                    connection,
                    f"UPDATE {table} SET seen_at = seen_at + 1 WHERE id = (SELECT id FROM {table}"
                    " ORDER BY expires_at, id LIMIT 1 OFFSET 20)",
                    (),
                )

    def _timed(
        self, what: str, connection: psycopg.Connection, sql: str, parameters: tuple[str, ...]
    ) -> None:
        begun = time.perf_counter()
        connection.execute(sql, parameters)
        self.waits[what].append(time.perf_counter() - begun)


def purge(url: str) -> None:
    """Purge, and say how long each commit took, in milliseconds, one to a line. For a process of its own."""
    store = opened(url)
    commit = store.commit
    taken = []

    def timed(*changes: Change) -> None:
        begun = time.perf_counter()
        commit(*changes)
        taken.append(time.perf_counter() - begun)

    store.commit = timed  # type: ignore[method-assign]
    begun = time.perf_counter()
    done = city_on(store, hashes="cheap").purge()
    print(done.sessions + done.tokens + done.counts, time.perf_counter() - begun)
    print(*taken)


def measured(url: str) -> Iterator[tuple[str, list[float]]]:
    """What was waited for, and the times in seconds."""
    command = [sys.executable, __file__, "--purge", url]
    with Others(url) as others:
        done = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows, seconds = map(float, done[0].split())
    print(f"{rows:,.0f} rows purged in {seconds:.0f} s: {rows / seconds:,.0f} rows/s")
    yield "a transaction of the purge", [float(each) for each in done[1].split()]
    yield "another's added session", others.waits["added"]
    yield "another's change", others.waits["changed"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", help="postgresql://user@host:port/database, where databases may be made")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--purge", metavar="URL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.purge:
        purge(given.purge)
        return
    with made_on(server(given.server)) as url:
        fill(city_on(opened(url), hashes="cheap"), url, given.rows)
        waits = dict(measured(url))
    print(f"{'':<28}{'number':>9}{'median':>12}{'p99':>12}{'longest':>12}   at most {BOUND_MS} ms")
    slow = [what for what, times in waits.items() if not within(what, times)]
    sys.exit(f"too long: {', '.join(slow)}" if slow else 0)


def within(what: str, times: list[float]) -> bool:
    """Print one line; whether the longest is within the bound."""
    ms = sorted(each * 1000 for each in times)
    middle, p99, longest = ms[len(ms) // 2], ms[len(ms) * 99 // 100], ms[-1]
    print(f"{what:<28}{len(ms):>9,}{middle:>9.1f} ms{p99:>9.1f} ms{longest:>9.1f} ms")
    return longest <= BOUND_MS


if __name__ == "__main__":
    main()
