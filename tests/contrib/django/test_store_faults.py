"""What the store says when its database fails: by the driver's code, at each moment, on each vendor."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DataError, Error, OperationalError, connections, transaction

from contrib.django.databases import ALIAS, beside_the_project, emptied_store, migrated, on_sqlite
from permit_accounts import Conflict, Unavailable
from permit_accounts.contrib.django.records import faults
from permit_accounts.contrib.django.records.connections import piece_of_work
from permit_accounts.contrib.django.store import DjangoStore
from permit_accounts.model.errors import OutcomeUnknown
from permit_accounts.model.records import Account, Session
from permit_accounts.ports import Add, Every, Replace, UpTo
from permit_accounts.testing import race_threads
from permit_accounts.testing.hard_records import NOON, plain
from permit_accounts.testing.proxy import Break, CuttingProxy
from stores.failing_disks import files_no_larger_than


def ids(store: DjangoStore, kind: type[Any] = Account) -> list[str]:
    """Which records there are."""
    return [one.id for one in store.select(kind, Every(), limit=99)]


@pytest.fixture
def behind_a_proxy(postgres: Mapping[str, Any]) -> Iterator[tuple[DjangoStore, CuttingProxy]]:
    """A store without records in PostgreSQL, and what cuts its line."""
    options = {**postgres["OPTIONS"], "sslmode": "disable"}
    with CuttingProxy(int(postgres["PORT"])) as proxy:
        settings = {**postgres, "PORT": str(proxy.port), "OPTIONS": options}
        with emptied_store(settings) as store:
            yield store, proxy


@pytest.mark.attack("STO-06")
def test_a_connection_that_died_in_between_is_replaced(
    behind_a_proxy: tuple[DjangoStore, CuttingProxy],
) -> None:
    """A restart of the database, or a firewall that forgot: neither a question nor a commit notices."""
    store, proxy = behind_a_proxy
    store.commit(Add(plain(Account, "a")))
    proxy.cut_all()
    assert ["a"] == ids(store)
    proxy.cut_all()
    store.commit(Add(plain(Account, "b")))
    assert ["a", "b"] == ids(store)


def test_a_commit_that_never_left_is_told_once_more(
    behind_a_proxy: tuple[DjangoStore, CuttingProxy],
) -> None:
    """The line is cut in the middle of a transaction: nothing was written, so it may begin again."""
    store, proxy = behind_a_proxy
    assert [] == ids(store)
    proxy.cut(Break.AFTER, lambda sent: b"INSERT INTO" in sent)
    store.commit(Add(plain(Account, "a")))
    assert ["a"] == ids(store)


@pytest.mark.attack("STO-06")
@pytest.mark.parametrize(("how", "written"), [(Break.BEFORE, []), (Break.AFTER, ["a"])])
def test_a_line_that_is_cut_at_the_commit_leaves_it_unknown(
    behind_a_proxy: tuple[DjangoStore, CuttingProxy], how: Break, written: list[str]
) -> None:
    """All was written, or nothing: the store cannot know, says so, and does not ask again."""
    store, proxy = behind_a_proxy
    assert [] == ids(store)
    proxy.cut(how, lambda sent: b"COMMIT" in sent)
    with pytest.raises(OutcomeUnknown) as told:
        store.commit(Add(plain(Account, "a")))
    assert isinstance(told.value.__cause__, psycopg.Error)
    assert written == ids(store)


def test_a_database_that_is_away_is_unavailable(
    behind_a_proxy: tuple[DjangoStore, CuttingProxy],
) -> None:
    """Until it is back; then the same store works."""
    store, proxy = behind_a_proxy
    proxy.refuse()
    for _ in range(2):
        with pytest.raises(Unavailable) as told:
            ids(store)
        assert type(told.value) is Unavailable
    with pytest.raises(Unavailable):
        store.commit(Add(plain(Account, "a")))
    proxy.heal()
    store.commit(Add(plain(Account, "a")))
    assert ["a"] == ids(store)


def test_a_table_that_is_not_there_is_unavailable(postgres: Mapping[str, Any]) -> None:
    """A fault with a code, and none of the words of the driver; the connection is kept."""
    with emptied_store(postgres) as store, transaction.atomic(using=ALIAS):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("ALTER TABLE permit_accounts_session RENAME TO elsewhere")
        joined = DjangoStore.joined(ALIAS)
        with pytest.raises(Unavailable, match="42P01"), transaction.atomic(using=ALIAS):
            joined.select(Session, Every(), limit=9)
        transaction.set_rollback(True, using=ALIAS)
    with emptied_store(postgres) as store:
        assert [] == ids(store, Session)


_UPDATE = "UPDATE permit_accounts_account SET version = 5 WHERE id ="
_WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"


def connected(postgres: Mapping[str, Any]) -> psycopg.Connection[Any]:
    """Somebody else's connection to the same database."""
    return psycopg.connect(
        host=postgres["HOST"],
        port=postgres["PORT"],
        user=postgres["USER"],
        dbname=postgres["NAME"],
        autocommit=True,
    )


