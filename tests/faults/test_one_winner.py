"""Several processes do the same thing in the same moment, on every backend: one wins, once for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from faults.races import MANY, RACES, ROWS, Race, a_world, at_once, one_after_the_other, password
from permit_accounts import PUBLIC, SignedIn
from permit_accounts.model.names import LICENSE
from permit_accounts.model.records import Account, Identifier, License, LicenseLink
from permit_accounts.ports import Every, Store
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from servers.databases import made_on_mariadb, made_on_postgres
from servers.fixtures import MARIADB, POSTGRES, named
from servers.tables import make_tables
from stores.sqlalchemy.engines import store_of

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

Reopen = Callable[[], Store]


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Opens the records of a city anew, as each process does."""
    with ExitStack() as closed_at_the_end:
        if request.param == "sqlite":
            path = tmp_path / "city.db"
            SQLiteStore(path, create=True).close()
            yield lambda: closed_at_the_end.enter_context(
                closing(SQLiteStore(path, synchronous="NORMAL", lock_timeout=timedelta(minutes=1)))
            )
            return
        made, server = _SERVERS[request.param]
        url = closed_at_the_end.enter_context(made(named(server)))
        with closing(store_of(url)) as store:
            assert isinstance(store.bind, Engine)
            make_tables(store.bind)
        yield lambda: closed_at_the_end.enter_context(closing(store_of(url)))


_SERVERS = {"postgresql": (made_on_postgres, POSTGRES), "mariadb": (made_on_mariadb, MARIADB)}


@pytest.mark.attack("STO-01", "TOK-02", "TMP-04", "VER-01", "STO-08")
@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
def test_they_come_to_what_they_come_to_one_after_the_other(race: Race, reopen: Reopen) -> None:
    """As many winners as on a quiet day, and for the others the ordinary refusal."""
    store = reopen()
    prepared = race.prepare(a_world(store))

    fared = at_once(race, prepared, reopen)

    assert one_after_the_other(race) == fared
    assert () == violations(store)


@pytest.mark.attack("STO-01", "TOK-02")
@pytest.mark.parametrize("name", ["register one name", "reset one password", "change one password"])
def test_the_winner_alone_is_let_in(name: str, reopen: Reopen) -> None:
    """One password of all that were chosen in that moment opens the account, and one account there is."""
    world = a_world(reopen())
    prepared = RACES[name].prepare(world)

    at_once(RACES[name], prepared, reopen)

    tried = [world.accounts.sign_in(PUBLIC, "ann", password(n)) for n in range(MANY)]
    assert 1 == len([each for each in tried if isinstance(each, SignedIn)])
    assert 1 == len(world.store.select(Account, Every(), limit=9))
    assert 1 == len(world.store.select(Identifier, Every(), limit=9))


@pytest.mark.attack("CSV-10")
def test_two_imports_add_each_license_once(reopen: Reopen) -> None:
    """Whoever was slower finds it unchanged."""
    race = RACES["import one roster"]

    at_once(race, "", reopen)

    assert ROWS == len(reopen().select(License, Every(), limit=ROWS + 1))


@pytest.mark.attack("STO-07")
def test_one_claimant_gets_the_name(reopen: Reopen) -> None:
    """Of several whom staff approve in one moment: each claim is verified, and one of them signs in by it."""
    race = RACES["approve one of several claims"]
    world = a_world(reopen())
    race.prepare(world)

    at_once(race, "", reopen)

    links = world.store.select(LicenseLink, Every(), limit=9)
    assert ["verified"] * MANY == [link.state for link in links]
    names = [name for name in world.store.select(Identifier, Every(), limit=9) if name.kind == LICENSE]
    assert 1 == len(names)
    assert names[0].account_id in {link.account_id for link in links}
