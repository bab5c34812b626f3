"""The benchmark's column does what it is timed for: nothing that protects a sign-in is switched off in it."""

from __future__ import annotations

import csv
import importlib.util
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

import attrs
import psycopg
import pytest

from flows.people import Counting
from permit_accounts import Accounts, Policy, SignedIn, Visitor
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.codes import EventName
from permit_accounts.model.records import Account, AttemptCount, AuditEvent, License, OutboxEmail, Session
from permit_accounts.ports import Add, Change, Every, Remove
from permit_accounts.tools.throttle.counts import Layer
from servers.databases import made_on_postgres

ACCOUNTS = 5
CHEAPEST = (1, 8, 1)
#: What the page on the column says it sets otherwise than a city would.
SET_OTHERWISE = {
    "account_types",
    "security_question",
    "reset_mails_hour",
    "reset_mails_day",
    "confirmation_mails",
}


class Person(NamedTuple):
    """An account of the harness."""

    license_no: str
    first: str
    last: str
    email: str


def account(i: int) -> Person:
    """The i-th account."""
    return Person(f"LN{i + 1:07d}", "Ana", "Silva", f"member{i}@mail.example.org")


class Column:
    """What the harness gives a column to derive from."""


class Database:
    """A SQLite file that the harness fills, in its own journal mode."""

    def __init__(self, path: Path, durability: Literal["normal", "full"]) -> None:
        self.kind = "sqlite"
        self.path = str(path)
        self.durability = durability

    def fill(self, tables: Any) -> None:
        """Insert the fixture's rows."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA journal_mode = {'WAL' if self.durability == 'normal' else 'DELETE'}")
            for table, columns, rows in tables:
                marks = ",".join("?" * len(columns))
                connection.executemany(f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})", rows)


class Postgres:
    """A PostgreSQL database that the harness fills."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.kind = "pg"
        self.path = ""
        self.pg = {
            "host": parts.hostname,
            "port": parts.port or 5432,
            "user": parts.username,
            "dbname": parts.path.lstrip("/"),
        }

    def fill(self, tables: Any) -> None:
        """Insert the fixture's rows."""
        with psycopg.connect(**self.pg) as connection, connection.cursor() as cursor:
            for table, columns, rows in tables:
                marks = ",".join(["%s"] * len(columns))
                cursor.executemany(f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})", list(rows))


