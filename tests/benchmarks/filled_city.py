"""A city with many accounts, written straight into its store, for the benchmarks beside it.

Every second account is a contractor with a verified license that is on the roster, the others are public
users; all have an e-mail address. Numbers come in no order, so that nothing is read from one page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal, TypeAlias

from permit_accounts import Policy
from permit_accounts.accounts import Accounts
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.codes import FactSource, LicenseStatus, LinkState, Standing
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import (
    Account,
    BusinessFacts,
    ContactFacts,
    Identifier,
    License,
    Record,
    StatusFacts,
)
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add, EmailBackend, Store
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.texts.catalog import TomlCatalog
from permit_accounts.tools import claims
from permit_accounts.tools.hashing import Argon2Hasher
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.services import Services, utc_now

PASSWORD: Final = "seven quiet lanterns drift"
AUTHORITY: Final = "us-ca-cslb"
Hashes: TypeAlias = Literal["real", "cheap"]
_A_COMMIT: Final = 5_000  # accounts; the records of one stay far below `SQLiteStore.max_changes`


def open_city(path: Path, *, hashes: Hashes, synchronous: Literal["FULL", "NORMAL"] = "FULL") -> Accounts:
    """An empty city in a new SQLite file."""
    return city_on(SQLiteStore(path, create=True, synchronous=synchronous), hashes=hashes)


def city_on(
    store: Store,
    *,
    hashes: Hashes,
    keys: Keyring | None = None,
    policy: Policy | None = None,
    email: EmailBackend | None = None,
) -> Accounts:
    """A city on this store, as `Accounts.open` would put it together.

    Args:
        hashes: At the policy's cost, or at the lowest that Argon2 has (`Accounts.open` refuses those).
    """
    keys, policy = keys or Keyring.new(), policy or Policy()
    hasher = (
        CheapHasher(keys)
        if hashes == "cheap"
        else Argon2Hasher(policy.argon2, keys, concurrency=policy.hash_concurrency)
    )
    services = Services(
        store=store, scratch=store, hasher=hasher, keyring=keys, policy=policy, catalog=TomlCatalog()
    )
    return Accounts(services, email=email or MemoryBackend())


def fill(accounts: Accounts, count: int) -> None:
    """Make so many accounts, in order, past every rule."""
    s = accounts.services
    encoded = s.hasher.hash(Secret(PASSWORD))
    for first in range(0, count, _A_COMMIT):
        numbers = range(first, min(first + _A_COMMIT, count))
        s.store.commit(*(Add(record) for i in numbers for record in records(s, i, encoded)))


def is_contractor(i: int) -> bool:
    """Whether the i-th account is a contractor's."""
    return i % 2 == 0


def username(i: int) -> str:
    """What the i-th account signs in with: a license number, or a name."""
    serial = (i * 7_919_003 + 1_234_567) % 9_000_000 + 1_000_000
    return str(serial) if is_contractor(i) else f"member{serial}"


def address(i: int) -> str:
    """The i-th account's e-mail address."""
    return f"member{username(i).removeprefix('member')}@mail{i % 17}.example.org"


def records(s: Services, i: int, encoded: str) -> Iterator[Record]:
    """Whatever there is of the i-th account."""
    now = utc_now()
    account_id = s.new_id(now + timedelta(microseconds=i))
    yield Account(
        id=account_id,
        account_type="contractor" if is_contractor(i) else "public",
        standing=Standing.ACTIVE,
        username=username(i),
        email=address(i),
        email_key=address(i),
        email_confirmed_at=now,
        password_hash=encoded,
        question_id="first-dish",
        answer_hash=encoded,
        profile={"phone": "(323) 555-0100", "city": "Sampleton", "state": "CA"},
        created_at=now,
    )
    if not is_contractor(i):
        yield Identifier(id=f"public:{username(i)}", account_id=account_id, created_at=now)
        return
    held = LicenseId(AUTHORITY, username(i), entered=username(i))
    license_id = str(held)
    sourced = {"source": FactSource.ROSTER, "as_of": now}
    yield Identifier(id=f"license:{license_id}", account_id=account_id, created_at=now)
    yield License(
        id=license_id,
        on_roster_since=now,
        business=BusinessFacts(name=f"Sample Builders {i}", **sourced),
        status=StatusFacts(status=LicenseStatus.ACTIVE, text="CLEAR", classes=("B",), **sourced),
        contact=ContactFacts(email=address(i), email_key=address(i), **sourced),
    )
    yield claims.new_link(account_id, held, LinkState.VERIFIED, since=now)