@pytest.mark.attack("STO-08")
def test_two_that_lock_each_other_meet_a_conflict(postgres: Mapping[str, Any]) -> None:
    """The database ends one of them, which may be told again."""
    with emptied_store(postgres) as store:
        one, two = plain(Account, "one"), plain(Account, "two")
        store.commit(Add(one), Add(two))
        with connected(postgres) as other, connected(postgres) as watcher:
            other.autocommit = False
            other.execute("SET deadlock_timeout = '1h'")  # the store's side finds it out, and is ended
            other.execute(f"{_UPDATE} 'two'")

            def cross() -> None:
                looks = (watcher.execute(_WAITING, [postgres["NAME"]]).fetchone() for _ in range(100_000))
                assert any(looks), "the store waits for the other's lock"
                other.execute(f"{_UPDATE} 'one'")
                other.rollback()

            told = race_threads(lambda: store.commit(Replace(one, one), Replace(two, two)), cross)
        assert isinstance(told[0], Conflict), told
        assert ["one", "two"] == ids(store)


def test_a_lock_that_is_not_had_in_time_is_a_conflict(postgres: Mapping[str, Any]) -> None:
    """As the project's lock_timeout says."""
    settings = {**postgres, "OPTIONS": {"options": "-c lock_timeout=50ms"}}
    with emptied_store(settings) as store:
        old = plain(Account, "a")
        store.commit(Add(old))
        with transaction.atomic(using=ALIAS):
            DjangoStore.joined(ALIAS).commit(Replace(old, old))
            with pytest.raises(Conflict):
                store.commit(Replace(old, old))


def test_what_is_too_long_for_a_key_is_unavailable(mariadb: Mapping[str, Any]) -> None:
    """Nothing of it stands in the message."""
    with emptied_store(mariadb) as store:
        with pytest.raises(Unavailable, match="cannot be stored") as told:
            store.commit(Add(plain(Account, "secret" * 100)))
        assert "secret" not in str(told.value)
        assert [] == ids(store)


@pytest.mark.attack("ENUM-18")
@pytest.mark.parametrize("vendor", ["postgres", "mariadb", "sqlite"])
def test_no_value_is_in_what_is_raised(vendor: str, request: pytest.FixtureRequest) -> None:
    """Nor in the traceback as a log prints it: the id that is taken stands in a server's own words."""
    with emptied_store(request.getfixturevalue(vendor)) as store:
        record = plain(Account, "an-id")
        store.commit(Add(record))
        for ask in (store.commit, DjangoStore.joined(ALIAS).commit):
            with transaction.atomic(using=ALIAS), pytest.raises(Conflict) as told:
                ask(Add(record))
            assert "an-id" not in "".join(traceback.format_exception(told.value))


