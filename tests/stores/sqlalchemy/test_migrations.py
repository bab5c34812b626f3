"""The migrations make what `add_tables` describes, once, whoever runs them and however often."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, event, inspect, text

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.stores.rows import KINDS, LAYOUTS
from permit_accounts.stores.sqlalchemy import version
from permit_accounts.stores.sqlalchemy.migrations import BRANCH, FOLDER, VERSIONS
from permit_accounts.stores.sqlalchemy.migrations.place import ATTRIBUTE, Place, place_of
from permit_accounts.stores.sqlalchemy.migrations.running import (
    Upgraded,
    current,
    make_where_none_are,
    statements,
    upgrade,
)
from permit_accounts.stores.sqlalchemy.tables import PREFIX, add_tables
from servers.databases import made_on_mariadb
from servers.fixtures import MARIADB, named
from stores.sqlalchemy.migrating import SORTS, empty_database, engine_of, held, run

NO_WAIT = timedelta(milliseconds=1)
FIRST = Upgraded(before=None, after=version.HEAD)
AGAIN = Upgraded(before=version.HEAD, after=version.HEAD)


@pytest.fixture(params=SORTS)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database of each sort."""
    with empty_database(request.param, request) as found:
        yield found


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database on each sort of server."""
    with empty_database(request.param, request) as found:
        yield found


@pytest.fixture
def postgresql(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty PostgreSQL database."""
    with empty_database("postgresql", request) as found:
        yield found


@pytest.fixture
def mariadb(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty MariaDB database."""
    with empty_database("mariadb", request) as found:
        yield found


@pytest.fixture
def sqlite(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A SQLite file that is not there yet."""
    with empty_database("sqlite", request) as found:
        yield found


def _tables(engine: Engine, schema: str | None = None) -> set[str]:
    return set(inspect(engine).get_table_names(schema=schema))


def test_the_migrations_make_what_the_tables_are(engine: Engine) -> None:
    """Each column, collation, key and index is as `add_tables` has it, in the database's own words."""
    metadata = MetaData()
    add_tables(metadata, prefix="wanted_")
    metadata.create_all(engine)
    assert FIRST == upgrade(engine, prefix="made_")
    assert len(KINDS) == len(held(engine, "made_"))
    assert held(engine, "wanted_") == held(engine, "made_")


def test_autogenerate_finds_no_difference(engine: Engine) -> None:
    """A host whose own migrations take in the tables has nothing left to migrate."""
    upgrade(engine)
    metadata = MetaData()
    add_tables(metadata)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": f"{PREFIX}version"})
        assert [] == compare_metadata(context, metadata)


def test_the_last_migration_is_the_one_that_opening_asks_for() -> None:
    """Whoever adds a migration names it where stores are opened, and says there what its forerunners are."""
    scripts = ScriptDirectory(str(FOLDER))
    assert version.HEAD == scripts.get_current_head()
    assert [version.HEAD] == [script.revision for script in scripts.walk_revisions()]
    assert version.HEAD == scripts.as_revision_number(f"{BRANCH}@head")


def test_running_them_again_does_nothing(engine: Engine) -> None:
    """As often as a program is started."""
    assert FIRST == upgrade(engine)
    assert AGAIN == upgrade(engine)
    version.check(engine)


def test_the_current_migration_is_told(engine: Engine) -> None:
    """None before there are tables."""
    assert None is current(engine)
    upgrade(engine)
    assert version.HEAD == current(engine)


def test_a_prefix_is_kept_to(engine: Engine) -> None:
    """Two portals in one database have tables of their own, and versions of their own."""
    upgrade(engine, prefix="one_")
    with pytest.raises(ConfigurationError, match="no tables of accounts yet"):
        version.check(engine, prefix="two_")
    upgrade(engine, prefix="two_")
    names = [*(LAYOUTS[kind].table for kind in KINDS), "version"]
    assert {f"{prefix}{name}" for prefix in ("one_", "two_") for name in names} == _tables(engine)


def test_a_schema_is_kept_to(postgresql: Engine) -> None:
    """Tables, indexes and version lie in the schema that was named, and nothing beside it."""
    run(postgresql, "CREATE SCHEMA accounts")
    upgrade(postgresql, schema="accounts")
    version.check(postgresql, schema="accounts")
    assert set() == _tables(postgresql)
    assert len(KINDS) + 1 == len(_tables(postgresql, "accounts"))
    assert AGAIN == upgrade(postgresql, schema="accounts")


def test_a_schema_of_mariadb_is_another_database(mariadb: Engine) -> None:
    """It is named like a schema."""
    with made_on_mariadb(named(MARIADB)) as url:
        other = engine_of(url)
        upgrade(mariadb, schema=other.url.database)
        assert set() == _tables(mariadb)
        version.check(other)
        other.dispose()


def test_a_schema_that_is_not_there_is_named(server: Engine) -> None:
    """A schema is not made by the way: a mistyped one must not look like a new city."""
    with pytest.raises(ConfigurationError, match="no such schema"):
        upgrade(server, schema="permit_accounts_nowhere")


_PROGRAM = """
import sys
from servers.databases import made_on_mariadb
from servers.fixtures import MARIADB, named
from stores.sqlalchemy.migrating import engine_of
from permit_accounts.stores.sqlalchemy.migrations.running import upgrade
engine = engine_of(sys.argv[1])
engine.connect().close()
sys.stdin.readline()
print(upgrade(engine).before)
"""


def test_programs_that_start_at_once_make_one_upgrade(engine: Engine) -> None:
    """One finds nothing and makes all, the others find all made; none fails."""
    url = engine.url.render_as_string(hide_password=False)
    arguments = [sys.executable, "-c", _PROGRAM, url]
    found = os.environ | {"PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
    programs = [
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=found)
        for _ in range(3)
    ]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    told = sorted(program.communicate(timeout=60)[0].strip() for program in programs)
    assert ["None", version.HEAD, version.HEAD] == told
    assert [0, 0, 0] == [program.returncode for program in programs]
    version.check(engine)


def test_an_upgrade_that_another_holds_up_says_so(server: Engine) -> None:
    """It waits for so long and no longer."""
    if server.dialect.name == "postgresql":
        lock = f"SELECT pg_advisory_xact_lock(hashtextextended('.{PREFIX}version', 0))"
    else:
        lock = f"SELECT GET_LOCK(LEFT(CONCAT(DATABASE(), ' ', '.{PREFIX}version'), 64), 1)"
    with server.connect() as other:
        other.execute(text(lock))
        with pytest.raises(Unavailable, match="another upgrade is under way"):
            upgrade(server, wait=NO_WAIT)
        other.invalidate()
    assert FIRST == upgrade(server)


def test_a_locked_file_is_waited_for_and_told(sqlite: Engine) -> None:
    """SQLite's own lock is the lock."""
    with sqlite.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="the database failed"):
            upgrade(sqlite, wait=NO_WAIT)


