"""An import dies at every moment; told again, it comes to what it would have come to."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from permit_accounts.model.codes import EventName
from permit_accounts.model.errors import Unavailable
from permit_accounts.model.records import AuditEvent, License
from permit_accounts.model.roster import RosterProgress
from permit_accounts.roster import import_roster
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import World
from roster.town import all_of, everything, imported, many, small_commits

ROWS = 2000

#: A child that imports the file of its first argument into the database of its second, in commits of 100.
CHILD = """
    import os, resource, signal, sys
    from permit_accounts.roster import import_roster
    from permit_accounts.stores.sqlite import SQLiteStore
    from permit_accounts.testing.world import World

    store = SQLiteStore(sys.argv[2], synchronous="NORMAL")
    store.max_changes = 100
    moment, rows = sys.argv[3], int(sys.argv[4])

    def die(progress):
        if progress.stage == moment and progress.report.rows >= rows:
            os.kill(os.getpid(), signal.SIGKILL)
        if progress.report.rows == 100:
            print("begun", flush=True)

    import_roster(World(store=store).services, sys.argv[1], progress=die)
"""


def child(*arguments: object, script: str = CHILD) -> subprocess.Popen[str]:
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH", ""), str(Path(__file__).parents[1])]))
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_bytes(many(ROWS).getvalue())
    return path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    SQLiteStore(tmp_path / "city.db", create=True, synchronous="NORMAL").close()
    return tmp_path / "city.db"


@pytest.fixture
def uninterrupted(roster: Path) -> tuple[License, ...]:
    world = World()
    imported(world, roster)
    return all_of(world.store, License)


def tell_again(database: Path, roster: Path, uninterrupted: tuple[License, ...]) -> int:
    """Import again; answer how many licenses were there already."""
    with sqlite3.connect(database) as connection:
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()
    world = World(store=SQLiteStore(database, synchronous="NORMAL"))
    there = len(all_of(world.store, License))
    report = imported(world, roster)
    assert (there, ROWS - there) == (report.unchanged, report.added)
    assert uninterrupted == all_of(world.store, License)
    written = {kind.__name__ for kind, records in everything(world.store).items() if records}
    assert {"License", "AuditEvent"} == written
    return there


@pytest.mark.attack("CSV-08")
@pytest.mark.parametrize(
    ("moment", "rows", "there"),
    [("checking", 0, 0), ("importing", 1, 100), ("importing", 1000, 1000), ("importing", ROWS, ROWS)],
)
def test_killed(
    roster: Path, database: Path, uninterrupted: tuple[License, ...], moment: str, rows: int, there: int
) -> None:
    """While it checks, after its first commit, in the middle and after its last."""
    if moment == "checking":
        roster.write_bytes(many(12_000).getvalue())
    dead = child(roster, database, moment, rows)
    dead.communicate(timeout=60)
    assert -signal.SIGKILL == dead.returncode
    roster.write_bytes(many(ROWS).getvalue())
    assert there == tell_again(database, roster, uninterrupted)


@pytest.mark.attack("CSV-08")
def test_killed_by_somebody_else_at_any_moment(
    roster: Path, database: Path, uninterrupted: tuple[License, ...]
) -> None:
    """Also in the midst of a commit: whole commits are there, or nothing of them."""
    dead = child(roster, database, "never", 0)
    assert dead.stdout is not None
    assert "begun\n" == dead.stdout.readline()
    dead.kill()
    dead.communicate(timeout=60)
    assert 0 == tell_again(database, roster, uninterrupted) % 100


@pytest.mark.long
@pytest.mark.attack("CSV-08")
def test_killed_many_times(roster: Path, database: Path, uninterrupted: tuple[License, ...]) -> None:
    """Thirty times in a row, each a little later than the last."""
    for n in range(30):
        dead = child(roster, database, "never", 0)
        time.sleep(0.3 + n * 0.01)
        dead.kill()
        dead.communicate(timeout=60)
    tell_again(database, roster, uninterrupted)


@pytest.mark.attack("CSV-08")
def test_disk_full(roster: Path, database: Path, uninterrupted: tuple[License, ...]) -> None:
    """The store says that it is out of reach; what was written is whole, and the rest follows with space."""
    script = """
        import resource, sys
        from permit_accounts.model.errors import Unavailable
        from permit_accounts.roster import import_roster
        from permit_accounts.stores.sqlite import SQLiteStore
        from permit_accounts.testing.world import World

        store = SQLiteStore(sys.argv[2], synchronous="NORMAL")
        store.max_changes = 100
        services = World(store=store).services
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
        try:
            import_roster(services, sys.argv[1])
        except Unavailable:
            print("no space")
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    """
    said, wrong = child(roster, database, script=script).communicate(timeout=60)
    assert "no space\n" == said, wrong
    assert 0 < tell_again(database, roster, uninterrupted) < ROWS


@pytest.mark.attack("CSV-08")
@pytest.mark.parametrize("chunks", [1, 3, 8])
def test_interrupted_by_hand(chunks: int, uninterrupted: tuple[License, ...]) -> None:
    """Ctrl-C leaves whole commits, and the last report that was heard is exactly what is there."""
    world = World(store=small_commits())
    heard: list[RosterProgress] = []

    def interrupt(progress: RosterProgress) -> None:
        heard.append(progress)
        if progress.report.added == 25 * chunks:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_roster(world.services, many(ROWS), progress=interrupt)
    assert 25 * chunks == heard[-1].report.added == len(all_of(world.store, License))
    assert () == all_of(world.store, AuditEvent)

    report = imported(world, many(ROWS))
    assert (25 * chunks, ROWS - 25 * chunks) == (report.unchanged, report.added)
    assert uninterrupted == all_of(world.store, License)
    assert [EventName.ROSTER_IMPORTED] == [event.name for event in all_of(world.store, AuditEvent)]


@pytest.mark.attack("CSV-08")
def test_store_that_goes_away(tmp_path: Path) -> None:
    """The import stops with the store's own error."""
    store = SQLiteStore(tmp_path / "city.db", create=True)
    world = World(store=store)
    for file in tmp_path.glob("city.db*"):
        file.unlink()
    store.close()
    with pytest.raises(Unavailable):
        import_roster(world.services, many(10))


@pytest.mark.attack("CSV-08")
def test_changed_file_of_the_same_name(roster: Path, database: Path) -> None:
    """Half of one file, then another under its name: what the second tells holds, nothing is lost."""
    dead = child(roster, database, "importing", 1000)
    dead.communicate(timeout=60)
    roster.write_bytes(many(ROWS).getvalue().replace(b"Builders", b"Roofers"))
    world = World(store=SQLiteStore(database, synchronous="NORMAL"))
    report = imported(world, roster)
    assert (1000, 1000) == (report.changed, report.added)
    businesses = [record.business for record in all_of(world.store, License)]
    assert {"Roofers"} == {business.name.split()[0] for business in businesses if business is not None}