@pytest.fixture(name="module")
def _module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The column's module, on a harness of a few lines."""
    harness = ModuleType("harness")
    vars(harness).update(PASSWORD="correct horse battery staple 42", Column=Column, account=account)
    monkeypatch.setitem(sys.modules, "harness", harness)
    monkeypatch.delenv("BENCH_HARNESS", raising=False)
    spec = importlib.util.spec_from_file_location("column", Path(__file__).with_name("column.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(name="database", params=["normal", "full", "pg"])
def _database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Where the column keeps its accounts."""
    if request.param != "pg":
        yield Database(tmp_path / "accounts.db", request.param)
        return
    with made_on_postgres(request.getfixturevalue("postgres_url")) as url:
        yield Postgres(url)


@pytest.fixture(name="column")
def _column(module: ModuleType, database: Any) -> Iterator[Any]:
    """The column on a database with a few accounts; its store notes what is committed."""
    column = module.COLUMN()
    column.open(database, CHEAPEST)
    database.fill(column.fixture(ACCOUNTS))
    column.spy = Counting(column.store)
    column.services = attrs.evolve(column.services, store=column.spy, scratch=column.spy)
    column.accounts = Accounts(column.services, email=MemoryBackend())
    yield column
    column.store.close()


def counted(changes: tuple[Change, ...], kind: type[Add] | type[Remove]) -> Counter[Layer]:
    """The layers of the counts that these changes add or remove, all of them counts."""
    assert all(type(change) is kind and isinstance(change.record, AttemptCount) for change in changes)
    return Counter(Layer(change.record.id[0]) for change in changes if isinstance(change, kind))


def test_a_sign_in_is_counted_committed_and_settled(column: Any) -> None:
    """Three commits: name, account and source are counted; session and event are kept; counts are cleared."""
    token = column.login(3, "db")

    reserved, flow, settled = column.spy.commits
    layers = Counter([Layer.NAME, Layer.HARD, Layer.SOURCE])
    assert layers == counted(reserved, Add)
    assert [Add, Add] == [type(change) for change in flow]
    assert [Session, AuditEvent] == [type(change.record) for change in flow]
    assert EventName.SIGNED_IN == flow[1].record.name
    assert layers == counted(settled, Remove)
    assert account(3).license_no == column.check(token, "db") == column.identity(3, "db")


def test_a_known_device_is_counted_in_its_own_layer(column: Any) -> None:
    """The fourth layer is on as well: a device token moves the attempt there."""
    visitor = Visitor(ip="192.0.2.1", user_agent="benchmark")
    first = column.accounts.sign_in("member", account(1).license_no, "correct horse battery staple 42")
    assert isinstance(first, SignedIn)
    column.spy.commits.clear()

    known = attrs.evolve(visitor, device_token=first.device_token)
    column.accounts.sign_in("member", account(1).license_no, "wrong horse battery staple 42", visitor=known)

    assert Counter([Layer.DEVICE]) == counted(column.spy.commits[0], Add)


def test_a_wrong_password_is_refused_and_stays_counted(column: Any) -> None:
    """At the name, the account and the source, until nothing is compared any more."""
    assert [None] * 12 == [column.login(2, "db", f"wrong password {n}") for n in range(12)]
    kept = column.store.select(AttemptCount, Every(), limit=100)
    failures = {Layer(count.id[0]): count.failures for count in kept}

    assert {Layer.NAME: 10, Layer.HARD: 10, Layer.SOURCE: 10}.items() <= failures.items()
    assert column.login(2, "db") is None
    assert column.login(4, "db") is not None
    assert column.check("forged", "db") is None


def test_the_policy_differs_where_the_column_says_so(column: Any) -> None:
    """Everything else is what a city gets that sets nothing; no wait and no count is among it."""
    fields = [field.name for field in attrs.fields(Policy)]
    changed = {name for name in fields if getattr(column.policy, name) != getattr(Policy(), name)}
    assert SET_OTHERWISE == changed


def test_the_file_keeps_the_librarys_journal(column: Any, database: Any) -> None:
    """Whatever mode the harness filled it in."""
    if database.kind == "pg":
        assert column.pg == database.pg
        return
    with closing(sqlite3.connect(column.path)) as connection:
        assert ("wal",) == connection.execute("PRAGMA journal_mode").fetchone()


def test_a_registration_makes_all_that_belongs_to_one(column: Any) -> None:
    """The account, its session, its event and its confirmation mail; and it is counted as one account."""
    assert ACCOUNTS == column.count()
    column.register(10)

    made = Counter(type(change.record) for change in column.spy.commits[-1])
    assert {Account: 1, Session: 1, OutboxEmail: 1}.items() <= made.items()
    assert ACCOUNTS + 1 == column.count()


def test_a_reset_is_put_into_the_outbox(column: Any) -> None:
    """The part that is timed alone is the asking, mail included."""
    parts: list[int] = []
    column.reset(0, parts)

    assert [True] == [part > 0 for part in parts]
    assert 1 == len(column.store.select(OutboxEmail, Every(), limit=10))


def test_an_import_takes_the_harness_rows(module: ModuleType, database: Any, tmp_path: Path) -> None:
    """Each row becomes a license, and is counted as one."""
    roster = tmp_path / "roster.csv"
    with roster.open("w", newline="") as file:
        csv.writer(file).writerows(
            [
                ["license_no", "name", "email"],
                *([account(i).license_no, "Ana Silva", account(i).email] for i in range(7)),
            ]
        )
    column = module.COLUMN()
    column.open(database, CHEAPEST)
    column.prepare_bulk(str(roster), None)

    assert 7 == column.import_bulk(str(roster), None)
    assert 7 == len(column.store.select(License, Every(), limit=10))
    column.store.close()
