"""The command on a city whose database is on a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import MetaData

from cli.terminal import CHEAP, Terminal
from permit_accounts.accounts import Accounts
from permit_accounts.cli.options import DATABASE_VARIABLE
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.outcomes import SignedIn
from permit_accounts.rules.account_types import PUBLIC
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.stores.sqlalchemy.opening import engine_for
from permit_accounts.stores.sqlalchemy.tables import add_tables
from permit_accounts.testing.world import PASSWORD, city_policy, public_form
from servers.databases import made_on_mariadb, made_on_postgres
from servers.fixtures import MARIADB, POSTGRES, named


@pytest.fixture(params=["postgres", "mariadb"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of this test's own on each server, without tables."""
    made, variable = {"postgres": (made_on_postgres, POSTGRES), "mariadb": (made_on_mariadb, MARIADB)}[
        request.param
    ]
    with made(named(variable)) as address:
        yield address


def _make_tables(url: str) -> None:
    engine, metadata = engine_for(url), MetaData()
    add_tables(metadata)
    metadata.create_all(engine)
    engine.dispose()


def test_a_database_without_tables(terminal: Terminal, url: str) -> None:
    """The command that makes them is named; nothing of the URL but the scheme is shown."""
    terminal.set(DATABASE_VARIABLE, url)
    ended = terminal.run("purge")
    assert 0 != ended.code
    assert "permit-accounts db upgrade" in " ".join(ended.err.split())
    assert url not in ended.out + ended.err


def test_the_portal_and_the_command_share_a_server(terminal: Terminal, url: str) -> None:
    """Who registered at the portal is explained by the command, and a roster goes in from there."""
    _make_tables(url)
    accounts = Accounts.open(
        url, keys=terminal.keys, policy=city_policy(argon2=CHEAP), email=MemoryBackend(), create=True
    )
    assert isinstance(accounts.register(PUBLIC, public_form()), SignedIn)
    terminal.set(DATABASE_VARIABLE, url)
    explained = terminal.run("explain", "ann")
    assert 0 == explained.code
    assert "ann" in explained.out
    rows = terminal.roster("1012345,Ann Builds,office@mail.example.org,2019-05-14")
    tried = terminal.run("roster", "import", str(rows), "--dry-run")
    assert 0 == tried.code
    assert 0 == terminal.run("roster", "import", str(rows)).code
    assert isinstance(accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    store = accounts.services.store
    assert isinstance(store, SQLAlchemyStore)
    store.close()
