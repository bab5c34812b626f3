"""This library's column in a side-by-side benchmark of authentication libraries.

The harness (`harness.py`, its folder named in `BENCH_HARNESS` or already on the path) measures every library
with the same workloads. What this column sets otherwise than a city would, so that all are alike:

* an account type of its own: a city's number as username, a name and an e-mail address as fields, no security
  question, since no other library asks one;
* the hash cost that the harness gives to all (its lowest is below what a `Policy` accepts), through the
  testing hasher, which bypasses that floor and nothing else;
* at a registration another password of that length than the harness's own, which stands on the blocklist;
* no limits on registrations and mails asked for: the harness asks for thousands. They name no address, so
  that no source is counted, and the limits of a mailbox are as good as none.

The four throttle counts, the session and the audit event stay in every sign-in;
`tests/benchmarks/test_column.py` counts the commits.
"""

from __future__ import annotations

import csv
import os
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import attrs

if os.environ.get("BENCH_HARNESS"):
    sys.path.insert(0, os.environ["BENCH_HARNESS"])

from harness import PASSWORD, Column, account  # type: ignore[import-not-found]

from permit_accounts import (
    AccountType,
    CityNumber,
    Field,
    Keyring,
    Kind,
    Limit,
    Policy,
    QuestionUse,
    SignedIn,
    Visitor,
)
from permit_accounts.accounts import Accounts
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.codes import Purpose, Standing
from permit_accounts.model.records import Account, Identifier, License, OneTimeToken
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Is, Store
from permit_accounts.roster import import_roster
from permit_accounts.rules.roster_columns import RosterColumns
from permit_accounts.stores.rows import layout_of
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.texts.catalog import TomlCatalog
from permit_accounts.tools.services import Services, utc_now

UNCOMMON = "seven quiet lanterns drift past"
NO_LIMIT = Limit(count=1_000_000_000, within=timedelta(hours=1))
MEMBER = AccountType(
    id="member",
    username=CityNumber(prefix="member", pattern="LN[0-9]{7}"),
    fields=(
        Field(name="full_name", kind=Kind.NAME, required=True),
        Field(name="email", kind=Kind.EMAIL, required=True, max_length=254),
    ),
)
VISITOR = Visitor(ip="192.0.2.1", user_agent="benchmark")