def test_an_engine_that_begins_by_itself_is_left_to_it(sqlite: Engine) -> None:
    """Hosts teach SQLite's driver to begin transactions, as SQLAlchemy's manual shows."""

    @event.listens_for(sqlite, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    assert FIRST == upgrade(sqlite)


class Cut(BaseException):
    """What Ctrl-C raises, for a test."""


def _cut_at(engine: Engine, words: str) -> None:
    """Interrupt the program when it next says this to the database."""
    left = [words]

    @event.listens_for(engine, "before_cursor_execute")
    def cut(connection: object, cursor: object, statement: str, *_: object) -> None:
        if left and left[0] in statement:
            left.clear()
            raise Cut


@pytest.mark.parametrize("words", ["audit_event", "INSERT INTO permit_accounts_version"])
def test_an_upgrade_that_is_cut_off_is_run_again(words: str, engine: Engine) -> None:
    """Where making tables is part of a transaction nothing has happened; elsewhere it goes on."""
    _cut_at(engine, words)
    with pytest.raises(Cut):
        upgrade(engine)
    if engine.dialect.name == "mariadb":
        assert f"{PREFIX}account" in _tables(engine)
        with pytest.raises(ConfigurationError, match="permit-accounts db upgrade"):
            version.check(engine)
    else:
        assert set() == _tables(engine)
    assert FIRST == upgrade(engine)
    version.check(engine)


def test_tables_that_the_host_made_are_taken_over(engine: Engine) -> None:
    """They are left as they are, and get a version."""
    metadata = MetaData()
    add_tables(metadata)
    metadata.create_all(engine)
    version.check(engine)
    assert FIRST == upgrade(engine)


def test_a_table_of_something_else_is_not_taken_over(engine: Engine) -> None:
    """What has the name and not the columns is told, and where it can be nothing was made beside it."""
    run(engine, f"CREATE TABLE {PREFIX}license (id VARCHAR(9) PRIMARY KEY)")
    with pytest.raises(
        ConfigurationError, match=f"not what the migrations make: {PREFIX}license lacks the columns"
    ):
        upgrade(engine)
    if engine.dialect.name != "mariadb":
        assert {f"{PREFIX}license"} == _tables(engine)


def test_a_newer_releases_tables_are_left_alone(engine: Engine) -> None:
    """The message says that it is the program which is too old."""
    upgrade(engine)
    run(engine, f"UPDATE {PREFIX}version SET version_num = 'permit_accounts_9999'")
    for ask in (upgrade, version.check, make_where_none_are):
        with pytest.raises(ConfigurationError, match=r"newer release .*: upgrade permit-accounts"):
            ask(engine)


def test_a_version_without_a_row_is_an_older_one(engine: Engine) -> None:
    """So it stands where an upgrade was cut off in MariaDB."""
    upgrade(engine)
    run(engine, f"DELETE FROM {PREFIX}version")
    with pytest.raises(ConfigurationError, match=r"older release .none"):
        version.check(engine)
    assert FIRST == upgrade(engine)


def test_missing_tables_are_named(engine: Engine) -> None:
    """Where the host makes the tables there is no version; each table is looked for."""
    metadata = MetaData()
    add_tables(metadata)
    metadata.create_all(engine)
    run(engine, f"DROP TABLE {PREFIX}session", f"DROP TABLE {PREFIX}license")
    with pytest.raises(ConfigurationError, match=f"lacks the tables {PREFIX}license, {PREFIX}session: run"):
        version.check(engine)


def test_tables_are_made_where_there_are_none(engine: Engine) -> None:
    """As a new SQLite file is made: once."""
    make_where_none_are(engine)
    version.check(engine)
    make_where_none_are(engine)
    assert AGAIN == upgrade(engine)


def test_half_the_tables_are_not_completed_by_the_way(engine: Engine) -> None:
    """Somebody has to look at that; the command is named."""
    metadata = MetaData()
    add_tables(metadata)
    metadata.create_all(engine)
    run(engine, f"DROP TABLE {PREFIX}session")
    with pytest.raises(ConfigurationError, match=r"lacks the tables .*: run `permit-accounts db upgrade`"):
        make_where_none_are(engine)
    assert f"{PREFIX}session" not in _tables(engine)


def test_tables_that_were_removed_are_not_made_by_an_upgrade(engine: Engine) -> None:
    """An upgrade that was run has nothing left to do; empty tables would hide the loss."""
    upgrade(engine)
    run(engine, f"DROP TABLE {PREFIX}session")
    with pytest.raises(ConfigurationError, match=f"tables {PREFIX}session, .* restore them from a backup"):
        upgrade(engine)
    assert f"{PREFIX}session" not in _tables(engine)


def test_an_administrator_can_say_it_instead(engine: Engine) -> None:
    """What is printed makes the same tables and says that it was run; then there is nothing left to say."""
    sql = statements(engine)
    raw = engine.raw_connection()
    cursor = raw.cursor()
    for statement in sql.split(";"):
        lines = [line for line in statement.splitlines() if not line.startswith("--")]
        if "".join(lines).strip():
            cursor.execute("\n".join(lines))
    cursor.close()
    raw.commit()
    raw.close()
    version.check(engine)
    assert AGAIN == upgrade(engine)
    assert "" == statements(engine)
    upgrade(engine, prefix="made_")
    assert held(engine, "made_") == held(engine, PREFIX)


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("postgresql://ann:s3cret@127.0.0.1:1/city", Unavailable, "ann@127.0.0.1:1/city: no connection"),
        ("mariadb://ann:s3cret@127.0.0.1:1/city", Unavailable, "ann@127.0.0.1:1/city: no connection"),
        (
            "mariadb://permit_nobody:s3cret@127.0.0.1:3306/city",
            ConfigurationError,
            "does not let this user in",
        ),
        ("mariadb://root@127.0.0.1:3306/permit_nowhere", ConfigurationError, "there is no such database"),
        ("postgresql://permit_nobody:s3cret@127.0.0.1:5432/postgres", Unavailable, "password are right"),
        ("postgresql://postgres:s3cret@127.0.0.1:5432/permit_nowhere", Unavailable, "database, user"),
    ],
)
def test_a_server_that_is_not_there_is_told(
    url: str, error: type[Exception], words: str, postgresql: Engine, mariadb: Engine
) -> None:
    """With what to look after, and without the password."""
    engine = engine_of(url)
    for ask in (upgrade, version.check, current, statements, make_where_none_are):
        with pytest.raises(error, match=words) as caught:
            ask(engine)
        assert "s3cret" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_no_migration_drops_the_tables(engine: Engine) -> None:
    """A way back is a backup."""
    upgrade(engine)
    with engine.connect() as connection:
        attributes = {ATTRIBUTE: Place(), "dialect": engine.dialect.name, "connection": connection}
        config = Config(attributes=attributes)
        config.set_main_option("script_location", str(FOLDER))
        with pytest.raises(ConfigurationError, match="restore a backup"):
            command.downgrade(config, "base")
    version.check(engine)


