"""A process dies at the worst moment: no e-mail is lost, and none is sent for nothing."""

from __future__ import annotations

import contextlib
import signal
from datetime import timedelta

import attrs
import pytest

from outbox.office import LEASE, START, Hook, Office, python
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.codes import EventName
from permit_accounts.model.errors import Conflict
from permit_accounts.outbox import Delivered, Outbox
from permit_accounts.ports import Add, Replace
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.smtp_server import SMTPServer


@pytest.fixture
def office():
    return Office()


@pytest.mark.attack("MAIL-09")
def test_killed_between_commit_and_send(tmp_path):
    """kill -9 right after the commit: the e-mail is in the file and leaves with the next start."""
    script = """
        import os, signal, sys
        from permit_accounts.stores.sqlite import SQLiteStore
        from outbox.office import Office

        Office(SQLiteStore(sys.argv[1], create=True)).put()
        os.kill(os.getpid(), signal.SIGKILL)
    """
    process = python(script, tmp_path / "city.db")
    process.communicate(timeout=60)
    office = Office(SQLiteStore(tmp_path / "city.db"))

    assert -signal.SIGKILL == process.returncode
    assert Delivered(sent=1) == office.deliver()
    assert ["ann0@example.org"] == [m.recipient for m in office.backend.messages]


@pytest.mark.attack("MAIL-09")
def test_no_commit_no_mail(office):
    """An e-mail in a commit that failed was never in the outbox, and nothing was sent before."""
    account = office.put_account()
    office.store.commit(Replace(account, attrs.evolve(account, username="anna")))
    email = attrs.evolve(office.put(), id="email-1")
    office.deliver()

    with pytest.raises(Conflict):
        office.store.commit(Add(email), Replace(account, attrs.evolve(account, username="annie")))

    assert Delivered() == office.deliver()
    assert 1 == len(office.backend.messages)


@pytest.mark.attack("MAIL-10")
def test_killed_between_acceptance_and_noting_it(tmp_path):
    """kill -9 after the server's 250: kept, sent once more after the lease, with the same Message-ID."""
    script = """
        import os, signal, sys
        from permit_accounts.email_backends.smtp import SMTPBackend
        from permit_accounts.stores.sqlite import SQLiteStore
        from outbox.office import Office

        class Deadly(SMTPBackend):
            def send(self, message):
                super().send(message)
                os.kill(os.getpid(), signal.SIGKILL)

        backend = Deadly("127.0.0.1", int(sys.argv[2]), security="none", local_hostname="localhost")
        office = Office(SQLiteStore(sys.argv[1], create=True), backend)
        office.put()
        office.deliver()
    """
    with SMTPServer() as server:
        process = python(script, tmp_path / "city.db", server.port)
        process.communicate(timeout=60)
        assert -signal.SIGKILL == process.returncode

        backend = SMTPBackend(server.host, server.port, security="none", local_hostname="localhost")
        office = Office(SQLiteStore(tmp_path / "city.db"), backend)
        other = Outbox(office.services, backend)
        office.now = START + LEASE - timedelta(microseconds=1)
        assert Delivered() == office.deliver()
        office.now = START + LEASE
        told = (office.deliver(), other.deliver())

        letters = [envelope.content for envelope in server.envelopes]

    assert (Delivered(sent=1), Delivered()) == told
    assert 2 == len(letters)
    assert all(b"Message-ID: <email-0@permits.example.gov>" in letter for letter in letters)
    assert [] == office.emails()


@pytest.mark.attack("MAIL-10", "MAIL-12")
def test_email_that_kills_every_worker(office):
    """An e-mail whose sending ends the process each time is given up after the attempts of the policy."""

    def die(message):
        raise SystemExit

    office = Office(backend=Hook(die), outbox_attempts=3)
    office.put()
    told = []
    for _ in range(4):
        with contextlib.suppress(SystemExit):
            told.append(office.deliver())
        office.now += LEASE

    assert [Delivered(failed=1)] == told
    assert "every worker that tried it came to an end" == office.email().last_error
    assert [EventName.EMAIL_FAILED] == [event.name for event in office.events()]
