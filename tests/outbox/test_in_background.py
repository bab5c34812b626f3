"""The thread that delivers beside the application."""

from __future__ import annotations

import logging
from datetime import timedelta

import attrs
import pytest

from outbox.office import SECOND, START, Bell, Hook, Office, outbox_threads, python
from permit_accounts.model.errors import Unavailable
from permit_accounts.outbox import Delivered, Outbox


@pytest.fixture
def office():
    return Office()


def test_thread_delivers_until_stopped():
    """One thread delivers what comes; started twice it is one; stopped it is gone until it is started."""
    office = Office(backend=Bell())
    interval = timedelta(milliseconds=1)

    office.outbox.start(interval)
    office.outbox.start(interval)
    try:
        assert 1 == len(outbox_threads())
        office.put(0)
        office.backend.wait()
    finally:
        office.outbox.stop()
    assert [] == outbox_threads()

    office.put(1)
    office.outbox.start(interval)
    try:
        office.backend.wait()
    finally:
        office.outbox.stop()
    assert ["ann0@example.org", "ann1@example.org"] == [m.recipient for m in office.backend.mailbox.messages]


def test_stopped_without_having_been_started(office):
    """Stopping what does not run does nothing."""
    office.outbox.stop()


def test_stopped_between_two_emails():
    """The e-mail that has begun is finished; the next one is left for later."""
    told = []
    office = Office(backend=Hook(told.append))
    office.put(0, due_at=START - SECOND)
    office.put(1)

    office.outbox.watch(lambda: bool(told))

    assert ["ann0@example.org"] == [m.recipient for m in office.backend.mailbox.messages]
    assert ["email-1"] == [email.id for email in office.emails()]


def test_thread_survives_its_store(caplog):
    """A store that fails for a while ends no thread, and the log names the kind of fault alone."""
    office = Office(backend=Bell())
    select = office.store.select

    class Shaky:
        max_changes = office.store.max_changes
        commit = staticmethod(office.store.commit)
        failures = 2

        def select(self, *question, **rest):
            if self.failures:
                self.failures -= 1
                raise Unavailable("postgresql://city:hunter2@db/accounts is gone")
            return select(*question, **rest)

    outbox = Outbox(attrs.evolve(office.services, store=Shaky()), office.backend)
    office.put()

    with caplog.at_level(logging.DEBUG):
        outbox.start(timedelta(milliseconds=1))
        try:
            office.backend.wait()
        finally:
            outbox.stop()

    assert ["a round of the outbox failed and is repeated: Unavailable"] * 2 == caplog.messages
    assert "hunter2" not in caplog.text


def test_watched_until_told_to_stop(office):
    """A loop in this thread delivers round after round, until it is told to stop."""
    office.put()
    answers = iter([False, False, False, False, True])

    office.outbox.watch(lambda: next(answers), timedelta(microseconds=1))

    assert 1 == len(office.backend.messages)
    assert [] == list(answers)


def test_whoever_watches_is_told_of_each_round(office):
    """Once for each round that had an e-mail, with what became of it, and never of an idle one."""
    office.put(0)
    told = []
    answers = iter([False] * 5 + [True] * 5)

    office.outbox.watch(lambda: next(answers), timedelta(microseconds=1), tell=told.append)

    assert [Delivered(sent=1)] == told


def test_a_round_that_fails_midway_tells_what_it_did(caplog):
    """What was sent before the store failed was sent, and is counted; the rest is for the next round."""
    office = Office()
    office.put(0, due_at=START - SECOND)
    office.put(1)
    commit = office.store.commit

    class Failing:
        max_changes = office.store.max_changes
        select = staticmethod(office.store.select)
        committed = 0

        def commit(self, *changes):
            self.committed += 1
            if self.committed == 3:
                raise Unavailable("the disk is gone")
            commit(*changes)

    told = []
    outbox = Outbox(attrs.evolve(office.services, store=Failing()), office.backend)

    outbox.watch(lambda: len(told) == 2, timedelta(microseconds=1), tell=told.append)

    assert [Delivered(sent=1), Delivered(sent=1)] == told
    assert Delivered(sent=2) == told[0] + told[1]
    assert ["a round of the outbox failed and is repeated: Unavailable"] == caplog.messages


def test_a_wait_ends_where_somebody_says_stop():
    """Ctrl-C must not have to wait for the interval, however long that is."""
    office = Office()
    waited = []
    outbox = Outbox(attrs.evolve(office.services, pause=waited.append), office.backend)

    outbox.watch(lambda: len(waited) == 3, timedelta(hours=1))

    assert [0.2] * 3 == waited


def test_begins_again_in_the_child_of_a_fork(tmp_path):
    """A server that forks its workers after the start has the thread in each of them, where it ran."""
    script = """
        import os, sys, warnings
        from datetime import timedelta
        from permit_accounts.email_backends.memory import MemoryBackend
        from permit_accounts.outbox import Delivered, Outbox
        from permit_accounts.stores.sqlite import SQLiteStore
        from outbox.office import Bell, Office, outbox_threads

        warnings.simplefilter("ignore", DeprecationWarning)
        office = Office(SQLiteStore(sys.argv[1], create=True), Bell())
        never_started = Outbox(office.services, MemoryBackend())
        office.outbox.start(timedelta(milliseconds=1))
        child = os.fork()
        if child == 0:
            assert len(outbox_threads()) == 1
            office.outbox.stop()
            assert outbox_threads() == []
            office.outbox.start(timedelta(milliseconds=1))
            office.put()
            office.backend.wait()
            office.outbox.stop()
            sys.exit(7)
        office.outbox.stop()
        _, status = os.waitpid(child, 0)
        sys.exit(os.waitstatus_to_exitcode(status))
    """
    process = python(script, tmp_path / "city.db")
    _, stderr = process.communicate(timeout=120)

    assert (7, "") == (process.returncode, stderr)