def test_a_migration_without_a_configuration_has_the_usual_place() -> None:
    """As where a host runs migrations by a context of its own."""
    assert Place() == place_of(None)
    assert Place() == place_of(Config())


_ENV = """
from alembic import context
from sqlalchemy import Column, Integer, MetaData, Table
from permit_accounts.stores.sqlalchemy.tables import add_tables

metadata = MetaData()
Table("permits", metadata, Column("id", Integer, primary_key=True))
if context.config.attributes.get("with_tables"):
    add_tables(metadata)

def include_name(name, type_, parent_names):
    return not (type_ == "table" and name.startswith("permit_accounts_"))

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=None if context.config.attributes.get("with_tables") else include_name,
)
with context.begin_transaction():
    context.run_migrations()
"""
_SCRIPT = """
from alembic import op
import sqlalchemy
revision = "city_1"
down_revision = None
depends_on = "permit_accounts_0001"

def upgrade():
    op.create_table("permits", sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True))
"""
_MAKO = """revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
def upgrade():
    ${upgrades if upgrades else "pass"}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Config:
    """A host's own little tree of migrations, with one of its own that stands upon ours."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(_ENV)
    (tmp_path / "script.py.mako").write_text(_MAKO)
    (tmp_path / "versions" / "city_1.py").write_text(_SCRIPT)
    config = Config()
    config.set_main_option("script_location", str(tmp_path))
    return config


