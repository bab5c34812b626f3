"""What `permit-accounts db` does, to a SQLite file and to a database on a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from permit_accounts.cli.application import accounts_of
from permit_accounts.cli.city import database_url, path_of, settings
from permit_accounts.cli.doctor.findings import Finding, error, ok
from permit_accounts.cli.doctor.servers import of_the_server
from permit_accounts.cli.doctor.telling import tell
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import APP_VARIABLE, DATABASE_VARIABLE, Call
from permit_accounts.cli.server_tables import Tables, tables_at, tables_of
from permit_accounts.model.errors import ConfigurationError, PermitAccountsError
from permit_accounts.ports import Store
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.stores.sqlite_file import SCHEMA_VERSION, version_in
from permit_accounts.tools.services import utc_now


def upgrade(call: Call) -> Ending:
    """Make the tables, or bring them up to date; say what was done and how long it took."""
    began, place = utc_now(), _place(call)
    before, after = _made(place) if isinstance(place, Path) else _migrated(place)
    took = (utc_now() - began).total_seconds()
    if before == after:
        call.report.lines(f"{_named(place)}: the tables are this release's already ({after})")
    else:
        call.report.lines(f"{_named(place)}: tables made, {before or 'none'} to {after}, in {took:.1f} s")
    call.report.document({"before": before, "after": after, "seconds": round(took, 3)})
    return Ending.DONE


def print_statements(call: Call) -> Ending:
    """Print the SQL of an upgrade, for whoever may make tables; nothing where there is nothing to do."""
    place = _place(call)
    if isinstance(place, Path):
        raise ConfigurationError("a SQLite file has no administrator: run the command without --sql")
    from permit_accounts.stores.sqlalchemy.migrations.running import statements

    sql = statements(place.engine, **place.where)
    if not sql:
        call.report.note(f"{_named(place)}: the tables are this release's already")
    call.report.lines(*sql.splitlines())
    call.report.document({"sql": sql})
    return Ending.DONE


def current(call: Call) -> Ending:
    """Say which tables there are and which are needed."""
    place = _place(call)
    if isinstance(place, Path):
        found, needed, untold = version_in(place), str(SCHEMA_VERSION), None
    else:
        from permit_accounts.stores.sqlalchemy import version
        from permit_accounts.stores.sqlalchemy.migrations import running

        found, needed = running.current(place.engine, **place.where), version.HEAD
        untold = running.untold(place.engine, **place.where)
    call.report.lines(f"{_named(place)}: {found or untold or 'no tables'}; this release needs {needed}")
    call.report.document({"current": found, "needed": needed, "untold": untold})
    return Ending.DONE


def check(call: Call) -> Ending:
    """Say everything that is wrong."""
    place = _place(call)
    found = _of_the_file(place) if isinstance(place, Path) else of_the_server(place, utc_now)
    return tell(call.report, found)


def _of_the_file(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield error(
            "database", f"there is no file {path}: mend the path, or make it by `permit-accounts db upgrade`"
        )
        return
    try:
        SQLiteStore(path).close()
    except PermitAccountsError as wrong:
        yield error("database", str(wrong))
    else:
        yield ok("database", f"{path} has this release's tables")


def _made(path: Path) -> tuple[str | None, str]:
    before = version_in(path)
    with closing(SQLiteStore(path, create=True)):
        return before, str(SCHEMA_VERSION)


def _migrated(tables: Tables) -> tuple[str | None, str]:
    from permit_accounts.stores.sqlalchemy.migrations.running import upgrade

    done = upgrade(tables.engine, **tables.where)
    return done.before, done.after


def _place(call: Call) -> Path | Tables:
    """The SQLite file, or the tables on a server.

    Raises:
        ConfigurationError: Nobody said, or the application keeps its accounts elsewhere.
    """
    if call.app is None:
        url = database_url(call, settings(call))
        return path_of(url) or tables_at(url)
    store = _store_of(call.app)
    place = store.path if isinstance(store, SQLiteStore) else tables_of(store)
    if place is None:
        raise ConfigurationError(
            f"--app {call.app}: its accounts are kept by {type(store).__name__}, whose tables, if it has "
            "any, are not this command's"
        )
    return place


def _store_of(app: str) -> Store:
    """Before there are tables an application that opens its store by a URL cannot be asked for it."""
    try:
        return accounts_of(app).services.store
    except ConfigurationError as error:
        raise ConfigurationError(
            f"the application cannot be asked for its database: {error}. Give --database URL instead, or the "
            f"variable {DATABASE_VARIABLE} without {APP_VARIABLE}: a portal that opens its store by a URL "
            "starts on this release's tables only"
        ) from error


def _named(place: Path | Tables) -> str:
    return str(place) if isinstance(place, Path) else place.place
