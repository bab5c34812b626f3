"""Everything that is wrong with a database is told at once, and nothing of a sound one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import Engine, MetaData, event

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.stores.by_url import engine_by_url
from permit_accounts.stores.sqlalchemy import version
from permit_accounts.stores.sqlalchemy.flaw import Flaw
from permit_accounts.stores.sqlalchemy.migrations.running import (
    current,
    make_where_none_are,
    statements,
    untold,
    upgrade,
)
from permit_accounts.stores.sqlalchemy.problems import problems
from permit_accounts.stores.sqlalchemy.tables import PREFIX, add_tables
from permit_accounts.tools.services import utc_now
from servers.databases import own_name
from servers.fixtures import POSTGRES, named
from servers.mariadb_replica import replica_mariadb
from servers.private import standby_postgres
from stores.sqlalchemy.migrating import SORTS, empty_database, engine_of, run


@pytest.fixture(params=SORTS)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database of each sort with this release's tables."""
    yield from _with_tables(request.param, request)


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database with this release's tables on each sort of server."""
    yield from _with_tables(request.param, request)


@pytest.fixture
def postgresql(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A PostgreSQL database with this release's tables."""
    yield from _with_tables("postgresql", request)


@pytest.fixture
def mariadb(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A MariaDB database with this release's tables."""
    yield from _with_tables("mariadb", request)


def _with_tables(sort: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    with empty_database(sort, request) as engine:
        upgrade(engine)
        yield engine


def _found(engine: Engine, now: Callable[[], datetime] = utc_now) -> Sequence[Flaw]:
    return problems(engine, now=now)


def _topics(engine: Engine) -> list[tuple[str, bool]]:
    return [(flaw.topic, flaw.serious) for flaw in _found(engine)]


def _only(engine: Engine) -> Flaw:
    (flaw,) = _found(engine)
    return flaw


def test_a_sound_database_has_none(engine: Engine) -> None:
    """As `upgrade` leaves it, on servers as they are installed."""
    assert [] == _found(engine)


def test_an_empty_database_is_told_in_one_sentence(request: pytest.FixtureRequest) -> None:
    """Not nine times."""
    for sort in SORTS:
        with empty_database(sort, request) as engine:
            expected = f"the database has no tables of accounts yet: run `{version.COMMAND}`"
            assert Flaw("tables", expected) == _only(engine)


def test_everything_is_told_at_once(engine: Engine) -> None:
    """Whoever mends it need not come back."""
    run(
        engine,
        f"DROP TABLE {PREFIX}session",
        f"ALTER TABLE {PREFIX}license DROP COLUMN division",
        f"UPDATE {PREFIX}version SET version_num = 'permit_accounts_9999'",
    )
    flaws = _found(engine)
    assert ["version", "tables", "columns"] == [flaw.topic for flaw in flaws]
    assert "upgrade permit-accounts" in flaws[0].words
    assert f"lacks the tables {PREFIX}session" in flaws[1].words
    assert f"{PREFIX}license lacks the columns division" in flaws[2].words


def test_a_table_that_the_host_makes_needs_no_version(server: Engine) -> None:
    """Its own migrations have made what is needed."""
    run(server, f"DROP TABLE {PREFIX}version")
    assert [] == _found(server)


@pytest.mark.parametrize("told", [True, False], ids=["a version", "no version"])
def test_what_no_migration_mends_names_what_does(server: Engine, told: bool) -> None:
    """Not the command that would refuse it."""
    run(server, f"ALTER TABLE {PREFIX}account DROP COLUMN language")
    if not told:
        run(server, f"DROP TABLE {PREFIX}version")
    flaw = _only(server)
    assert re.search(
        r"lacks the columns language \(.*\)\. `permit-accounts db upgrade` does not change that: "
        "restore the table from a backup, or ALTER it so$",
        flaw.words,
    )


def test_before_an_upgrade_that_alone_is_named(server: Engine) -> None:
    """What a migration may still add is not to be made by hand."""
    run(server, f"ALTER TABLE {PREFIX}account DROP COLUMN language", f"DELETE FROM {PREFIX}version")
    older, lacking = _found(server)
    assert "run `permit-accounts db upgrade`" in older.words
    assert ("columns", False) == (lacking.topic, "backup" in lacking.words)


def _altered(engine: Engine, postgresql: str, mariadb: str) -> Flaw:
    run(engine, postgresql if engine.dialect.name == "postgresql" else mariadb)
    return _only(engine)


def test_another_collation_is_told(server: Engine) -> None:
    """Names would be found that are not the same, or not be found in order."""
    flaw = _altered(
        server,
        f'ALTER TABLE {PREFIX}account ALTER email_key TYPE text COLLATE "default"',
        f"ALTER TABLE {PREFIX}account MODIFY email_key varchar(320) COLLATE utf8mb4_general_ci",
    )
    assert ("collation", True) == (flaw.topic, flaw.serious)
    assert f"{PREFIX}account: email_key must be" in flaw.words


def test_another_type_is_told(server: Engine) -> None:
    """A moment does not fit into 32 bits."""
    flaw = _altered(
        server,
        f"ALTER TABLE {PREFIX}session ALTER seen_at TYPE integer",
        f"ALTER TABLE {PREFIX}session MODIFY seen_at int NOT NULL",
    )
    assert "columns" == flaw.topic
    assert f"{PREFIX}session: seen_at must be BIGINT, not INT" in flaw.words


def test_a_column_that_takes_no_null_is_told(server: Engine) -> None:
    """Whoever has no e-mail address could not be kept."""
    flaw = _altered(
        server,
        f"ALTER TABLE {PREFIX}account ALTER COLUMN temporary_until SET NOT NULL",
        f"ALTER TABLE {PREFIX}account MODIFY temporary_until bigint NOT NULL",
    )
    assert "columns" == flaw.topic
    assert f"{PREFIX}account.temporary_until is NOT NULL, and must take NULL. " in flaw.words


def test_another_primary_key_is_told(server: Engine) -> None:
    """That an id is taken is seen by nothing else."""
    flaw = _altered(
        server,
        f"ALTER TABLE {PREFIX}license DROP CONSTRAINT {PREFIX}license_pkey",
        f"ALTER TABLE {PREFIX}license DROP PRIMARY KEY, ADD PRIMARY KEY (id, version)",
    )
    assert ("primary-key", True) == (flaw.topic, flaw.serious)


def test_a_missing_index_is_a_warning(engine: Engine) -> None:
    """Everything works, slower; the statement that helps is told and helps."""
    of = f" ON {PREFIX}session" if engine.dialect.name == "mariadb" else ""
    run(engine, f"DROP INDEX {PREFIX}session_by_account_id{of}")
    flaw = _only(engine)
    assert ("indexes", False) == (flaw.topic, flaw.serious)
    run(engine, flaw.words.partition(": ")[2])
    assert [] == _found(engine)


def test_an_index_may_have_another_name(engine: Engine) -> None:
    """A host may have rules for names."""
    of = f" ON {PREFIX}session" if engine.dialect.name == "mariadb" else ""
    run(
        engine,
        f"DROP INDEX {PREFIX}session_by_account_id{of}",
        f"CREATE INDEX ix_city_17 ON {PREFIX}session (account_id, id)",
    )
    assert [] == _found(engine)


def test_a_unique_index_is_told(engine: Engine) -> None:
    """Several accounts may share a mailbox."""
    run(engine, f"CREATE UNIQUE INDEX one_mailbox ON {PREFIX}account (email_key)")
    assert f"one_mailbox on {PREFIX}account is unique" in _only(engine).words


def test_tables_without_transactions_are_told(mariadb: Engine) -> None:
    """An engine of MariaDB that keeps half a commit."""
    run(mariadb, f"ALTER TABLE {PREFIX}license ENGINE=Aria")
    assert "engine" == _only(mariadb).topic
    assert f"ALTER TABLE {PREFIX}license ENGINE=InnoDB" in _only(mariadb).words


@contextmanager
def _user(engine: Engine, *grants: str) -> Iterator[Engine]:
    """The same database as a user sees it who has these privileges and no other."""
    name = own_name()
    if engine.dialect.name == "postgresql":
        made, dropped = f"CREATE ROLE {name} LOGIN", (f"DROP OWNED BY {name}", f"DROP ROLE {name}")
        grants = ("GRANT USAGE ON SCHEMA public TO {user}", *grants)
    else:
        made, dropped = f"CREATE USER {name} IDENTIFIED BY 's3cret'", (f"DROP USER {name}",)
    run(engine, made, *(grant.format(user=name) for grant in grants))
    url = engine.url.set(username=name, password="s3cret").render_as_string(hide_password=False)
    other = engine_of(url)
    try:
        yield other
    finally:
        other.dispose()
        run(engine, *dropped)


_TABLES = tuple(table.name for table in add_tables(MetaData()).values())
_EVERYTHING = tuple(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {{user}}" for name in _TABLES)


def test_four_privileges_on_nine_tables_are_enough(server: Engine) -> None:
    """No right to make or to drop anything, and none to read which version the tables are of."""
    with _user(server, *_EVERYTHING) as portal:
        assert [] == _found(portal)
        version.check(portal)


def test_who_may_not_read_the_version_is_told_that_it_is_there(server: Engine) -> None:
    """It is not "no tables", and no statements that would make them once more."""
    assert untold(server) is None
    with _user(server, *_EVERYTHING) as portal:
        assert current(portal) is None
        words = f"may not read {PREFIX}version .GRANT SELECT ON {PREFIX}version TO the user"
        assert re.search(words, untold(portal) or "")
        with pytest.raises(ConfigurationError, match=words):
            statements(portal)
    with _user(server, *_EVERYTHING, f"GRANT SELECT ON {PREFIX}version TO {{user}}") as portal:
        assert untold(portal) is None
        assert "" == statements(portal)


def test_missing_privileges_are_told_by_table(server: Engine) -> None:
    """With the words that grant them."""
    lesser = (
        f"GRANT SELECT ON {PREFIX}account TO {{user}}",
        f"GRANT SELECT, INSERT, DELETE ON {PREFIX}audit_event TO {{user}}",
    )
    rest = [grant for grant in _EVERYTHING if f"{PREFIX}account " not in grant and "audit_event" not in grant]
    with _user(server, *lesser, *rest) as portal:
        flaws = _found(portal)
    assert ["privileges", "privileges"] == [flaw.topic for flaw in flaws]
    assert (
        f"the user may not INSERT, UPDATE, DELETE on {PREFIX}account: GRANT INSERT, UPDATE" in flaws[0].words
    )
    assert f"the user may not UPDATE on {PREFIX}audit_event" in flaws[1].words


def test_who_may_not_make_tables_is_told_who_can(server: Engine, request: pytest.FixtureRequest) -> None:
    """And that there is something to give to that person."""
    with _user(server, *_EVERYTHING) as portal:
        with pytest.raises(ConfigurationError, match=r"may not make tables: .* --sql"):
            upgrade(portal, prefix="other_")


def test_a_database_of_another_encoding_is_told() -> None:
    """Latin letters are not all that people are called by."""
    name, server = own_name(), named(POSTGRES)
    options = "TEMPLATE template0 ENCODING latin1 LC_COLLATE 'C' LC_CTYPE 'C'"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name} {options}")
        engine = engine_of(urlsplit(server)._replace(path=f"/{name}").geturl())
        upgrade(engine)
        flaw = _only(engine)
        engine.dispose()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert "encoding" == flaw.topic
    assert "encoded as LATIN1" in flaw.words


def test_a_connection_of_another_encoding_is_told(mariadb: Engine) -> None:
    """What is asked for would be translated on its way."""
    url = mariadb.url.update_query_dict({"charset": "latin1"}).render_as_string(hide_password=False)
    engine = engine_of(url)
    assert "encoding" == _only(engine).topic
    engine.dispose()


def test_a_database_that_only_reads_is_told(postgresql: Engine) -> None:
    """By both: whoever looks, and whoever tries to write."""
    run(postgresql, f"ALTER DATABASE {postgresql.url.database} SET default_transaction_read_only = on")
    postgresql.dispose()
    assert [("read-only", True)] == _topics(postgresql)
    with pytest.raises(ConfigurationError, match="only reads"):
        upgrade(postgresql, prefix="other_")
    run(postgresql, "SET transaction_read_only = off", f"ALTER DATABASE {postgresql.url.database} RESET ALL")


def test_a_standby_is_told() -> None:
    """It only reads, and what it was told to be careless about is told as well."""
    with standby_postgres() as url:
        engine = engine_of(url)
        told = _found(engine)
        with pytest.raises(ConfigurationError, match="only reads"):
            upgrade(engine)
        engine.dispose()
    expected = ["read-only", "durability", "durability", "durability", "tables"]
    assert expected == [flaw.topic for flaw in told]
    assert ["fsync", "full_page_writes", "synchronous_commit"] == [
        flaw.words.split()[0] for flaw in told[1:4]
    ]
    assert [True, True, True, False, True] == [flaw.serious for flaw in told]


def test_a_replica_with_old_settings_is_told() -> None:
    """It cuts texts, cannot write at READ COMMITTED, only reads, and forgets. Our engine cuts nothing."""
    with replica_mariadb() as url:
        engine = engine_of(url)
        told = _found(engine)
        with pytest.raises(ConfigurationError, match="only reads"):
            upgrade(engine)
        engine.dispose()
        ours = engine_by_url(url)
        assert "sql-mode" not in [flaw.topic for flaw in _found(ours)]
        ours.dispose()
    assert ["sql-mode", "isolation", "read-only", "durability", "tables"] == [flaw.topic for flaw in told]
    assert [True, True, True, False, True] == [flaw.serious for flaw in told]


@pytest.mark.parametrize(
    ("found", "words", "serious"),
    [
        ((9, 6), "PostgreSQL 9.6 is too old: PostgreSQL 13 or newer is needed", True),
        ((13, 4), "PostgreSQL 13.4 was not tried; the oldest that was is 15", False),
    ],
)
def test_an_old_server_is_told(
    found: tuple[int, ...], words: str, serious: bool, postgresql: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older than its makers care for, or only older than what was tried."""
    postgresql.connect().close()  # the dialect asks once
    monkeypatch.setattr(postgresql.dialect, "server_version_info", found)
    assert Flaw("server", words, serious) == _only(postgresql)


def test_a_server_that_is_like_mariadb_is_told(mariadb: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its letters are compared otherwise."""
    mariadb.connect().close()
    monkeypatch.setattr(mariadb.dialect, "is_mariadb", False)
    assert "this is not MariaDB" in _only(mariadb).words


@pytest.mark.parametrize(("seconds", "serious"), [(30, False), (-30, False), (120, True), (-120, True)])
def test_a_clock_that_is_wrong_is_told(seconds: int, serious: bool, server: Engine) -> None:
    """Some seconds are a warning, a minute is a fault, before or behind."""
    (flaw,) = _found(server, lambda: utc_now() + timedelta(seconds=seconds))
    assert ("clock", serious) == (flaw.topic, flaw.serious)
    assert abs(int(flaw.words.partition(" seconds")[0].split()[-1]) - abs(seconds)) <= 3


def test_a_slow_network_is_no_wrong_clock(server: Engine) -> None:
    """The server looked at its clock at some time in between."""
    looks = iter([utc_now() - timedelta(seconds=20), utc_now() + timedelta(seconds=20)])
    assert [] == _found(server, lambda: next(looks))


def test_a_server_that_is_not_there_is_one_problem() -> None:
    """And the only one that can be told."""
    flaw = _only(engine_of("postgresql://ann:s3cret@127.0.0.1:1/city"))
    assert ("connection", True) == (flaw.topic, flaw.serious)
    assert "ann@127.0.0.1:1/city" in flaw.words
    assert "s3cret" not in repr(flaw)


def test_a_connection_that_breaks_is_the_last_problem(postgresql: Engine) -> None:
    """What was found before is told."""
    run(postgresql, f"ALTER DATABASE {postgresql.url.database} SET synchronous_commit = off")
    postgresql.dispose()
    _cut(postgresql, "pg_attribute")
    assert [("durability", False), ("connection", True)] == _topics(postgresql)
    run(postgresql, f"ALTER DATABASE {postgresql.url.database} RESET ALL")


def test_a_connection_that_breaks_among_the_privileges_is_told(postgresql: Engine) -> None:
    """It is not taken for a privilege."""
    _cut(postgresql, f"DELETE FROM {PREFIX}license")
    assert [("connection", True)] == _topics(postgresql)


@pytest.mark.parametrize("words", ["version_num", "pg_catalog.pg_class"])
def test_a_connection_that_breaks_while_it_opens_is_out_of_reach(words: str, postgresql: Engine) -> None:
    """Not a fault of whoever put it together."""
    for ask in (version.check, current, statements, make_where_none_are):
        _cut(postgresql, words)
        with pytest.raises(Unavailable, match="the database"):
            ask(postgresql)


def _cut(engine: Engine, words: str) -> None:
    """End the connection on the server's side when it next says this."""
    left = [words]

    @event.listens_for(engine, "before_cursor_execute")
    def cut(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        if left and left[0] in statement:
            left.clear()
            with closing(psycopg.connect(named(POSTGRES), autocommit=True)) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (cursor.connection.info.backend_pid,))
