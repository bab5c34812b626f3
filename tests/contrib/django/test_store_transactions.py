"""The store beside the project's own transactions: what stays, what goes with them, and what is closed."""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.core.signals import request_finished, request_started
from django.db import connections, transaction
from django.test import TestCase, override_settings
from django.utils.connection import ConnectionDoesNotExist

from contrib.django.databases import ALIAS, beside_the_project, emptied_store
from permit_accounts import PUBLIC, AsyncAccounts, ConfigurationError, Conflict, Refused, Unavailable
from permit_accounts.contrib.django.records.connections import piece_of_work
from permit_accounts.contrib.django.store import DjangoStore, JoinedDjangoStore
from permit_accounts.contrib.django.views import console_page, site_page
from permit_accounts.model.records import Account, AttemptCount, Session
from permit_accounts.ports import Add, Every, Is, Remove, Replace
from permit_accounts.testing import race_threads
from permit_accounts.testing.hard_records import plain
from permit_accounts.testing.world import PASSWORD, World, public_form
from story import signed_in

BESIDE = f"{ALIAS} beside a transaction"


class RolledBackError(Exception):
    """A view of the project's failed."""


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction of the project's own that comes to nothing."""
    with suppress(RolledBackError), transaction.atomic(using=ALIAS):
        yield
        raise RolledBackError


@pytest.fixture
def store(postgres: Mapping[str, Any]) -> Iterator[DjangoStore]:
    """A store without records in PostgreSQL."""
    with emptied_store(postgres) as store:
        yield store


def ids(store: DjangoStore | JoinedDjangoStore, kind: type[Any] = Account) -> list[str]:
    """Which records there are."""
    return [one.id for one in store.select(kind, Every(), limit=99)]


def test_what_is_committed_survives_a_request_that_is_rolled_back(store: DjangoStore) -> None:
    """ATOMIC_REQUESTS, or a view with atomic(): the store is not part of that."""
    with rolled_back():
        store.commit(Add(plain(Account, "a")))
        assert ["a"] == ids(store)
    assert ["a"] == ids(store)


def test_failed_attempts_count_though_the_request_is_rolled_back(store: DjangoStore) -> None:
    """Whoever guesses passwords through a view that fails is slowed down all the same."""
    world = World(store=store)
    world.accounts.register(PUBLIC, public_form("ann"))
    for _ in range(20):
        with rolled_back():
            assert isinstance(world.accounts.sign_in(PUBLIC, "ann", "a guess"), Refused)
    assert ids(store, AttemptCount)
    refused = world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    assert isinstance(refused, Refused)
    assert refused.problems[0].params["seconds"]


def test_what_others_commit_is_seen_inside_a_transaction(store: DjangoStore) -> None:
    """A `select` begun after a commit sees it, also where the project's transaction has a snapshot."""
    with transaction.atomic(using=ALIAS):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM permit_accounts_account")
        race_threads(lambda: store.commit(Add(plain(Account, "a"))))
        assert ["a"] == ids(store)


def test_a_transaction_that_failed_does_not_matter(store: DjangoStore) -> None:
    """PostgreSQL refuses everything in it; the store has its own connection."""
    with rolled_back():
        with pytest.raises(Exception, match="zero"), connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT 1/0")
        store.commit(Add(plain(Account, "a")))
    assert ["a"] == ids(store)


def test_a_project_without_autocommit_keeps_its_transaction(store: DjangoStore) -> None:
    """Whoever turned autocommit off commits when they like, and the store when it is told."""
    transaction.set_autocommit(False, using=ALIAS)
    try:
        store.commit(Add(plain(Account, "a")))
        transaction.rollback(using=ALIAS)
    finally:
        transaction.set_autocommit(True, using=ALIAS)
    assert ["a"] == ids(store)


def test_a_project_that_begins_without_autocommit(postgres: Mapping[str, Any]) -> None:
    """`AUTOCOMMIT: False` is known before there is a connection."""
    with beside_the_project({**postgres, "AUTOCOMMIT": False}), piece_of_work():
        store = DjangoStore(ALIAS)
        assert connections[ALIAS].connection is None
        store.commit(Add(plain(Session, "autocommit")))
        assert connections[ALIAS].connection is None
        store.commit(Remove(plain(Session, "autocommit")))


