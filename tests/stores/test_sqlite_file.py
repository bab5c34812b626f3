"""The file of a SQLite store: what is refused, with what advice, and what is left untouched."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from threading import Event, Thread

import pytest

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.model.records import Account, License
from permit_accounts.ports import Add, Every
from permit_accounts.stores import sqlite_file
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.stores.sqlite_file import SCHEMA_VERSION, version_in
from permit_accounts.testing import race_threads
from permit_accounts.testing.hard_records import plain


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with one account in it, closed."""
    path = tmp_path / "accounts.db"
    store = SQLiteStore(path, create=True, synchronous="NORMAL")
    store.commit(Add(plain(Account, "a")))
    store.close()
    return path


def _opened(file: Path) -> list[str]:
    store = SQLiteStore(file)
    ids = [account.id for account in store.select(Account, Every(), limit=9)]
    store.close()
    return ids


def _altered(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_what_was_made_is_opened_again(file: Path) -> None:
    """With `create` or without."""
    assert ["a"] == _opened(file)
    SQLiteStore(file, create=True).close()
    assert ["a"] == _opened(file)


@pytest.mark.attack("STO-13")
def test_a_missing_file_is_not_made_unasked(tmp_path: Path) -> None:
    """A mistyped path must not look like a city without accounts."""
    with pytest.raises(ConfigurationError, match="create=True"):
        SQLiteStore(tmp_path / "accounts.db")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.attack("STO-13")
def test_a_missing_folder_is_never_made(tmp_path: Path) -> None:
    """Not with `create` either."""
    with pytest.raises(ConfigurationError, match="folder"):
        SQLiteStore(tmp_path / "no" / "accounts.db", create=True)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.attack("STO-13")
def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Mode 0600 whatever the umask says, for what SQLite puts beside it too."""
    before = os.umask(0)
    try:
        store = SQLiteStore(tmp_path / "accounts.db", create=True)
        store.commit(Add(plain(Account, "a")))
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert {"accounts.db": 0o600, "accounts.db-wal": 0o600, "accounts.db-shm": 0o600} == modes


@pytest.mark.attack("STO-13")
def test_a_file_that_everybody_can_read_is_told_of(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is opened, since a host may want it so, but not in silence."""
    file.chmod(0o604)
    assert ["a"] == _opened(file)
    assert [("permit_accounts.stores", logging.WARNING)] == [one[:2] for one in caplog.record_tuples]


@pytest.mark.attack("STO-13")
@pytest.mark.parametrize(
    "path", ["", ":memory:", "file:accounts.db", "a\0b", "\ud800", b"accounts.db", None, 7], ids=repr
)
def test_what_is_no_path_is_refused(path: str) -> None:
    """There is no database without a file here."""
    with pytest.raises(ConfigurationError, match="MemoryStore"):
        SQLiteStore(path, create=True)


@pytest.mark.attack("STO-13")
def test_a_path_that_the_system_refuses(tmp_path: Path) -> None:
    """A file where a folder should be, or a name that is too long."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="Not a directory"):
        SQLiteStore(tmp_path / "file" / "accounts.db", create=True)
    with pytest.raises(ConfigurationError, match="too long"):
        SQLiteStore(tmp_path / ("a" * 300), create=True)


@pytest.mark.attack("STO-13")
def test_a_link_or_a_folder_in_its_place(file: Path) -> None:
    """A link could be turned to another file while the program runs."""
    link = file.with_name("link.db")
    link.symlink_to(file)
    with pytest.raises(ConfigurationError, match="symbolic link"):
        SQLiteStore(link)
    link.unlink()
    link.symlink_to(file.with_name("nowhere"))
    with pytest.raises(ConfigurationError, match="symbolic link"):
        SQLiteStore(link, create=True)
    with pytest.raises(ConfigurationError, match="is not a file"):
        SQLiteStore(file.parent, create=True)


@pytest.mark.attack("STO-13")
def test_a_log_left_over_without_its_database(file: Path) -> None:
    """Something was moved or lost; an empty database in its place would hide that."""
    file.rename(file.with_name("moved.db"))
    log = file.with_name("accounts.db-wal")
    log.write_bytes(b"")
    with pytest.raises(ConfigurationError, match="moved or lost"):
        SQLiteStore(file, create=True)
    assert not file.exists()


@pytest.mark.attack("STO-13")
def test_an_empty_file_is_filled_only_if_asked(tmp_path: Path) -> None:
    """A restore that failed leaves one."""
    path = tmp_path / "accounts.db"
    path.touch(0o600)
    with pytest.raises(ConfigurationError, match="is empty"):
        SQLiteStore(path)
    assert 0 == path.stat().st_size
    SQLiteStore(path, create=True).close()
    assert [] == _opened(path)


@pytest.mark.attack("STO-13")
def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """It is left as it was."""
    path = tmp_path / "accounts.db"
    path.write_text("license,business name\n" * 500)
    for create in (False, True):
        with pytest.raises(ConfigurationError, match="damaged"):
            SQLiteStore(path, create=create)
    assert "license,business name\n" * 500 == path.read_text()
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.attack("STO-13")
def test_a_truncated_file(file: Path) -> None:
    """Half a backup."""
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(ConfigurationError, match="damaged"):
        SQLiteStore(file)


@pytest.mark.attack("STO-13")
def test_damage_that_shows_later_is_told_as_unavailable(file: Path) -> None:
    """The pages behind the first are only looked at when they are asked for."""
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'account'").fetchone()
    with file.open("r+b") as pages:
        pages.seek(4096 * (page - 1))
        pages.write(b"\xff" * 4096)
    store = SQLiteStore(file)
    with pytest.raises(Unavailable) as caught:
        store.select(Account, Every(), limit=1)
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)
    with pytest.raises(Unavailable):
        store.commit(Add(plain(Account, "b")))
    store.commit(Add(plain(License, "b")))


@pytest.mark.attack("STO-13")
@pytest.mark.parametrize("create", [False, True])
def test_another_programs_database(tmp_path: Path, create: bool) -> None:
    """Known by its application id, or by having tables without one."""
    path = tmp_path / "photos.db"
    _altered(path, "CREATE TABLE photo (id)")
    with pytest.raises(ConfigurationError, match="another program"):
        SQLiteStore(path, create=create)
    _altered(path, "PRAGMA application_id = 252006674", "PRAGMA user_version = 1")
    with pytest.raises(ConfigurationError, match="another program"):
        SQLiteStore(path, create=create)
    with closing(sqlite3.connect(path)) as connection:
        assert [("photo",)] == connection.execute("SELECT name FROM sqlite_schema").fetchall()


@pytest.mark.attack("STO-13")
def test_a_newer_releases_database(file: Path) -> None:
    """An older release would write what the newer one does not expect."""
    _altered(file, f"PRAGMA user_version = {sqlite_file.SCHEMA_VERSION + 1}")
    with pytest.raises(ConfigurationError, match="upgrade permit-accounts"):
        SQLiteStore(file)


@pytest.mark.attack("STO-13")
def test_an_older_releases_database(file: Path) -> None:
    """Its tables lack what this release writes; that is no damage, and no backup would mend it."""
    _altered(file, f"PRAGMA user_version = {sqlite_file.SCHEMA_VERSION - 1}")
    with pytest.raises(ConfigurationError, match="an older release"):
        SQLiteStore(file)


@pytest.mark.attack("STO-13", "STO-15")
@pytest.mark.parametrize("alteration", ["DROP TABLE session", "DROP INDEX session_by_expires_at"])
def test_tables_that_were_altered(file: Path, alteration: str) -> None:
    """Without an index every question would read the whole table."""
    _altered(file, alteration)
    with pytest.raises(ConfigurationError, match="altered"):
        SQLiteStore(file)


def test_the_marks_of_the_file(file: Path) -> None:
    """They stay what they were in the first release, or files that exist are refused."""
    with closing(sqlite3.connect(file)) as connection:
        marks = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "journal_mode")
        ]
    assert [0x50414363, 2, "wal"] == marks


def test_a_file_where_the_log_does_not_work(tmp_path: Path) -> None:
    """A database that cannot have a write-ahead log, as on some network disks."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        with pytest.raises(ConfigurationError, match="local disk"):
            sqlite_file.set_up(connection, tmp_path, create=True)


def test_an_old_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows no STRICT tables."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(ConfigurationError, match=r"3\.37"):
        SQLiteStore(tmp_path / "accounts.db", create=True)


@pytest.mark.parametrize("given", [{"synchronous": "OFF"}, {"lock_timeout": timedelta(0)}], ids=str)
def test_other_arguments_that_cannot_be_used(tmp_path: Path, given: dict[str, str]) -> None:
    """No file is made for them."""
    with pytest.raises(ConfigurationError):
        SQLiteStore(tmp_path / "accounts.db", create=True, **given)
    assert [] == list(tmp_path.iterdir())


def test_the_path_is_absolute_from_the_start(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that changes its folder later keeps its database."""
    monkeypatch.chdir(file.parent)
    store = SQLiteStore("accounts.db")
    monkeypatch.chdir("/")
    assert ["a"] == [account.id for account in store.select(Account, Every(), limit=9)]


@pytest.mark.attack("STO-13")
def test_a_file_taken_away_is_not_made_anew(file: Path) -> None:
    """Not even by a store that made it itself."""
    store = SQLiteStore(file, create=True)
    file.unlink()
    with pytest.raises(Unavailable):
        store.select(Account, Every(), limit=1)
    with pytest.raises(Unavailable):
        store.commit(Add(plain(Account, "b")))
    assert not file.exists()


@pytest.mark.attack("STO-13")
def test_a_locked_file_is_unavailable_not_misconfigured(file: Path) -> None:
    """Another process repairs it, say."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable, match="locked"):
            SQLiteStore(file, lock_timeout=timedelta(milliseconds=10))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that an ordinary user may enter; pytest's own are root's alone, where root runs it."""
    path = Path(mkdtemp())
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


@contextmanager
def _ordinary_user() -> Iterator[None]:
    """As a user to whom the system may say no, which it never does to root."""
    root = os.geteuid() == 0
    if root:
        os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        if root:
            os.setresuid(0, 0, 0)


@pytest.mark.attack("STO-13")
@pytest.mark.parametrize(
    ("file_mode", "folder_mode"), [(0o444, 0o777), (0o000, 0o777), (0o666, 0o555)], ids=oct
)
def test_what_cannot_be_written_is_refused(folder: Path, file_mode: int, folder_mode: int) -> None:
    """SQLite writes files beside the database, so the folder counts as well."""
    path = folder / "accounts.db"
    SQLiteStore(path, create=True).close()
    path.chmod(file_mode)
    folder.chmod(folder_mode)
    with _ordinary_user(), pytest.raises(ConfigurationError, match="cannot be written"):
        SQLiteStore(path, create=True)
    assert [path] == list(folder.iterdir())


@pytest.mark.attack("STO-13")
def test_a_folder_where_nothing_can_be_made(folder: Path) -> None:
    """The system's own word is told."""
    folder.chmod(0o555)
    with _ordinary_user(), pytest.raises(ConfigurationError, match="Permission denied"):
        SQLiteStore(folder / "accounts.db", create=True)


@pytest.mark.attack("STO-14")
def test_several_open_a_new_file_in_the_same_moment(tmp_path: Path) -> None:
    """One makes it, the others find it made, and none fails."""
    paths = [tmp_path / f"{number}.db" for number in range(5)]
    for path in paths:
        stores = race_threads(*[partial(SQLiteStore, path, create=True)] * 4)
        assert [SQLiteStore] * 4 == [type(store) for store in stores]
        assert [] == _opened(path)


def test_whoever_comes_second_finds_the_tables_made(file: Path) -> None:
    """Between the look and the lock another process may have made them."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        sqlite_file._fill(connection)
    assert ["a"] == _opened(file)


def test_tables_are_made_all_or_none(tmp_path: Path) -> None:
    """Whatever stops it half way leaves the file empty, to be tried again."""
    path = tmp_path / "accounts.db"
    path.touch(0o600)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.set_authorizer(_no_index)
        with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
            sqlite_file.set_up(connection, path, create=True)
        connection.set_authorizer(None)
        assert [] == connection.execute("SELECT * FROM sqlite_schema").fetchall()
        sqlite_file.set_up(connection, path, create=True)
    assert [] == _opened(path)


def _no_index(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_CREATE_INDEX else sqlite3.SQLITE_OK


def test_a_file_made_by_another_in_this_moment_is_taken_as_it_is(tmp_path: Path) -> None:
    """It was missing at the look and is there at the making."""
    path = tmp_path / "accounts.db"
    path.touch()
    (tmp_path / "accounts.db-wal").touch()
    sqlite_file._make(path, create=True)
    assert 0 == path.stat().st_size


def test_the_log_is_asked_for_until_a_reader_is_done(file: Path) -> None:
    """SQLite itself does not wait where the journal mode is changed."""
    _altered(file, "PRAGMA journal_mode = DELETE")
    reading, done = Event(), Event()

    def read() -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM account").fetchall()
            reading.set()
            done.wait(0.1)

    reader = Thread(target=read)
    reader.start()
    assert reading.wait(10)
    assert ["a"] == _opened(file)
    reader.join()


def test_the_log_is_not_asked_for_for_ever(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that never ends makes the file unavailable."""
    monkeypatch.setattr(sqlite_file, "_PATIENCE", 2)
    _altered(file, "PRAGMA journal_mode = DELETE")
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM account").fetchall()
        with pytest.raises(Unavailable, match="locked"):
            SQLiteStore(file, lock_timeout=timedelta(milliseconds=10))


@pytest.mark.attack("STO-15")
def test_tables_hold_what_they_are_declared_with(file: Path) -> None:
    """A text is not made a number, nor a number a text, and what is never None is never NULL."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in (
            "UPDATE account SET version = 'two'",
            "UPDATE account SET epoch = 1.5",
            "UPDATE account SET username = x'80'",
            "UPDATE account SET username = NULL",
            "INSERT INTO account (id) VALUES ('b')",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)
        connection.execute("UPDATE account SET username = 1012345")
        assert [("text", "1012345")] == connection.execute(
            "SELECT typeof(username), username FROM account"
        ).fetchall()
        assert "ok" == connection.execute("PRAGMA integrity_check").fetchone()[0]


@pytest.mark.attack("STO-15")
def test_no_number_is_read_into_a_text(file: Path) -> None:
    """A license `0012` is not `12`, and one like `1e3` is not a thousand."""
    store = SQLiteStore(file)
    ids = ["0012", "1012345", "12", "1e3"]
    store.commit(*(Add(plain(License, record_id, division="0012")) for record_id in ids))
    licenses = store.select(License, Every(), limit=9)
    assert [(record_id, "0012") for record_id in ids] == [(one.id, one.division) for one in licenses]


@pytest.mark.attack("STO-13")
@pytest.mark.parametrize("mode", [0o666, 0o664, 0o644, 0o600])
def test_an_empty_file_that_is_filled_becomes_its_owners_alone(tmp_path: Path, mode: int) -> None:
    """`touch accounts.db` gives a file that others may read; what is filled is as what is made."""
    path = tmp_path / "accounts.db"
    path.touch()
    path.chmod(mode)
    store = SQLiteStore(path, create=True)
    store.commit(Add(plain(Account, "a")))

    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}

    store.close()
    assert {"accounts.db": 0o600, "accounts.db-wal": 0o600, "accounts.db-shm": 0o600} == modes


@pytest.mark.attack("STO-13")
def test_a_file_that_is_filled_already_keeps_its_mode(tmp_path: Path) -> None:
    """Whoever shares it within a group has decided so."""
    path = tmp_path / "accounts.db"
    SQLiteStore(path, create=True).close()
    path.chmod(0o660)

    SQLiteStore(path, create=True).close()

    assert 0o660 == stat.S_IMODE(path.stat().st_mode)


def test_the_version_in_a_file_is_told(tmp_path: Path) -> None:
    """Without making a file or filling one."""
    file = tmp_path / "accounts.db"
    assert None is version_in(file)
    file.touch()
    assert None is version_in(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 7")
    assert None is version_in(file)
    file.unlink()
    with closing(SQLiteStore(file, create=True)):
        assert str(SCHEMA_VERSION) == version_in(file)


def test_another_programs_file_has_no_version(tmp_path: Path) -> None:
    """Nor has what is no database."""
    file = tmp_path / "accounts.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE permits (id)")
    with pytest.raises(ConfigurationError, match="the database of another program"):
        version_in(file)
    file.write_bytes(b"this is no database" * 100)
    with pytest.raises(ConfigurationError, match="cannot be opened as a database"):
        version_in(file)
