"""Accounts inside the project's own transaction: an account and the project's row are one, or neither is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import connections, transaction

from contrib.django.databases import ALIAS, emptied_store
from permit_accounts import PUBLIC, AccountClosed, Visitor, import_roster
from permit_accounts.contrib.django.store import DjangoStore
from permit_accounts.model.records import Account, AttemptCount, License
from permit_accounts.ports import Every
from permit_accounts.testing.world import PASSWORD, World, public_form
from story import signed_in

_APPLICANTS = "permit_applicants_of_the_project"


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A city in a database of Django's, in which the project has a table of its own."""
    settings: Mapping[str, Any] = request.getfixturevalue(request.param)
    with emptied_store(settings) as store, connections[ALIAS].cursor() as cursor:
        cursor.execute(f"CREATE TABLE {_APPLICANTS} (account_id varchar(100) NOT NULL)")
        yield World(store=store)
        cursor.execute(f"DROP TABLE {_APPLICANTS}")


def add_applicant(account_id: str) -> None:
    """The project's own row."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(f"INSERT INTO {_APPLICANTS} VALUES (%s)", [account_id])


def applicants() -> list[str]:
    """Whose rows there are."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT account_id FROM {_APPLICANTS}")
        return [row[0] for row in cursor.fetchall()]


def accounts_in(world: World) -> list[str]:
    """Which accounts there are, as anybody sees them."""
    return [account.id for account in world.store.select(Account, Every(), limit=99)]


def test_both_are_there_or_neither(world: World) -> None:
    """A transaction that is rolled back takes the account along, and no count of attempts."""
    for name, fails in (("ann", False), ("ben", True)):
        with transaction.atomic(using=ALIAS):
            joined = world.accounts.joined(DjangoStore.joined(ALIAS))
            account = signed_in(joined.register(PUBLIC, public_form(name))).account
            add_applicant(account.id)
            transaction.set_rollback(fails, using=ALIAS)
    assert 1 == len(accounts_in(world))
    assert accounts_in(world) == applicants()
    assert world.store.select(AttemptCount, Every(), limit=9)


def test_an_account_is_closed_together_with_its_row(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Given up, and the project's row gone, in one; no count waits for the lock of a SQLite file."""
    here = Visitor(ip="192.0.2.7")
    session = signed_in(world.accounts.register(PUBLIC, public_form("ann"), visitor=here))
    add_applicant(session.account.id)
    before = world.store.select(AttemptCount, Every(), limit=9)
    with transaction.atomic(using=ALIAS):
        joined = world.accounts.joined(DjangoStore.joined(ALIAS))
        closed = joined.close_account(session.session_token, PASSWORD, visitor=here)
        assert isinstance(closed, AccountClosed)
        assert before == world.store.select(AttemptCount, Every(), limit=9)
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(f"DELETE FROM {_APPLICANTS}")
    assert ([], []) == (applicants(), caplog.records)
    assert world.accounts.session(session.session_token) is None


def test_a_roster_is_imported_inside_a_transaction(world: World, tmp_path: Any) -> None:
    """All of the file, or nothing of it."""
    file = tmp_path / "roster.csv"
    file.write_text("license\n1012345\n1012346\n")
    for fails, expected in ((True, 0), (False, 2)):
        with transaction.atomic(using=ALIAS):
            inside = world.accounts.joined(DjangoStore.joined(ALIAS))
            import_roster(inside.services, file, authority="us-ca-cslb")
            transaction.set_rollback(fails, using=ALIAS)
        assert expected == len(world.store.select(License, Every(), limit=9))
