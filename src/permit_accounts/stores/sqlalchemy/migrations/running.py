"""Running the migrations: one program at a time, and all of them or none.

PostgreSQL and SQLite make tables within a transaction, so that an upgrade which is cut off has not happened.
MariaDB commits each table by itself; there the same upgrade is run again, and goes on where it stopped.

Programs that start at once make one upgrade: each takes a lock, an advisory one on PostgreSQL, `GET_LOCK` on
MariaDB, the file's own on SQLite; who comes second finds everything made.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import attrs
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, column, inspect, select, table, text
from sqlalchemy.exc import DBAPIError

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.stores.error_codes import server_code
from permit_accounts.stores.rows import KINDS
from permit_accounts.stores.sqlalchemy import shape, version
from permit_accounts.stores.sqlalchemy.migrations import BRANCH, FOLDER
from permit_accounts.stores.sqlalchemy.migrations.place import ATTRIBUTE, Place
from permit_accounts.stores.sqlalchemy.reaching import (
    FORBIDDEN,
    LOCKED,
    NO_SCHEMA,
    READ_ONLY,
    connected,
    named,
)
from permit_accounts.stores.sqlalchemy.tables import PREFIX

#: Less than an engine of `opening` waits for an answer.
_WAIT: Final = timedelta(seconds=45)
_SECOND: Final = timedelta(seconds=1)
_MILLISECOND: Final = timedelta(milliseconds=1)


@attrs.frozen(kw_only=True)
class Upgraded:
    """What an upgrade did.

    Attributes:
        before: The last migration that had been run; None where there was none.
        after: The one that has been run now.
    """

    before: str | None
    after: str


def upgrade(
    engine: Engine, *, prefix: str = PREFIX, schema: str | None = None, wait: timedelta = _WAIT
) -> Upgraded:
    """Make the tables, or bring them up to date. Where they are, nothing is done.

    Args:
        engine: Of a user who may make tables.
        prefix: What each table's name begins with.
        schema: The schema that they lie in, which must be there; the connection's own by default.
        wait: How long another upgrade, or whoever uses the tables, is waited for.

    Raises:
        ConfigurationError: The user may not make tables, the tables are a newer release's, or they are not
            what the migrations make; the message says which.
        Unavailable: The database cannot be reached, or was locked for too long.
    """
    place = Place(prefix=prefix, schema=schema)
    with _alone(engine, place, wait) as connection:
        return _upgrade(connection, place)


def make_where_none_are(engine: Engine, *, prefix: str = PREFIX, schema: str | None = None) -> None:
    """Make the tables where there is not one of them; see to it that all are this release's where there are.

    Raises:
        ConfigurationError: Some are missing, or are another release's; the message names the command.
        Unavailable: The database cannot be reached.
    """
    place = Place(prefix=prefix, schema=schema)
    with _connected(engine) as connection:
        wrong = version.what_is_missing(connection, prefix=prefix, schema=schema)
    if wrong is None:
        return
    with _alone(engine, place, _WAIT) as connection:
        if len(version.missing_tables(connection, prefix=prefix, schema=schema)) == len(KINDS):
            _upgrade(connection, place)
        wrong = version.what_is_missing(connection, prefix=prefix, schema=schema)
    if wrong is not None:
        raise ConfigurationError(wrong)


def current(engine: Engine, *, prefix: str = PREFIX, schema: str | None = None) -> str | None:
    """The last migration that has been run; None where the database tells of none.

    Raises:
        ConfigurationError: The database does not let this user in.
        Unavailable: It cannot be reached.
    """
    with _connected(engine) as connection:
        return version.version_of(connection, prefix=prefix, schema=schema)[1]


def untold(engine: Engine, *, prefix: str = PREFIX, schema: str | None = None) -> str | None:
    """Why nothing tells which release's tables are there; None where it is told, or there are none.

    Raises:
        ConfigurationError: The database does not let this user in.
        Unavailable: It cannot be reached.
    """
    with _connected(engine) as connection:
        return version.untold(connection, prefix=prefix, schema=schema)


def statements(engine: Engine, *, prefix: str = PREFIX, schema: str | None = None) -> str:
    """What an upgrade would say to this database, as SQL for whoever may make tables there.

    Empty where there is nothing to do.

    Raises:
        ConfigurationError: The database does not let this user in, there are tables of which nothing tells
            the release, so that nobody can say where an upgrade begins, or they are not what the migrations
            make.
        Unavailable: It cannot be reached.
    """
    with _connected(engine) as connection:
        before = version.version_of(connection, prefix=prefix, schema=schema)[1]
        untold = version.untold(connection, prefix=prefix, schema=schema)
        if untold is not None:
            raise ConfigurationError(untold)
        if before == version.HEAD:
            _refuse_other_tables(connection, prefix=prefix, schema=schema)
            return ""
    output = io.StringIO()
    config = _config(Place(prefix=prefix, schema=schema), engine.dialect.name, output=output)
    command.upgrade(config, f"{before or 'base'}:{BRANCH}@head", sql=True)
    return output.getvalue()


def _upgrade(connection: Connection, place: Place) -> Upgraded:
    where = attrs.asdict(place)
    before = version.version_of(connection, **where)[1]
    if before not in (None, version.HEAD):
        raise ConfigurationError(version.what_is_missing(connection, **where))
    if before is None and _are_djangos(connection, place):
        raise ConfigurationError("Django's migrations keep these tables: run `manage.py migrate` instead")
    config = _config(place, connection.dialect.name)
    config.attributes["connection"] = connection
    command.upgrade(config, f"{BRANCH}@head")
    _refuse_other_tables(connection, **where)
    return Upgraded(before=before, after=version.HEAD)


def _refuse_other_tables(connection: Connection, *, prefix: str, schema: str | None) -> None:
    """Whatever the version says: somebody may have changed them since."""
    wrong = [found.words for found in shape.problems_of_the_tables(connection, prefix=prefix, schema=schema)]
    if wrong:
        raise ConfigurationError(f"the tables are not what the migrations make: {'; '.join(wrong)}")


def _are_djangos(connection: Connection, place: Place) -> bool:
    """Whether Django's own migrations of the records have been run here; they know one prefix only."""
    history = table("django_migrations", column("app"), schema=place.schema)
    if place.prefix != PREFIX or not inspect(connection).has_table(history.name, schema=place.schema):
        return False
    ours = select(history.c.app).where(history.c.app == "permit_accounts_records").limit(1)
    return connection.execute(ours).first() is not None