def test_usually_one_connection_is_enough(store: DjangoStore) -> None:
    """The second is opened where there is a transaction, and not before."""
    store.commit(Add(plain(Account, "a")))
    with pytest.raises(ConnectionDoesNotExist):
        connections[BESIDE]
    with transaction.atomic(using=ALIAS):
        ids(store)
    assert connections[BESIDE].connection is not None


def test_the_second_connection_reads_what_is_committed(postgres: Mapping[str, Any]) -> None:
    """READ COMMITTED, whatever the project chose for its own; and it goes where a test runner went."""
    with (
        beside_the_project({**postgres, "OPTIONS": {"isolation_level": 4}, "NAME": "elsewhere"}),
        piece_of_work(),
    ):
        store = DjangoStore(ALIAS)
        connections[ALIAS].settings_dict["NAME"] = postgres["NAME"]
        with transaction.atomic(using=ALIAS):
            ids(store)
            with connections[BESIDE].cursor() as cursor:
                cursor.execute("SHOW transaction_isolation")
                assert ("read committed",) == cursor.fetchone()


@pytest.mark.parametrize("isolation", [3, 4])
def test_a_stricter_isolation_is_no_hindrance(postgres: Mapping[str, Any], isolation: int) -> None:
    """REPEATABLE READ (3) or SERIALIZABLE (4) for all of the project: what collides is a conflict."""
    with emptied_store({**postgres, "OPTIONS": {"isolation_level": isolation}}) as store:
        old = plain(Account, "a")
        store.commit(Add(old))

        def replace() -> bool:
            try:
                store.commit(Replace(old, old))
            except Conflict:
                return False
            return True

        assert [False] * 5 + [True] == sorted(race_threads(*[replace] * 6))


def test_reads_go_to_the_primary(store: DjangoStore, sqlite: Mapping[str, Any]) -> None:
    """A router that sends reads to a replica is not asked."""

    class ToAReplica:
        def db_for_read(self, model: object, **hints: object) -> str:
            raise AssertionError("asked")

        db_for_write = db_for_read

    with override_settings(DATABASE_ROUTERS=[ToAReplica()]):
        store.commit(Add(plain(Account, "a")))
        store.commit(Replace(plain(Account, "a"), plain(Account, "a")))
        assert ["a"] == ids(store)


def test_the_pages_have_no_transaction_around_them() -> None:
    """ATOMIC_REQUESTS wraps views that do not say otherwise, and hashing a password takes its time."""
    for view in (site_page, console_page):
        assert {"default"} == view._non_atomic_requests


# ------------------------------------------------------------------------------------------------ joined


def test_a_joined_store_is_part_of_the_transaction(store: DjangoStore) -> None:
    """The account and the project's own row are there together, or neither is."""
    joined = DjangoStore.joined(ALIAS)
    with transaction.atomic(using=ALIAS):
        joined.commit(Add(plain(Account, "a")))
        assert (["a"], []) == (ids(joined), ids(store))
    assert ["a"] == ids(store)
    with rolled_back():
        joined.commit(Add(plain(Account, "b")))
    assert ["a"] == ids(store)


@pytest.mark.parametrize("vendor", ["postgres", "mariadb", "sqlite"])
def test_a_conflict_leaves_the_transaction_as_it_was(vendor: str, request: pytest.FixtureRequest) -> None:
    """A savepoint: what the project wrote before stays, and it can go on."""
    with emptied_store(request.getfixturevalue(vendor)) as store:
        store.commit(Add(plain(Account, "taken")))
        joined = DjangoStore.joined(ALIAS)
        with transaction.atomic(using=ALIAS):
            joined.commit(Add(plain(Account, "before")))
            for change in (Add(plain(Account, "taken")), Remove(plain(Account, "gone"))):
                with pytest.raises(Conflict):
                    joined.commit(Add(plain(Account, "half")), change)
            joined.commit(Add(plain(Account, "after")))
        assert ["after", "before", "taken"] == ids(store)


