"""The SQL store: what it is made from, what it finds by an index, what is damaged, and what stays secret."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import attrs
import pytest
from sqlalchemy import Engine, MetaData
from sqlalchemy.engine import create_mock_engine

from permit_accounts.model.errors import ConfigurationError, Conflict, Unavailable
from permit_accounts.model.records import ASKED_BY, Account, License, Record, Session
from permit_accounts.ports import LONGEST_KEY, Add, Every, Is, Remove, Replace, UpTo, Where
from permit_accounts.stores.rows import layout_of, question_of
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.stores.sqlalchemy.tables import PREFIX, add_tables
from permit_accounts.testing.hard_records import (
    NOON,
    asked_moments,
    asked_texts,
    exactly,
    hard,
    plain,
    values_of_field,
)
from servers.tables import empty
from stores.sqlalchemy.engines import engine_of, url_of

_SECRET = "$argon2id$v=19$hunter2"


@pytest.mark.parametrize("given", [None, "sqlite:///accounts.db", object()])
def test_it_is_made_from_an_engine_or_a_connection(given: Any) -> None:
    """Anything else is a mistake of whoever put it together."""
    with pytest.raises(ConfigurationError, match="Engine or a Connection"):
        SQLAlchemyStore(given)


def test_it_is_not_made_from_another_database() -> None:
    """Its promises were tried on three."""
    engine = create_mock_engine("mssql+pyodbc://", lambda *_: None)
    with pytest.raises(ConfigurationError, match="Engine or a Connection"):
        SQLAlchemyStore(engine)  # type: ignore[arg-type]


def test_an_unknown_dialect_is_named(sqlite_engine: Engine) -> None:
    """So that whoever tries another database knows at the start."""
    sqlite_engine.dialect.name = "cockroachdb"
    with pytest.raises(ConfigurationError, match="'cockroachdb'"):
        SQLAlchemyStore(sqlite_engine)


@pytest.fixture(scope="module")
def crowded_postgres(postgres_engine: Engine) -> Iterator[Engine]:
    """Several hundred rows of each kind."""
    yield from _crowded(postgres_engine)


@pytest.fixture(scope="module")
def crowded_mariadb(mariadb_engine: Engine) -> Iterator[Engine]:
    """The same."""
    yield from _crowded(mariadb_engine)


def _crowded(engine: Engine) -> Iterator[Engine]:
    store = SQLAlchemyStore(engine)
    for kind in ASKED_BY:
        store.commit(*(Add(_one_of_many(kind, number)) for number in range(400)))
        with engine.connect() as connection:
            table = f"{PREFIX}{layout_of(kind).table}"
            on_mariadb = engine.dialect.name == "mariadb"
            connection.exec_driver_sql(f"ANALYZE {'TABLE ' if on_mariadb else ''}{table}")
            connection.commit()
    yield engine
    empty(engine)


def _one_of_many(kind: type[Record], number: int) -> Record:
    """Every twentieth shares what it is asked by in words; two by two they have the same moment."""
    texts = {name: values_of_field(kind, name)[number % 20 > 0] for name in asked_texts(kind)}
    moments = {name: NOON + timedelta(seconds=number // 2) for name in asked_moments(kind)}
    return plain(kind, f"{number:04}", **texts, **moments)


def _questions() -> Iterator[tuple[type[Record], Where]]:
    for kind, names in ASKED_BY.items():
        yield kind, Every()
        yield kind, Is("id", "0200")
        for name in names:
            text = values_of_field(kind, name)[0]
            moment = name in asked_moments(kind)
            yield kind, UpTo(name, NOON + timedelta(seconds=60)) if moment else Is(name, text)


def _asked(
    store: SQLAlchemyStore, kind: type[Record], where: Where, after: bool, newest_first: bool
) -> tuple[str, tuple[Any, ...]]:
    """A page of ten, from the start or from the middle."""
    place = layout_of(kind).to_row(_one_of_many(kind, 100)) if after else None
    sql, given = store._statements[kind].ask(question_of(kind, where), place, 10, newest_first)
    return sql, tuple(given)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize(("kind", "where"), list(_questions()), ids=str)
def test_no_question_reads_or_sorts_a_table_of_postgresql(
    crowded_postgres: Engine, kind: type[Record], where: Where, newest_first: bool, after: bool
) -> None:
    """Every page is a walk along an index from the first row asked for; that is what holds at a million."""
    sql, given = _asked(SQLAlchemyStore(crowded_postgres), kind, where, after, newest_first)
    with crowded_postgres.connect() as connection:
        for way in ("seqscan", "bitmapscan"):  # right for a table of four pages
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        # Any index reads so small a table cheaply. At a million rows it counts how many of it are looked at.
        connection.exec_driver_sql("SET LOCAL cpu_index_tuple_cost = 1")
        plan = connection.exec_driver_sql(f"EXPLAIN {sql}", given).scalars().all()
    field, relation, _ = question_of(kind, where)
    steps = "\n".join(plan)
    assert " using " in steps
    assert "Sort" not in steps
    assert [] == [step for step in plan if "Filter" in step and relation == "<="]
    if relation == "<=":
        assert f"using {PREFIX}{layout_of(kind).table}_by_{field} on" in steps
    if relation or after:
        assert "Index Cond" in steps


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize(("kind", "where"), list(_questions()), ids=str)
def test_no_question_reads_or_sorts_a_table_of_mariadb(
    crowded_mariadb: Engine, kind: type[Record], where: Where, newest_first: bool, after: bool
) -> None:
    """It tells how many rows were read for a page of ten."""
    sql, given = _asked(SQLAlchemyStore(crowded_mariadb), kind, where, after, newest_first)
    with crowded_mariadb.connect() as connection:
        connection.exec_driver_sql("FLUSH STATUS")
        rows = connection.exec_driver_sql(sql, given).fetchall()
        told = connection.exec_driver_sql(
            "SELECT variable_name, variable_value FROM information_schema.session_status "
            "WHERE variable_name LIKE 'Handler_read%%' OR variable_name = 'Sort_scan'"
        ).fetchall()
    assert len(rows) <= 10
    read = {str(name): int(number) for name, number in told}
    assert 0 == read["SORT_SCAN"]
    assert sum(read.values()) <= len(rows) + 3


def test_a_key_that_is_too_long_is_refused(engine: Engine) -> None:
    """Never cut short, whatever the mode of the server: it would be another key."""
    store = SQLAlchemyStore(engine)
    long = "x" * (LONGEST_KEY + 1)
    there = plain(Account, "a")
    store.commit(Add(there))
    for change in (
        Add(plain(Session, long)),
        Add(plain(Account, "b", email_key=long)),
        Replace(there, attrs.evolve(there, email_key=long)),
    ):
        with pytest.raises(Unavailable, match="cannot be stored"):
            store.commit(change)
    assert () == store.select(Session, Is("id", long), limit=1)
    with pytest.raises(Conflict):
        store.commit(Remove(plain(Account, long)))


@pytest.mark.attack("SESS-18", "THR-16", "API-05")
@pytest.mark.parametrize("damage", ["methods = '[\"pwd\"'", "methods = '{\"pwd\": 1}'", "remembered = 2"])
def test_a_corrupt_row_is_left_out(engine: Engine, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    """Never guessed at: as if it were not there, with one line in the log that tells no more."""
    store = SQLAlchemyStore(engine)
    store.commit(*(Add(plain(Session, record_id)) for record_id in "abcd"))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {PREFIX}session SET {damage} WHERE id IN ('b', 'd')")
    assert () == store.select(Session, Is("id", "b"), limit=1)
    assert ["left out a row of session that cannot be read"] == [one.getMessage() for one in caplog.records]
    for limit in (1, 2, 3):
        assert ["a", "c"][:limit] == [one.id for one in store.select(Session, Every(), limit=limit)]
    with pytest.raises(Conflict):
        store.commit(Add(plain(Session, "b")))


@pytest.mark.attack("SESS-18")
def test_bytes_that_are_no_text_stop_no_page(sqlite_engine: Engine) -> None:
    """SQLite keeps what other programs write; the driver of a host gets its own way of reading back."""
    store = SQLAlchemyStore(sqlite_engine)
    store.commit(*(Add(plain(Session, record_id)) for record_id in "abc"))
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {PREFIX}session SET id = CAST(x'62ff' AS TEXT) WHERE id = 'b'")
        joined = SQLAlchemyStore(connection)
        assert ["a", "c"] == [one.id for one in joined.select(Session, Every(), limit=9)]
    for limit in (1, 2, 3):
        assert ["a", "c"][:limit] == [one.id for one in store.select(Session, Every(), limit=limit)]
    with sqlite_engine.connect() as connection:
        assert str is connection.connection.driver_connection.text_factory  # type: ignore[union-attr]


def test_a_mistake_in_the_program_is_not_hidden(engine: Engine) -> None:
    """A question that no store is asked, and a replacement by another record, are nobody's Conflict."""
    store = SQLAlchemyStore(engine)
    with pytest.raises(ValueError, match="not asked by username"):
        store.select(Account, Is("username", "ann"), limit=1)
    with pytest.raises(ValueError, match="one id"):
        store.commit(Replace(plain(Account, "a"), plain(Account, "b")))