class PermitAccounts(Column):  # type: ignore[misc]
    """The workloads on this library's public functions."""

    name = "permit_accounts"
    title = "permit_accounts"
    distributions = ("permit-accounts", "argon2-cffi", "itsdangerous", "email-validator", "attrs")
    strategies = {"db": "session record and account record"}  # noqa: RUF012 - the harness's own form
    offers = frozenset({"login", "check", "register", "reset", "import_bulk"})
    import_snippet = "import permit_accounts, permit_accounts.stores.sqlite"
    databases = ("sqlite", "pg")

    def open(self, db: Any, cost: tuple[int, int, int]) -> None:
        """A city in this file or database, in the durability that the harness asks for.

        `normal` is WAL and synchronous=NORMAL, as for every library. `full` is this library's default: WAL
        and synchronous=FULL, which survives a power cut as the rollback journal of the others does.
        PostgreSQL is as it was installed.
        """
        keys = Keyring.new()
        t, m, p = cost
        hasher = CheapHasher(keys, time_cost=t, memory_cost=m, parallelism=p)
        self.path = db.path
        self.pg = db.pg if db.kind == "pg" else None
        self.store, self.prefix = _on_postgres(db.pg) if self.pg else _in_file(db)
        self.policy = Policy(
            account_types=(MEMBER,),
            security_question=QuestionUse.OFF,
            reset_mails_hour=NO_LIMIT,
            reset_mails_day=NO_LIMIT,
            confirmation_mails=NO_LIMIT,
        )
        self.services = Services(
            store=self.store,
            scratch=self.store,
            hasher=hasher,
            keyring=keys,
            policy=self.policy,
            catalog=TomlCatalog(),
        )
        self.accounts = Accounts(self.services, email=MemoryBackend())
        self.encoded = hasher.hash(Secret(PASSWORD))

    def fixture(self, n: int) -> list[tuple[str, list[str], Iterator[list[Any]]]]:
        """Accounts and their names, as the store's own rows; made as they are asked for."""
        accounts, names = layout_of(Account), layout_of(Identifier)
        now = utc_now()
        rows = (accounts.to_row(self._account(i, now)) for i in range(n))
        name_rows = (names.to_row(self._name(i, now)) for i in range(n))
        return [
            (self.prefix + accounts.table, list(accounts.positions), rows),
            (self.prefix + names.table, list(names.positions), name_rows),
        ]

    def _id(self, i: int, now: datetime) -> str:
        """An id as long as the library's own, and in order; not random, so that it need not be remembered."""
        moment = self.services.new_id(now + timedelta(microseconds=i))[:14]
        return f"{moment}{i:020x}"

    def _name(self, i: int, now: datetime) -> Identifier:
        name_id = f"member:{account(i).license_no}"
        return Identifier(id=name_id, account_id=self._id(i, now), created_at=now)

    def _account(self, i: int, now: datetime) -> Account:
        person = account(i)
        return Account(
            id=self._id(i, now),
            account_type=MEMBER.id,
            standing=Standing.ACTIVE,
            username=person.license_no,
            email=person.email,
            email_key=person.email,
            email_confirmed_at=now,
            password_hash=self.encoded,
            profile={"full_name": f"{person.first} {person.last}"},
            created_at=now,
        )

    def identity(self, i: int, strategy: str) -> str:
        """What `check` answers."""
        return str(account(i).license_no)

    def login(self, i: int, strategy: str, password: str = PASSWORD) -> str | None:
        """Sign in; the session token."""
        outcome = self.accounts.sign_in(MEMBER, account(i).license_no, password, visitor=VISITOR)
        return outcome.session_token if isinstance(outcome, SignedIn) else None

    def check(self, credential: str, strategy: str) -> str | None:
        """Whose session this is."""
        signed_in = self.accounts.session(credential)
        return signed_in.account.username if signed_in is not None else None

    def register(self, i: int) -> None:
        """Validate a form, make the account, its name, its confirmation mail and its session."""
        person = account(i)
        form = {
            "username": person.license_no,
            "password": UNCOMMON,
            "full_name": f"{person.first} {person.last}",
            "email": person.email,
        }
        outcome = self.accounts.register(MEMBER, form)
        assert isinstance(outcome, SignedIn), outcome

    def reset(self, i: int, parts: list[int] | None = None) -> None:
        """Ask for a reset, which puts a mail into the outbox, then redeem its link up to the account."""
        began = time.perf_counter_ns()
        self.accounts.request_password_reset(account(i).license_no, MEMBER)
        if parts is not None:
            parts.append(time.perf_counter_ns() - began)
        owner = self.store.select(Identifier, Is("id", f"member:{account(i).license_no}"), limit=1)[0]
        kept = self.store.select(OneTimeToken, Is("account_id", owner.account_id), limit=10)
        newest = max((t for t in kept if t.purpose is Purpose.RESET_PASSWORD), key=lambda t: t.created_at)
        link = self.services.keyring.seal(newest.id, newest.purpose)
        form = self.accounts.open_reset(link)
        assert form.username == account(i).license_no, form  # type: ignore[union-attr]

    def prepare_bulk(self, path: str, limit: int | None) -> None:
        """The harness's rows with numbers of a real board: `LN0001234` becomes `1234`."""
        self.roster_path = path + ".roster.csv"
        with (
            open(path, newline="", encoding="utf-8") as given,
            open(self.roster_path, "w", newline="", encoding="utf-8") as ours,
        ):
            out = csv.writer(ours)
            for n, row in enumerate(csv.reader(given)):
                if n:
                    row[0] = str(int(row[0].removeprefix("LN")) or 1)
                elif limit == 0:
                    break
                out.writerow(row)
                if limit is not None and n >= limit:
                    break

    def import_bulk(self, path: str, limit: int | None) -> int:
        """The roster import: every row validated, licenses written."""
        services = attrs.evolve(self.services, policy=Policy())
        import_roster(
            services,
            self.roster_path,
            columns=RosterColumns(license="license_no", business_name="name", email="email"),
        )
        self.imported = True
        return self.count()

    def count(self) -> int:
        """How many accounts there are; after an import, how many licenses. The store's port cannot count."""
        kind: type[Any] = License if getattr(self, "imported", False) else Account
        counting = f"SELECT count(*) FROM {self.prefix}{layout_of(kind).table}"
        with closing(self._connected()) as connection:
            found = connection.execute(counting).fetchone()
        assert found is not None
        return int(found[0])

    def _connected(self) -> Any:
        """To the database of this column."""
        if not self.pg:
            return sqlite3.connect(self.path)
        import psycopg  # not at the top: neither this nor SQLAlchemy is to be counted into a file's memory

        return psycopg.connect(**self.pg)


def _in_file(db: Any) -> tuple[Store, str]:
    """The store in a SQLite file, and what its tables' names begin with."""
    synchronous: Literal["NORMAL", "FULL"] = "NORMAL" if db.durability == "normal" else "FULL"
    store = SQLiteStore(db.path, create=True, synchronous=synchronous)
    _keep_write_ahead(db)
    return store, ""


def _on_postgres(pg: dict[str, Any]) -> tuple[Store, str]:
    """The store in a PostgreSQL database, and what its tables' names begin with."""
    url = f"postgresql://{pg['user']}@{pg['host']}:{pg['port']}/{pg['dbname']}"
    sys.path.append(str(Path(__file__).resolve().parent))
    from server_city import opened

    from permit_accounts.stores.sqlalchemy.tables import PREFIX

    return opened(url), PREFIX


def _keep_write_ahead(db: Any) -> None:
    """Where the harness fills the file in another journal mode, that stays in the file: take it back."""
    fill = db.fill

    def filled(tables: Iterable[Any]) -> None:
        fill(tables)
        SQLiteStore(db.path).close()  # opening the file sets its journal mode

    db.fill = filled


COLUMN = PermitAccounts