def test_a_joined_store_needs_a_transaction(store: DjangoStore) -> None:
    """Whoever forgot `atomic()` would have an account without its row, one day."""
    with pytest.raises(ConfigurationError, match="within atomic"):
        DjangoStore.joined(ALIAS).commit(Add(plain(Account, "a")))
    assert [] == ids(store)


@pytest.mark.parametrize(
    ("vendor", "level"), [("postgres", 3), ("postgres", 4), ("mariadb", "repeatable read")]
)
def test_a_transaction_that_sees_what_was_is_not_joined(
    vendor: str, level: object, request: pytest.FixtureRequest
) -> None:
    """REPEATABLE READ (3) or SERIALIZABLE (4): a flow in it would decide by what was true before."""
    settings = request.getfixturevalue(vendor)
    options = {**settings["OPTIONS"], "isolation_level": level}
    with emptied_store({**settings, "OPTIONS": options}) as store:
        with transaction.atomic(using=ALIAS), pytest.raises(ConfigurationError, match="READ COMMITTED, and"):
            DjangoStore.joined(ALIAS).commit(Add(plain(Account, "a")))
        assert [] == ids(store)


def test_a_joined_store_tells_of_faults(store: DjangoStore) -> None:
    """A question or a change in a transaction that has failed, and a question that no record can answer."""
    joined = DjangoStore.joined(ALIAS)
    assert () == joined.select(Account, Is("id", "a\0"), limit=9)
    with transaction.atomic(using=ALIAS), rolled_back():
        with pytest.raises(Exception, match="zero"), connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT 1/0")
        with pytest.raises(Unavailable):
            ids(joined)
        with pytest.raises(Unavailable):
            joined.commit(Add(plain(Account, "a")))


# ------------------------------------------------------------------------------------------ event loops


def test_an_event_loop_asks_through_async_accounts(store: DjangoStore) -> None:
    """Its threads have connections of their own; called in the loop itself, Django refuses."""
    world = World(store=store)
    token = signed_in(world.accounts.register(PUBLIC, public_form("ann"))).session_token

    async def ask() -> str | None:
        with pytest.raises(SynchronousOnlyOperation):
            world.accounts.session(token)
        found = await AsyncAccounts(world.accounts).session(token)
        return found.account.username if found is not None else None

    assert "ann" == asyncio.run(ask())


# ------------------------------------------------------------------------------------------ SQLite, tests


def test_a_request_that_holds_the_lock_of_a_file_is_told(sqlite: Mapping[str, Any]) -> None:
    """It would wait for itself; the message says what to do, and no flow tells that again and again."""
    settings = {**sqlite, "OPTIONS": {**sqlite["OPTIONS"], "timeout": 0.1}}
    with emptied_store(settings) as store:
        with transaction.atomic(using=ALIAS):
            DjangoStore.joined(ALIAS).commit(Add(plain(Account, "a")))
            with pytest.raises(Unavailable, match="this request itself") as told:
                store.commit(Add(plain(Account, "b")))
            assert not isinstance(told.value, Conflict)
        store.commit(Add(plain(Account, "b")))
        assert ["a", "b"] == ids(store)


def test_a_lock_that_another_holds_is_a_conflict(sqlite: Mapping[str, Any]) -> None:
    """After as long as the project lets SQLite wait."""
    settings = {**sqlite, "OPTIONS": {**sqlite["OPTIONS"], "timeout": 0.1}}
    with emptied_store(settings) as store, transaction.atomic(using=ALIAS):
        DjangoStore.joined(ALIAS).commit(Add(plain(Account, "a")))
        (told,) = race_threads(lambda: store.commit(Add(plain(Account, "b"))))
        assert isinstance(told, Conflict)


def test_a_database_in_memory_has_one_connection() -> None:
    """Another would find another database, without a table in it."""
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    with beside_the_project(settings):
        store = DjangoStore(ALIAS)
        with transaction.atomic(using=ALIAS), pytest.raises(ConfigurationError, match="in memory"):
            ids(store)


class InATestCase(TestCase):
    """What an integrator's test does: not collected by itself."""

    __test__ = False
    told: ClassVar[list[object]] = []

    def test_something(self) -> None:
        store = DjangoStore()
        store.commit(Add(plain(Account, "a")))
        with transaction.atomic():
            store.commit(Add(plain(Account, "b")))
            with pytest.raises(Conflict):
                store.commit(Add(plain(Account, "b")))
        self.told.append(ids(store))