def _config(place: Place, dialect: str, *, output: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=output, attributes={ATTRIBUTE: place, "dialect": dialect})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    with connected(engine) as connection:
        try:
            yield connection
        except DBAPIError as error:
            raise _fault(error) from error.orig


@contextmanager
def _alone(engine: Engine, place: Place, wait: timedelta) -> Iterator[Connection]:
    """A connection in a transaction that no other upgrade of these tables runs beside."""
    with _connected(engine) as connection:
        if connection.dialect.name != "sqlite":
            # Whatever the engine's own level: what others have made in the meantime must be seen.
            connection = connection.execution_options(isolation_level="READ COMMITTED")
        try:
            _LOCKS[connection.dialect.name](connection, place, wait)
            yield connection
            connection.commit()
        finally:
            if connection.dialect.name in ("mysql", "mariadb"):
                connection.invalidate()  # with it the lock ends, and what was set for the session


def _lock_postgresql(connection: Connection, place: Place, wait: timedelta) -> None:
    """Until the transaction ends. Making a table may take its time, waiting for somebody's lock may not."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(wait // _MILLISECOND, 1)}")
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), _name(place))


def _lock_mariadb(connection: Connection, place: Place, wait: timedelta) -> None:
    """Until the connection ends, which therefore does not go back to the pool."""
    seconds = wait // _SECOND
    connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {seconds}, max_statement_time = 0")
    got = connection.execute(
        text("SELECT GET_LOCK(LEFT(CONCAT(DATABASE(), ' ', :name), 64), :seconds)"),
        {**_name(place), "seconds": seconds},
    ).scalar()
    if got != 1:
        raise Unavailable(_BUSY)


def _lock_sqlite(connection: Connection, place: Place, wait: timedelta) -> None:
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait // _MILLISECOND}")
    driver = connection.connection.driver_connection
    if driver is not None and not driver.in_transaction:  # unless the host's engine begins one by itself
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _name(place: Place) -> dict[str, str]:
    return {"name": f"{place.schema or ''}.{place.version_table}"}


def _fault(error: DBAPIError) -> ConfigurationError | Unavailable:
    code = server_code(error.orig)
    if code in FORBIDDEN:
        return ConfigurationError(
            "this user of the database may not make tables: run the command as their owner, or give a "
            f"database administrator what `{version.COMMAND} --sql` prints"
        )
    if code in READ_ONLY:
        return ConfigurationError("this database server only reads: name the one that is written to")
    if code in NO_SCHEMA:
        return ConfigurationError("there is no such schema: mend its name, or have it made")
    if code in LOCKED:
        return Unavailable(_BUSY)
    return Unavailable(f"the database failed ({named(error)})")


_BUSY: Final = "another upgrade is under way, or somebody holds a table of it: run it again in a moment"
_LOCKS: Final[dict[str, Any]] = {
    "postgresql": _lock_postgresql,
    "mysql": _lock_mariadb,
    "mariadb": _lock_mariadb,
    "sqlite": _lock_sqlite,
}
