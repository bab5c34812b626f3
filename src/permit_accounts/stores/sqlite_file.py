"""The file of a SQLite store: made once, with care, and looked over whenever it is opened.

Law of this module: nothing is made, changed or mended that was not asked for. A path that is not what it
should be is a `ConfigurationError` with advice, and the file is left as it was found.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from typing import Final

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.stores.error_codes import SQLITE_LOCKED, sqlite_code
from permit_accounts.stores.sqlite_statements import schema

APPLICATION_ID: Final = 0x50414363
"""Written into the file's header ("PACc"): tells our files from any other program's, for ever."""

SCHEMA_VERSION: Final = 2
"""Written into the file's header as `user_version`: tells which release's tables these are."""

_OLDEST_SQLITE: Final = (3, 37, 0)  # STRICT tables
_OURS: Final = stat.S_IRUSR | stat.S_IWUSR
_OTHERS: Final = stat.S_IROTH | stat.S_IWOTH | stat.S_IXOTH

_WAL: Final = "PRAGMA journal_mode = WAL"
_PATIENCE: Final = 500  # times 10 ms
_TICK: Final = Event()  # never set: waiting for it passes the time

_log: Final = logging.getLogger("permit_accounts.stores")


def prepare(path: str | os.PathLike[str], *, create: bool) -> Path:
    """The absolute path of a file that is there and can be written; made empty if it may be and is not.

    The file is made readable and writable by its owner only (mode 0600), and SQLite gives the files that it
    puts beside it the same mode. A folder is never made: a mistyped path must not look like a new city.

    Raises:
        ConfigurationError: The path cannot be used; the message says why and what to do.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise ConfigurationError(
            f"SQLite {sqlite3.sqlite_version} is too old: a Python with SQLite 3.37 or newer is needed"
        )
    file = _absolute(path)
    try:
        mode = os.lstat(file).st_mode
    except FileNotFoundError:
        _make(file, create=create)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be used: {error.strerror}") from error
    else:
        _look_over(file, mode)
    for needed in (file, file.parent):
        if not os.access(needed, os.R_OK | os.W_OK):
            raise ConfigurationError(
                f"{needed} cannot be written: this program needs to read and write the file and its folder"
            )
    return file


def set_up(connection: sqlite3.Connection, file: Path, *, create: bool) -> None:
    """Make sure that the file holds this release's tables; make them where it is empty and may be filled.

    A file that is filled is made its owner's alone, as one that is made here, whatever made it empty.

    Raises:
        ConfigurationError: It is empty, another program's or a newer release's, or was altered.
        sqlite3.Error: It is no database, damaged, or locked; see `refusal`.
    """
    if _marks(connection) == (0, 0, 0) and create:
        with suppress(OSError):  # another's file, whose mode is theirs; `_look_over` has warned of it
            file.chmod(_OURS)
        _fill(connection)
    _check(connection, file)


def version_in(path: str | os.PathLike[str]) -> str | None:
    """Which release's tables a file holds; None where there is no file, or an empty one.

    Raises:
        ConfigurationError: It is another program's, or no database.
        Unavailable: Another process has locked it.
    """
    file = _absolute(path)
    if not file.is_file() or not file.stat().st_size:
        return None
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True)) as connection:
            application, version, objects = _marks(connection)
    except sqlite3.Error as error:
        raise refusal(file, error) from error
    if (application, objects) == (0, 0):
        return None
    if application != APPLICATION_ID:
        raise _of_another_program(file)
    return str(version)


def refusal(file: Path, error: sqlite3.Error) -> ConfigurationError | Unavailable:
    """What it means that SQLite failed to open the file."""
    if sqlite_code(error) in SQLITE_LOCKED:
        return Unavailable(f"{file} is locked by another process")
    return ConfigurationError(
        f"{file} cannot be opened as a database of accounts ({error}): "
        "if it is the right file it is damaged, and a backup has to be put in its place"
    )


def _absolute(path: str | os.PathLike[str]) -> Path:
    try:
        text = os.fspath(path)
        if not isinstance(text, str) or not text or text.startswith((":", "file:")) or "\0" in text:
            raise ValueError("not the path of a file")
        os.fsencode(text)
        # Absolute from the start: a program that changes its folder must not change its database.
        return Path(os.path.abspath(text))
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{path!r} is not the path of a database file; for a store without a file use MemoryStore()"
        ) from error


def _make(file: Path, *, create: bool) -> None:
    if not file.parent.is_dir():
        raise ConfigurationError(f"the folder {file.parent} does not exist: make it, or mend the path")
    if not create:
        raise ConfigurationError(
            f"there is no file {file}: mend the path, or pass create=True if it is to be made now"
        )
    if os.path.lexists(f"{file}-wal") and not os.path.lexists(file):  # in this order: others may be making it
        raise ConfigurationError(
            f"{file}-wal lies there without {file}, so a database was moved or lost: "
            "put it back, or remove the files left over"
        )
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process made it in the same moment
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be made: {error.strerror}") from error
    os.close(handle)


def _look_over(file: Path, mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise ConfigurationError(f"{file} is a symbolic link: give the path of the file itself")
    if not stat.S_ISREG(mode):
        raise ConfigurationError(f"{file} is not a file")
    if mode & _OTHERS and os.name == "posix":
        _log.warning("%s is open to every user of this machine: chmod o= it", file)


def _marks(connection: sqlite3.Connection) -> tuple[int, int, int]:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    objects = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    return application, version, objects


def _fill(connection: sqlite3.Connection) -> None:
    """All tables or none; whoever comes second finds them made."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _marks(connection) == (0, 0, 0):
            for statement in schema():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _of_another_program(file: Path) -> ConfigurationError:
    return ConfigurationError(f"{file} is the database of another program: give another path")


def _write_ahead(connection: sqlite3.Connection) -> str:
    """The journal mode, once it has been asked to be WAL; that mark stays in the file.

    SQLite does not wait for others here, whatever its time-out, so where several processes open a new file
    in the same moment this asks again.
    """
    for _ in range(_PATIENCE):
        with suppress(sqlite3.OperationalError):
            return str(connection.execute(_WAL).fetchone()[0])
        _TICK.wait(0.01)
    return str(connection.execute(_WAL).fetchone()[0])


def _check(connection: sqlite3.Connection, file: Path) -> None:
    application, version, objects = _marks(connection)
    if (application, objects) == (0, 0):
        raise ConfigurationError(f"{file} is empty: pass create=True if it is to be filled now")
    if application != APPLICATION_ID:
        raise _of_another_program(file)
    if version > SCHEMA_VERSION:
        raise ConfigurationError(
            f"{file} was made by a newer release (tables of version {version}; this one knows "
            f"{SCHEMA_VERSION}): upgrade permit-accounts"
        )
    if version < SCHEMA_VERSION:
        raise ConfigurationError(
            f"{file} was made by an older release (tables of version {version}; this one needs "
            f"{SCHEMA_VERSION}): make a new database"
        )
    held = {row[0] for row in connection.execute("SELECT sql FROM sqlite_schema")}
    if not held.issuperset(schema()):
        raise ConfigurationError(f"{file} lacks tables or indexes, or they were altered: restore a backup")
    if _write_ahead(connection) != "wal":
        raise ConfigurationError(f"{file} lies where SQLite's WAL does not work: use a local disk")