def test_a_test_case_of_djangos_rolls_everything_back() -> None:
    """No setting, and no second connection: the store works in the transaction of the test."""
    InATestCase.told.clear()
    result = unittest.TestResult()
    unittest.TestSuite([InATestCase("test_something")]).run(result)
    assert ([], []) == (result.errors, result.failures)
    assert [["a", "b"]] == InATestCase.told
    assert [] == ids(DjangoStore())


def test_a_failure_inside_a_test_case_breaks_nothing_more() -> None:
    """There the connection is the test's own: it is neither closed nor asked a second time."""
    with beside_the_project({"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}):
        store, block = DjangoStore(ALIAS), transaction.atomic(using=ALIAS)
        block._from_testcase = True
        with block:
            with pytest.raises(Unavailable):
                ids(store)
            with connections[ALIAS].cursor() as cursor:
                assert (1,) == cursor.execute("SELECT 1").fetchone()


# ------------------------------------------------------------------------------------------------ closing


def opened_after(work: Any) -> list[bool]:
    """Whether a connection is open after each step of this work, in a thread of its own."""
    told: list[bool] = []

    def run() -> None:
        work(lambda: told.append(connections[ALIAS].connection is not None))

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return told


@pytest.fixture
def of_no_age(postgres: Mapping[str, Any]) -> Iterator[DjangoStore]:
    """A store whose project keeps no connection open after a request, which is Django's default."""
    with beside_the_project({**postgres, "CONN_MAX_AGE": 0}):
        yield DjangoStore(ALIAS)


def test_outside_of_requests_a_connection_is_closed_by_its_age(of_no_age: DjangoStore) -> None:
    """The outbox's thread, and those of AsyncAccounts, are nobody's request."""

    def work(note: Any) -> None:
        ids(of_no_age)
        note()
        with piece_of_work():
            ids(of_no_age)
            note()
        note()

    assert [False, True, False] == opened_after(work)


def test_in_a_request_it_is_kept_to_its_end(of_no_age: DjangoStore) -> None:
    """Where Django itself closes it."""

    def work(note: Any) -> None:
        request_started.send(sender=None)
        ids(of_no_age)
        note()
        request_finished.send(sender=None)
        note()

    assert [True, False] == opened_after(work)


def test_a_request_inside_a_piece_of_work_does_not_end_it(of_no_age: DjangoStore) -> None:
    """Such as a test's client inside a command; the outer one counts."""

    def work(note: Any) -> None:
        with piece_of_work():
            request_started.send(sender=None)
            request_finished.send(sender=None)
            ids(of_no_age)
            note()
            with piece_of_work():
                ids(of_no_age)
            note()
        note()

    assert [True, True, False] == opened_after(work)


def test_a_connection_that_was_found_open_is_left_open(of_no_age: DjangoStore) -> None:
    """Somebody may be in the middle of reading from it."""

    def work(note: Any) -> None:
        connections[ALIAS].ensure_connection()
        ids(of_no_age)
        note()
        connections[ALIAS].close()

    assert [True] == opened_after(work)


def test_a_thread_that_ends_leaves_no_connection(store: DjangoStore) -> None:
    """Also where the project lets them grow old."""
    drivers: list[Any] = []

    def work(note: Any) -> None:
        ids(store)
        note()
        drivers.append(connections[ALIAS].connection)

    assert [True] == opened_after(work)
    assert [True] == [driver.closed for driver in drivers]


def test_an_alias_that_is_not_there_is_told() -> None:
    """With those that are there, and without our own."""
    with pytest.raises(ConfigurationError, match="DATABASES has no 'acounts', only default"):
        DjangoStore("acounts")


def test_an_application_that_is_not_there_is_told() -> None:
    """Without it there are no tables."""
    with override_settings(INSTALLED_APPS=["permit_accounts.contrib.django"]):
        with pytest.raises(ConfigurationError, match="INSTALLED_APPS"):
            DjangoStore()
        with pytest.raises(ConfigurationError, match="INSTALLED_APPS"):
            DjangoStore.joined()
