"""An import into a database server is cut off or killed at any statement; told again, it is complete."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from faults.backends import Records, ServerBackend
from faults.blows import Blow, cut_off, killed, listening
from faults.points import EveryEnd, kind_of_statement
from permit_accounts.model.records import License
from permit_accounts.roster import import_roster
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World
from roster.town import all_of, imported, many
from servers.databases import made_on_mariadb, made_on_postgres
from servers.fixtures import MARIADB, POSTGRES, named

#: Few rows that still make several commits, and so many in each that PostgreSQL is given them by COPY.
CHUNK, ROWS = 100, 200
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture(
    params=[(made_on_postgres, POSTGRES), (made_on_mariadb, MARIADB)], ids=["postgresql", "mariadb"]
)
def backend(request: pytest.FixtureRequest) -> Iterator[ServerBackend]:
    """A city's records on a server, a few of which go into a commit."""
    made, server = request.param
    with made(named(server)) as url, closing(ServerBackend(url)) as backend:
        backend.store.max_changes = CHUNK
        yield backend


@pytest.mark.attack("CSV-08", "STO-06")
@pytest.mark.parametrize("blow", [cut_off, killed])
def test_an_import_that_was_struck_is_told_again(backend: ServerBackend, blow: Blow) -> None:
    """What was written stays and is found unchanged; what was not is added; nothing is there twice."""
    world = World(store=backend.store)
    records = Records(backend.store)
    empty, heard = records.keep(), list[str]()
    with listening(backend, heard):
        imported(world, file())
    expected = all_of(world.store, License)
    changes = [at for at, said in enumerate(heard, 1) if kind_of_statement(said) == "change"]

    for at in sorted({*EveryEnd().at("import", heard), *changes}):
        records.put_back(empty)
        blow(backend, importing(world), at, heard)
        assert set(all_of(world.store, License)) <= set(expected)
        report = imported(world, file())
        assert (ROWS, 0) == (report.added + report.unchanged, report.changed)
        assert expected == all_of(world.store, License)
        assert () == violations(world.store)
    assert len(changes) >= ROWS // CHUNK
    assert backend.name != "postgresql" or any(said.startswith("COPY") for said in heard)


def importing(world: World) -> Callable[[], object]:
    """One import of the file."""
    return lambda: import_roster(world.services, file())


def file() -> io.BytesIO:
    """The roster, from its beginning."""
    return io.BytesIO(many(ROWS).getvalue())
