"""For how long an import goes on where its batches meet conflicts."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from existing_users.portal import DECLARED
from existing_users.portal import many as users
from permit_accounts.existing_users import import_users
from permit_accounts.model.codes import EventName
from permit_accounts.model.errors import Conflict, Unavailable
from permit_accounts.model.records import AuditEvent, Session
from permit_accounts.model.roster import RosterReport
from permit_accounts.model.users import UsersReport
from permit_accounts.ports import Add, Change, Every
from permit_accounts.roster import import_roster
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.hard_records import plain
from permit_accounts.testing.world import World, city_policy
from permit_accounts.tools import batch_commits
from permit_accounts.tools.batch_commits import LONGEST, BatchCommits
from roster.town import many as licenses

LOCK = 5.0  # seconds, after which a lock that is not had is a conflict


class Locked(MemoryStore):
    """Held by somebody, until `free` is set; whoever commits waits as long as a lock is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 1000.0
        self.wait = LOCK
        self.free = False

    def monotonic(self) -> float:
        return self.seconds

    def commit(self, *changes: Change) -> None:
        if not self.free:
            self.seconds += self.wait
            raise Conflict("somebody holds the lock")
        super().commit(*changes)


def commits_to(store: Locked) -> BatchCommits:
    """An import's commits to this store."""
    return BatchCommits(World(store=store).services, dry_run=False, monotonic=store.monotonic)


@pytest.mark.attack("CSV-08")
def test_conflicts_that_each_take_a_locks_time_are_few() -> None:
    """The third is the end, and says that the import may be told again."""
    store = Locked()
    commits = commits_to(store)
    for _ in range(int(LONGEST / LOCK) - 1):
        with pytest.raises(Conflict):
            commits.commit([Add(plain(Session, "a"))])
    with pytest.raises(Unavailable, match="import the file again") as caught:
        commits.commit([Add(plain(Session, "a"))])
    assert isinstance(caught.value.__cause__, Conflict)


def test_what_gets_through_begins_it_anew() -> None:
    """An import that makes progress is slow, and not held up."""
    store = Locked()
    commits = commits_to(store)
    for number in range(5):
        store.free = False
        with pytest.raises(Conflict):
            commits.commit([Add(plain(Session, f"{number}"))])
        store.free = True
        commits.commit([Add(plain(Session, f"{number}"))])
    assert 5 == len(store.select(Session, Every(), limit=9))


def test_quick_conflicts_are_the_writers_own() -> None:
    """Somebody was faster: as many as there are."""
    store = Locked()
    store.wait = 0.001
    commits = commits_to(store)
    for _ in range(500):
        with pytest.raises(Conflict):
            commits.commit([Add(plain(Session, "a"))])


def test_a_dry_run_commits_nothing() -> None:
    """Nor is a batch without changes one."""
    store = Locked()
    BatchCommits(World(store=store).services, dry_run=True).commit([Add(plain(Session, "a"))])
    commits_to(store).commit([])


class Tried(SQLiteStore):
    """How often something was to be committed."""

    tries = 0

    def commit(self, *changes: Change) -> None:
        self.tries += 1
        super().commit(*changes)


@pytest.mark.attack("CSV-08")
@pytest.mark.parametrize(("tell", "file"), [(import_users, users), (import_roster, licenses)])
def test_a_lock_that_somebody_holds_ends_an_import(
    tell: Callable[..., object],
    file: Callable[[int], io.BytesIO],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a few waits for it, not after five for every half of a batch; told again, it loses nothing."""
    monkeypatch.setattr(batch_commits, "LONGEST", 0.15)
    store = Tried(tmp_path / "city.db", create=True, lock_timeout=timedelta(seconds=0.1))
    world = World(city_policy(imported_hashes=DECLARED), store=store)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="import the file again"):
            tell(world.services, file(40))
    assert store.tries <= 3

    report = tell(world.services, file(40))

    assert isinstance(report, UsersReport | RosterReport)
    assert (40, 0) == (report.added, report.refused)


class ClosedLate(MemoryStore):
    """Somebody holds a lock once the rows are written, so that nothing is noted of an import."""

    held = True

    def commit(self, *changes: Change) -> None:
        if self.held and any(isinstance(one, Add) and isinstance(one.record, AuditEvent) for one in changes):
            raise Conflict("somebody holds the lock")
        super().commit(*changes)


def test_a_lock_at_the_end_of_an_import_is_told() -> None:
    """The rows are written; told again, the import finds them so, and is noted."""
    store = ClosedLate()
    services = World(store=store).services
    with pytest.raises(Unavailable, match="import the file again"):
        import_roster(services, licenses(40))
    store.held = False

    report = import_roster(services, licenses(40))

    assert isinstance(report, RosterReport)
    assert (0, 40) == (report.added, report.unchanged)
    assert [EventName.ROSTER_IMPORTED] == [event.name for event in store.select(AuditEvent, Every(), limit=9)]