def test_what_is_said_is_worked_out_once(engine: Engine) -> None:
    """However many connections of one engine are joined."""
    store = SQLAlchemyStore(engine)
    with engine.connect() as connection:
        assert store._statements is SQLAlchemyStore(connection)._statements
    assert store._statements is not SQLAlchemyStore(engine, prefix="other_")._statements


def test_a_prefix_and_a_schema(engine: Engine) -> None:
    """Names are quoted as the database quotes them, a percent sign and a reserved word included."""
    store = SQLAlchemyStore(engine, prefix="100% select ", schema="of a city")
    quote = engine.dialect.identifier_preparer.quote
    expected = f"FROM {quote('of a city')}.{quote('100% select account')} WHERE"
    assert expected in store._statements[Account].by_id
    assert ("100%% select account" in expected) == (engine.dialect.name != "sqlite")
    with pytest.raises(Unavailable):
        store.select(Account, Is("id", "a"), limit=1)


def test_a_percent_sign_in_a_prefix_is_one_however_many_rows_there_are(engine: Engine) -> None:
    """Beside parameters it is written twice, in PostgreSQL's COPY once."""
    metadata = MetaData()
    add_tables(metadata, prefix="100% ")
    metadata.create_all(engine)
    store = SQLAlchemyStore(engine, prefix="100% ")
    records = [plain(License, f"us-ca-cslb:{number:07}") for number in range(150)]
    try:
        store.commit(Add(records[0]))
        store.commit(*map(Add, records[1:]))
        assert records == list(store.select(License, Every(), limit=200))
    finally:
        metadata.drop_all(engine)