def _with_ours(tree: Config, tmp_path: Path) -> None:
    for option in ("path_separator", "version_path_separator"):  # its name until Alembic 1.16, and since
        tree.set_main_option(option, "os")
    tree.set_main_option("version_locations", f"{tmp_path / 'versions'}{os.pathsep}{VERSIONS}")


def test_a_host_runs_them_in_its_own_tree(engine: Engine, tree: Config, tmp_path: Path) -> None:
    """Beside its own, by the branch's label, with the prefix of its configuration; then they are found."""
    _with_ours(tree, tmp_path)
    tree.set_main_option("permit_accounts_prefix", "host_")
    with engine.begin() as connection:
        tree.attributes["connection"] = connection
        command.upgrade(tree, "permit_accounts@head")
    names = {f"host_{LAYOUTS[kind].table}" for kind in KINDS}
    assert {*names, "alembic_version"} == _tables(engine)
    with engine.begin() as connection:
        tree.attributes["connection"] = connection
        command.upgrade(tree, "heads")
    assert {*names, "alembic_version", "permits"} == _tables(engine)
    version.check(engine, prefix="host_")


def test_a_hosts_migrations_are_written_into_its_own_folder(tree: Config, tmp_path: Path) -> None:
    """By the two commands of the page on migrations, from a tree that has none yet."""
    (tmp_path / "versions" / "city_1.py").unlink()
    _with_ours(tree, tmp_path)
    ours = set(VERSIONS.glob("*.py"))
    folder = str(tmp_path / "versions")
    first = command.revision(tree, "first", head="base", branch_label="city", version_path=folder)
    second = command.revision(tree, "second", head="city@head")
    assert ours == set(VERSIONS.glob("*.py"))
    assert ({"city"}, None, first.revision) == (
        first.branch_labels,
        first.down_revision,
        second.down_revision,
    )
    assert {tmp_path / "versions"} == {Path(script.path).parent for script in (first, second)}


def test_a_hosts_autogenerate_leaves_our_tables_alone(engine: Engine, tree: Config, tmp_path: Path) -> None:
    """With the filter that the page on migrations shows, no migration of the host's drops them."""
    _with_ours(tree, tmp_path)
    with engine.begin() as connection:
        tree.attributes["connection"] = connection
        command.upgrade(tree, "heads")
    with engine.begin() as connection:
        tree.attributes["connection"] = connection
        command.check(tree)


def test_a_host_writes_its_own_by_autogenerate(engine: Engine, tree: Config, tmp_path: Path) -> None:
    """With the tables in its `MetaData`; what it writes makes what ours make."""
    (tmp_path / "versions" / "city_1.py").unlink()
    tree.attributes["with_tables"] = True
    with engine.begin() as connection:
        tree.attributes["connection"] = connection
        command.revision(tree, "tables of accounts", autogenerate=True)
    with engine.begin() as connection:
        tree.attributes["connection"] = connection
        command.upgrade(tree, "heads")
    version.check(engine)
    with engine.begin() as connection:
        tree.attributes["connection"] = connection
        command.check(tree)
    upgrade(engine, prefix="made_")
    assert held(engine, "made_") == held(engine, PREFIX)
