"""A store on a server by its URL: the bounds of all that is waited for, and what cannot be opened."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.model.records import Account
from permit_accounts.ports import Add, Every
from permit_accounts.stores.by_url import open_store
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.stores.sqlalchemy.opening import engine_for
from permit_accounts.testing.hard_records import plain
from servers.tables import empty
from stores.sqlalchemy.engines import url_of


@pytest.fixture(params=["postgres", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each server in turn, with tables."""
    made: Engine = request.getfixturevalue(f"{request.param}_engine")
    yield made
    empty(made)


def test_a_server(server: Engine) -> None:
    """It is opened as it is, and keeps records."""
    store = open_store(url_of(server))
    assert isinstance(store, SQLAlchemyStore)
    store.commit(Add(plain(Account, "a")))
    assert [plain(Account, "a")] == list(store.select(Account, Every(), limit=9))
    store.close()


def test_a_driver_may_be_named(server: Engine) -> None:
    """It is the one that would be taken anyway."""
    driver = {"postgresql": "psycopg", "mariadb": "pymysql"}[server.dialect.name]
    store = open_store(url_of(server).replace("://", f"+{driver}://", 1))
    assert isinstance(store, SQLAlchemyStore)
    assert () == store.select(Account, Every(), limit=9)
    store.close()


def _settings(engine: Engine, *names: str) -> list[str]:
    word = "SHOW" if engine.dialect.name == "postgresql" else "SELECT @@"
    gap = " " if word == "SHOW" else ""
    with engine.connect() as connection:
        return [str(connection.exec_driver_sql(f"{word}{gap}{name}").scalar()) for name in names]


def test_what_is_waited_for_is_bounded_on_postgresql(postgres_engine: Engine) -> None:
    """Locks, statements and forgotten transactions; a silent server is found out."""
    engine = engine_for(url_of(postgres_engine))
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    assert ["5s", "30s", "1min"] == _settings(engine, *names)
    with engine.connect() as connection:
        told = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    expected = {"connect_timeout": "5", "keepalives_idle": "30", "tcp_user_timeout": "60000"}
    assert expected == {name: told[name] for name in expected}
    engine.dispose()


def test_what_is_waited_for_is_bounded_on_mariadb(mariadb_engine: Engine) -> None:
    """Locks and statements; a silent server is found out."""
    engine = engine_for(url_of(mariadb_engine))
    assert ["5", "30.0"] == [
        value.rstrip("0").rstrip(".") + ".0" if "." in value else value
        for value in _settings(engine, "innodb_lock_wait_timeout", "max_statement_time")
    ]
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert (5, 60, 60) == (driver.connect_timeout, driver._read_timeout, driver._write_timeout)  # type: ignore[union-attr]
    engine.dispose()


def test_what_a_url_says_goes_first(postgres_engine: Engine) -> None:
    """A bound in the URL is that of the connection."""
    engine = engine_for(f"{url_of(postgres_engine)}?connect_timeout=3")
    with engine.connect() as connection:
        told = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert "3" == told["connect_timeout"]
    engine.dispose()


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
@pytest.mark.parametrize(
    "rest",
    [
        "//ann:hunter2@db:port/permits",
        "//ann:hunter2@db",
        "/hunter2",
        "//ann:a@hunter2@db/permits",
        "//ann:a@hunter2/hunter2@db/permits",
        "//ann:a@hunter2/hunter2?hunter2@db/permits",
        "///ann:hunter2@db/permits",
        "//ann/hunter2@db/permits",
    ],
)
def test_a_url_that_cannot_be_read(scheme: str, rest: str) -> None:
    """The message tells how one is written, and nothing of this one."""
    with pytest.raises(ConfigurationError, match="user:password@host:port/database") as caught:
        engine_for(f"{scheme}:{rest}")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_a_server_that_cannot_be_reached(scheme: str) -> None:
    """It is out of reach, and neither the message nor its cause shows the password."""
    with pytest.raises(Unavailable, match="see that the server runs") as caught:
        open_store(f"{scheme}://ann:hunter2@127.0.0.1:1/permits")
    assert caught.value.__cause__ is not None
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__cause__}"


@pytest.mark.attack("CFG-06")
@pytest.mark.parametrize(
    ("user", "rest"),
    [
        ("ann:hunter2", "permits?color=hunter2"),
        ("ann:hunter2", "permits?connect_timeout=hunter2"),
        ("ann:hunter2", "permits?read_timeout=hunter2"),
        ("ann:hunter2", "permits?charset=hunter2"),
        ("ann:hunter2", "permits?plugin=hunter2"),
        ("ann:hunter2", "permits?ssl_ca=/nowhere/hunter2"),
        ("ann:hunter2%E2%82%AC", "permits"),
    ],
)
def test_what_the_driver_trips_over_is_told(mariadb_engine: Engine, user: str, rest: str) -> None:
    """Its own error may hold an option's value, or a password that PyMySQL cannot encode."""
    url = f"mariadb://{user}@127.0.0.1:{mariadb_engine.url.port}/{rest}"
    for create in (False, True):
        with pytest.raises(ConfigurationError, match="mend") as caught:
            open_store(url, create=create)
        assert "hunter2" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_a_store_that_nobody_has_any_more_closes_its_connections(postgres_engine: Engine) -> None:
    """A command that ends, or a test, leaves no connection to be found open by the collector."""
    store = open_store(url_of(postgres_engine))
    assert isinstance(store, SQLAlchemyStore)
    assert isinstance(store.bind, Engine)
    pool = store.bind.pool
    store.select(Account, Every(), limit=1)
    assert 1 == pool.checkedin()  # type: ignore[attr-defined]
    del store
    gc.collect()
    assert 0 == pool.checkedin()  # type: ignore[attr-defined]