@pytest.mark.attack("ENUM-18")
def test_no_value_is_in_what_is_raised_or_logged(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the message, nor in the traceback as a log prints it, nor in the log of SQLAlchemy."""
    caplog.set_level(logging.DEBUG, "sqlalchemy")
    record = plain(Account, "an-id", password_hash=_SECRET, answer_hash=_SECRET)
    echoing = SQLAlchemyStore(engine_of(url_of(engine), echo="debug"))
    with closing(echoing) as store, engine.connect() as joined:
        store.commit(Add(record))
        missing = SQLAlchemyStore(store.bind, prefix="missing_")
        attempts = [
            (store, Add(record)),
            (missing, Add(record)),
            (store, Replace(attrs.evolve(record, version=7), record)),
            (SQLAlchemyStore(joined), Add(record)),
            (SQLAlchemyStore(joined, prefix="missing_"), Add(record)),
        ]
        for one, change in attempts:
            with pytest.raises((Conflict, Unavailable)) as caught:
                one.commit(change)
            told = "".join(traceback.format_exception(caught.value))
            assert "hunter2" not in told
            assert "an-id" not in told
        assert 1 == len(store.select(Account, Is("id", "an-id"), limit=1))
    assert "hunter2" not in caplog.text
    store.close()


@pytest.fixture
def refusing_rows(postgres_engine: Engine) -> Iterator[Engine]:
    """PostgreSQL with a trigger that fails at a row: of a COPY it then quotes that row."""
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION refuse_row() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no room for %%', NEW.username; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER refuse_row BEFORE INSERT ON {PREFIX}account FOR EACH ROW "
            "EXECUTE FUNCTION refuse_row()"
        )
    yield postgres_engine
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION refuse_row CASCADE")


@pytest.mark.attack("ENUM-18")
def test_no_row_of_a_copy_is_in_what_is_raised(refusing_rows: Engine) -> None:
    """Neither the server's own words nor the lines that it puts under them."""
    records = [plain(Account, f"an-id-{number}", username="hunter2") for number in range(150)]
    with refusing_rows.connect() as connection:
        for store in (SQLAlchemyStore(refusing_rows), SQLAlchemyStore(connection)):
            with pytest.raises(Unavailable, match="P0001") as caught:
                store.commit(*map(Add, records))
            told = "".join(traceback.format_exception(caught.value))
            assert "RaiseException: P0001" in told
            for word in ("hunter2", "an-id", "CONTEXT"):
                assert word not in told


def test_many_changes_are_few_statements(engine: Engine) -> None:
    """A roster's batch is one statement said many times; what is stale in it undoes all of it."""
    store = SQLAlchemyStore(engine)
    records = [plain(License, f"us-ca-cslb:{number:07}") for number in range(5000)]
    store.commit(*map(Add, records))
    with pytest.raises(Conflict):
        store.commit(
            *(Replace(record, record) for record in records), Remove(attrs.evolve(records[0], version=5))
        )
    with pytest.raises(Conflict):
        store.commit(*(Replace(attrs.evolve(one, version=1 + (one is records[99])), one) for one in records))
    assert {1} == {record.version for record in store.select(License, Every(), limit=9000)}
    store.commit(*map(Remove, records))
    assert () == store.select(License, Every(), limit=1)


@pytest.mark.parametrize("kind", list(ASKED_BY))
def test_many_new_records_come_out_as_they_went_in(engine: Engine, kind: type[Record]) -> None:
    """PostgreSQL takes them by COPY, whose text has marks of its own: tabs, backslashes, ends of lines."""
    store = SQLAlchemyStore(engine)
    marks = ("\\N", "\\.", "a\tb", "a\nb\r", "\\\\t", '"', "%s %%", "")
    one = plain(kind, "one")
    texts = [field.name for field in attrs.fields(kind) if type(getattr(one, field.name)) is str]
    marked = [attrs.evolve(one, **{name: text}) for name in texts if name != "id" for text in marks]
    some = [*marked, *hard(kind)]
    records = [attrs.evolve(some[n % len(some)], id=f"{n:04}") for n in range(max(150, len(some)))]
    store.commit(*map(Add, records))

    found = store.select(kind, Every(), limit=len(records) + 1)
    assert list(map(exactly, records)) == list(map(exactly, found))


@pytest.mark.parametrize("taken", ["before", "in the same commit"])
def test_many_new_records_are_kept_or_none(engine: Engine, taken: str) -> None:
    """Where one id is taken all are refused, in a transaction of the host's too, which then goes on."""
    store = SQLAlchemyStore(engine)
    records = [plain(License, f"us-ca-cslb:{number:07}") for number in range(150)]
    if taken == "before":
        store.commit(Add(records[149]))
    else:
        records.append(records[0])
    before = store.select(License, Every(), limit=200)
    with pytest.raises(Conflict):
        store.commit(*map(Add, records))
    assert before == store.select(License, Every(), limit=200)
    with engine.connect() as connection:
        joined = SQLAlchemyStore(connection)
        with pytest.raises(Conflict):
            joined.commit(*map(Add, records))
        joined.commit(*map(Add, records[1:149]))
        connection.commit()
    assert len(before) + 148 == len(store.select(License, Every(), limit=200))