def test_a_damaged_row_is_left_out(sqlite: Mapping[str, Any]) -> None:
    """SQLite lets anything stand anywhere; a page that ends on such a row comes to an end."""
    with emptied_store(sqlite) as store:
        good = [plain(Session, f"{number}", expires_at=NOON) for number in range(3)]
        store.commit(*map(Add, good))
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("UPDATE permit_accounts_session SET epoch = 'many' WHERE id = '1'")
        expected = [good[0], good[2]]
        assert expected == list(store.select(Session, Every(), limit=2))
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("UPDATE permit_accounts_session SET expires_at = 1.5 WHERE id = '1'")
        assert [] == list(store.select(Session, UpTo("expires_at", NOON), limit=1))


@pytest.mark.attack("STO-02")
def test_a_disk_that_fails_at_commit_leaves_it_unknown(tmp_path: Path) -> None:
    """As in the other stores in a SQLite file; the next commit is made."""
    settings = migrated(on_sqlite(tmp_path / "records.db"))
    with emptied_store(settings) as store:
        store.commit(Add(plain(Account, "a")))
        log = tmp_path / "records.db-wal"
        with files_no_larger_than(log.stat().st_size), pytest.raises(OutcomeUnknown):
            store.commit(Add(plain(Account, "b")))
        assert ["a"] == ids(store)
        store.commit(Add(plain(Account, "b")))
        assert ["a", "b"] == ids(store)


class Told(Exception):  # noqa: N818 - a driver's error, by its code alone
    """What a driver raises."""

    def __init__(self, *words: object, **codes: object) -> None:
        super().__init__(*words)
        vars(self).update(codes)


def raised(told: Told) -> Error:
    """Django's error around it."""
    error = OperationalError("some words with a value in them")
    error.__cause__ = told
    return error


@pytest.mark.parametrize(
    "told",
    [
        *(Told("words", sqlstate=code) for code in ("23505", "40001", "40P01", "55P03")),
        Told("words", pgcode="40001"),
        *(Told(number, "words", sqlstate="HY000") for number in (1062, 1020, 1205, 1213)),
        *(Told("words", sqlite_errorcode=code) for code in (5, 6, 261, 517, 1555, 2067)),
    ],
    ids=str,
)
def test_what_may_be_told_again_is_a_conflict(told: Told) -> None:
    """Unique violations, serialization failures, deadlocks and time-outs of locks, of each driver."""
    assert isinstance(faults.conflict(raised(told)), Conflict)


@pytest.mark.parametrize(
    ("told", "named"),
    [
        (Told("words", sqlstate="53100"), "53100"),
        (Told(2013, "words"), "2013"),
        (Told("words", sqlite_errorcode=13, sqlite_errorname="SQLITE_FULL"), "SQLITE_FULL"),
        (Told("words"), "Told"),
        (Told(), "Told"),
    ],
    ids=str,
)
def test_anything_else_is_unavailable(told: Told, named: str) -> None:
    """With its code in the message, or the kind of error, and never with its words."""
    error = raised(told)
    assert faults.conflict(error) is None
    assert f"the database could not be used: {named}" == str(faults.unavailable(error))
    assert told is faults.cause_of(error)


def test_an_error_of_djangos_own_is_its_own_cause() -> None:
    """Such as a connection that Django knows to be closed."""
    error = DataError("words")
    assert error is faults.cause_of(error)
    assert "the database could not be used: DataError" == str(faults.unavailable(error))


def test_a_database_that_never_answers_is_unavailable(postgres: Mapping[str, Any]) -> None:
    """A wrong port is a fault of the world like any other, told without the settings."""
    settings = {**postgres, "PORT": "1", "PASSWORD": "a secret of the database"}
    with beside_the_project(settings), piece_of_work():
        with pytest.raises(Unavailable) as told:
            ids(DjangoStore(ALIAS))
    assert "secret" not in str(told.value)
