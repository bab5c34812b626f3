"""Many workers on one store: each e-mail is claimed by one, and no worker undoes what another did."""

from __future__ import annotations

from collections import Counter

import attrs
import pytest

from outbox.office import LEASE, START, Hook, Office, failing, python
from permit_accounts.model.codes import OutboxState
from permit_accounts.model.errors import Conflict, Unavailable, Undeliverable
from permit_accounts.outbox import Delivered, Outbox
from permit_accounts.ports import Remove, Replace
from permit_accounts.stores.sqlite import SQLiteStore


@pytest.fixture
def office():
    return Office()


@pytest.mark.attack("MAIL-11")
def test_second_worker_finds_nothing():
    """While one worker sends, another finds nothing due."""
    others = []
    office = Office(backend=Hook(lambda message: others.append(office.outbox.deliver())))
    office.put()

    assert Delivered(sent=1) == office.deliver()

    assert [Delivered()] == others
    assert 1 == len(office.backend.mailbox.messages)


@pytest.mark.attack("MAIL-11")
def test_claim_lost_by_a_moment(office):
    """Two workers read one record; the one whose claim comes second leaves the e-mail alone."""
    office.put()
    select = office.store.select

    class Overtaken:
        max_changes = office.store.max_changes
        commit = staticmethod(office.store.commit)

        def select(self, kind, where, **rest):
            found = select(kind, where, **rest)
            office.deliver()
            return found

    late = Outbox(attrs.evolve(office.services, store=Overtaken()), office.backend)

    assert Delivered() == late.deliver()
    assert 1 == len(office.backend.messages)


@pytest.mark.attack("MAIL-10", "MAIL-11")
def test_stalled_worker_does_not_overwrite():
    """A worker stalls past its lease and another sends: twice, one Message-ID, and no record comes back."""
    second = Office()

    def stall(message):
        second.now = office.now = START + LEASE
        assert Delivered(sent=1) == second.deliver()

    office = Office(store=second.store, backend=Hook(stall))
    office.put()

    assert Delivered(sent=1) == office.deliver()

    ids = [m.message_id for m in second.backend.messages + office.backend.mailbox.messages]
    assert ["<email-0@permits.example.gov>"] * 2 == ids
    assert [] == office.emails()


@pytest.mark.attack("MAIL-11")
@pytest.mark.parametrize("error", [None, Unavailable("late"), Undeliverable("late")])
def test_late_word_of_a_stalled_worker_counts_for_nothing(error):
    """Whatever the stalled worker found out, the record says what the worker after it has written."""
    second = Office(backend=failing(Unavailable("busy")))

    def stall(message):
        second.now = office.now = START + LEASE
        second.deliver()
        if error is not None:
            raise error

    office = Office(store=second.store, backend=Hook(stall))
    office.put()

    told = office.deliver()

    kept = office.email()
    assert (OutboxState.DUE, 2, "Unavailable: busy") == (kept.state, kept.attempts, kept.last_error)
    assert Delivered(sent=1 if error is None else 0) == told
    assert [] == office.events()


@pytest.mark.attack("MAIL-11")
def test_late_drop_of_a_stalled_worker_counts_for_nothing(office):
    """A worker that stalls before it drops an e-mail leaves no event about one that is another's."""
    account = office.put_account()
    office.put(template="reset-link", token_ids=("gone",), account_id=account.id)
    commit = office.store.commit

    class Stalling:
        max_changes = office.store.max_changes
        select = staticmethod(office.store.select)

        def commit(self, *changes):
            if isinstance(changes[0], Remove):
                email = office.email()
                commit(Replace(email, attrs.evolve(email, attempts=9)))
            commit(*changes)

    stalled = Outbox(attrs.evolve(office.services, store=Stalling()), office.backend)

    assert Delivered() == stalled.deliver()
    assert 9 == office.email().attempts
    assert [] == office.events()


def contended(office, times):
    """The office's store, where so many removals meet a lock that comes free too late."""

    class Contended:
        max_changes = office.store.max_changes
        select = staticmethod(office.store.select)
        left = times

        def commit(self, *changes):
            if isinstance(changes[0], Remove) and self.left:
                self.left -= 1
                raise Conflict("the lock was not free in time")
            office.store.commit(*changes)

    return Contended()


@pytest.mark.attack("MAIL-11")
def test_contention_is_no_reason_to_send_twice(office):
    """A conflict over a lock leaves the e-mail this worker's, so it is noted as sent all the same."""
    office.put()
    outbox = Outbox(attrs.evolve(office.services, store=contended(office, 4)), office.backend)

    assert Delivered(sent=1) == outbox.deliver()
    assert [] == office.emails()


def test_contention_without_end(office):
    """A store that never lets go ends the try; the e-mail is due again after its lease."""
    office.put()
    outbox = Outbox(attrs.evolve(office.services, store=contended(office, 99)), office.backend)

    assert Delivered(sent=1) == outbox.deliver()
    assert START + LEASE == office.email().due_at


WORKER = """
import sys
from datetime import timedelta
from permit_accounts.email_backends.file import FileBackend
from permit_accounts.outbox import Delivered
from permit_accounts.stores.sqlite import SQLiteStore
from outbox.office import Office

class Noting(FileBackend):
    def send(self, message):
        super().send(message)
        print(message.message_id, flush=True)

store = SQLiteStore(sys.argv[1], synchronous="NORMAL", lock_timeout=timedelta(seconds=30))
office = Office(store, Noting(sys.argv[2]), outbox_mails_per_minute=1_000_000)
while office.emails():
    office.deliver()
"""


@pytest.mark.attack("MAIL-11")
@pytest.mark.parametrize(("workers", "emails"), [(3, 60), pytest.param(8, 1000, marks=pytest.mark.long)])
def test_many_processes_send_each_once(tmp_path, workers, emails):
    """Workers in processes of their own share one SQLite file: each e-mail is sent once, by one of them."""
    office = Office(SQLiteStore(tmp_path / "city.db", create=True, synchronous="NORMAL"))
    for n in range(emails):
        office.put(n)
    (tmp_path / "mail").mkdir()

    processes = [python(WORKER, tmp_path / "city.db", tmp_path / "mail") for _ in range(workers)]
    told = [process.communicate(timeout=300) for process in processes]

    assert [(0, "")] * workers == [
        (process.returncode, stderr) for process, (_, stderr) in zip(processes, told, strict=True)
    ]
    sent = Counter(line for stdout, _ in told for line in stdout.splitlines())
    assert {f"<email-{n}@permits.example.gov>": 1 for n in range(emails)} == dict(sent)
    assert [] == office.emails()
