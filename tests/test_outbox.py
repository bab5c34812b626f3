"""How e-mail leaves: claimed by one worker, sent at least once, never lost, never let one stop the others."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.codes import ActorKind, EventName, OutboxState, Purpose, Reason, Standing
from permit_accounts.model.errors import Conflict, Unavailable, Undeliverable
from permit_accounts.model.records import Account, AuditEvent, OneTimeToken, OutboxEmail
from permit_accounts.model.secret import Secret
from permit_accounts.outbox import Delivered, Outbox
from permit_accounts.ports import Add, Every, Is, Remove, Replace
from permit_accounts.rules.policy import Policy
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.smtp_server import Behavior, SMTPServer
from permit_accounts.texts import TomlCatalog
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.services import Services

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEYRING = Keyring.new()
SECOND = timedelta(seconds=1)
LEASE = timedelta(minutes=5)
# A backend that no test waits for longer than this is a broken one.
PATIENCE = 20


class Office:
    """A store, a clock and a mailbox: what an outbox works with."""

    def __init__(self, store=None, backend=None, **policy):
        self.now = START
        self.store = store or MemoryStore()
        self.backend = backend or MemoryBackend()
        self.dice = os.urandom
        self.policy = Policy(
            city="West Hollywood", support_phone="(323) 848-6475", base_url="https://permits.example.gov", **policy
        )
        self.services = Services(
            store=self.store,
            scratch=self.store,
            hasher=CheapHasher(KEYRING),
            keyring=KEYRING,
            policy=self.policy,
            catalog=TomlCatalog(),
            now=lambda: self.now,
            random=lambda n: self.dice(n),
        )
        self.outbox = Outbox(self.services, self.backend)

    def deliver(self, **limits):
        return self.outbox.deliver(**limits)

    def emails(self):
        return list(self.store.select(OutboxEmail, Every(), limit=10_000))

    def email(self, email_id="email-0"):
        return self.store.select(OutboxEmail, Is("id", email_id), limit=1)[0]

    def events(self):
        return list(self.store.select(AuditEvent, Every(), limit=10_000))

    def put(self, n=0, **changes):
        email = OutboxEmail(
            id=f"email-{n}",
            recipient=f"ann{n}@example.org",
            template=changes.pop("template", "password-changed"),
            params={"username": "ann", "account_type": "public"},
            due_at=changes.pop("due_at", self.now),
            created_at=self.now,
            **changes,
        )
        self.store.commit(Add(email))
        return email

    def put_account(self, name="ann", **changes):
        account = Account(
            id=name,
            account_type="public",
            standing=Standing.ACTIVE,
            username=name,
            created_at=START,
            **changes,
        )
        self.store.commit(Add(account))
        return account

    def put_token(self, account, purpose=Purpose.RESET_PASSWORD, **changes):
        token = OneTimeToken(
            id=f"{account.id}-{purpose}-{changes.pop('n', 0)}",
            purpose=purpose,
            account_id=account.id,
            epoch=changes.pop("epoch", account.epoch),
            created_at=changes.pop("created_at", START),
            expires_at=changes.pop("expires_at", START + timedelta(hours=1)),
            **changes,
        )
        self.store.commit(Add(token))
        return token


class Hook:
    """A backend that does something of the test's own before the e-mail is in the mailbox."""

    def __init__(self, before):
        self.before = before
        self.mailbox = MemoryBackend()

    def send(self, message):
        self.before(message)
        self.mailbox.send(message)


def failing(error):
    def fail(message):
        raise error

    return Hook(fail)


@pytest.fixture
def office():
    return Office()


def test_sent_and_forgotten(office):
    """What is due goes to the address stored and is no longer there."""
    office.put()

    assert Delivered(sent=1) == office.deliver()

    (message,) = office.backend.messages
    assert "ann0@example.org" == message.recipient
    assert "<email-0@permits.example.gov>" == message.message_id
    assert START == message.date
    assert [] == office.emails()
    assert [] == office.events()


def test_nothing_to_do(office):
    """An empty outbox is an ordinary thing."""
    assert Delivered() == office.deliver()


def test_not_before_its_time(office):
    """An e-mail that is due in a microsecond waits for it."""
    office.put(due_at=START + timedelta(microseconds=1))

    assert Delivered() == office.deliver()
    office.now += timedelta(microseconds=1)
    assert Delivered(sent=1) == office.deliver()


def test_longest_waiting_first(office):
    """No more than the limit, and those first that have waited longest."""
    for n in range(3):
        office.put(n, due_at=START - n * SECOND)

    assert Delivered(sent=2) == office.deliver(limit=2)

    assert ["ann2@example.org", "ann1@example.org"] == [m.recipient for m in office.backend.messages]


def test_claimed_while_it_is_sent():
    """During the sending the record says how often it was tried and until when it is this worker's."""
    seen = []
    office = Office(backend=Hook(lambda message: seen.append(office.email())))
    office.put()

    office.deliver()

    (claimed,) = seen
    assert (1, START + LEASE, 2) == (claimed.attempts, claimed.due_at, claimed.version)


# ----------------------------------------------------------------------------------------------- many workers


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
    """A worker stalls past its lease and another sends: twice at most, one Message-ID, and no record comes back."""
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
from test_outbox import Office

class Noting(FileBackend):
    def send(self, message):
        super().send(message)
        print(message.message_id, flush=True)

store = SQLiteStore(sys.argv[1], synchronous="NORMAL", lock_timeout=timedelta(seconds=30))
office = Office(store, Noting(sys.argv[2]), outbox_mails_per_minute=1_000_000)
while office.emails():
    office.deliver()
"""


def python(script, *arguments, **popen):
    """A process of its own that runs a script which knows this module."""
    paths = [os.path.dirname(__file__), *sys.path]
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **popen,
    )


@pytest.mark.attack("MAIL-11")
@pytest.mark.parametrize(
    ("workers", "emails"), [(3, 60), pytest.param(8, 1000, marks=pytest.mark.long)]
)
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


# -------------------------------------------------------------------------------------------- sudden deaths


@pytest.mark.attack("MAIL-09")
def test_killed_between_commit_and_send(tmp_path):
    """kill -9 right after the commit: the e-mail is in the file and leaves with the next start."""
    script = """
        import os, signal, sys
        from permit_accounts.stores.sqlite import SQLiteStore
        from test_outbox import Office

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
        from test_outbox import Office

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
    for _ in range(3):
        with pytest.raises(SystemExit):
            office.deliver()
        office.now += LEASE

    assert Delivered(failed=1) == office.deliver()

    assert "every worker that tried it came to an end" == office.email().last_error
    assert [EventName.EMAIL_FAILED] == [event.name for event in office.events()]


# ------------------------------------------------------------------------------------------------ dead links


def spent(office, token):
    office.store.commit(Remove(token))


def expired(office, token):
    office.now = token.expires_at


def of_an_older_epoch(office, token):
    (account,) = office.store.select(Account, Is("id", token.account_id), limit=1)
    office.store.commit(Replace(account, account.with_password("another")))


def disabled(office, token):
    (account,) = office.store.select(Account, Is("id", token.account_id), limit=1)
    office.store.commit(Replace(account, attrs.evolve(account, standing=Standing.DISABLED)))


def overtaken(office, token):
    (account,) = office.store.select(Account, Is("id", token.account_id), limit=1)
    office.put_token(account, n=1, created_at=token.created_at + SECOND)


def account_gone(office, token):
    (account,) = office.store.select(Account, Is("id", token.account_id), limit=1)
    office.store.commit(Remove(account))


@pytest.mark.attack("MAIL-13")
@pytest.mark.parametrize(
    "happens", [spent, expired, of_an_older_epoch, disabled, overtaken, account_gone]
)
def test_dead_link_is_not_sent(office, happens):
    """An e-mail whose link would open nothing is dropped, and an event tells."""
    token = office.put_token(office.put_account())
    office.put(template="reset-link", token_ids=(token.id,), account_id="ann")

    happens(office, token)
    told = office.deliver()

    assert Delivered(dropped=1) == told
    assert [] == office.backend.messages
    assert [] == office.emails()
    (event,) = office.events()
    assert (EventName.EMAIL_DROPPED, ActorKind.SYSTEM, "ann", Reason.DEAD_TOKEN) == (
        event.name,
        event.actor,
        event.account_id,
        event.cause,
    )
    assert {"email": "email-0", "template": "reset-link"} == event.params
    assert event.desk_at is None


@pytest.mark.attack("MAIL-13")
def test_link_in_its_last_moment(office):
    """A link is good until the microsecond in which it expires."""
    token = office.put_token(office.put_account())
    office.put(template="reset-link", token_ids=(token.id,))

    office.now = token.expires_at - timedelta(microseconds=1)

    assert Delivered(sent=1) == office.deliver()


@pytest.mark.attack("MAIL-13")
def test_server_down_longer_than_the_link_lives():
    """The mail server is down for longer than the link lives, then up: nobody gets a dead link."""
    with SMTPServer(Behavior.DEFER) as server:
        backend = SMTPBackend(server.host, server.port, security="none", local_hostname="localhost")
        office = Office(backend=backend)
        token = office.put_token(office.put_account())
        office.put(template="reset-link", token_ids=(token.id,))
        assert Delivered(deferred=1) == office.deliver()

        server.behavior = Behavior.ACCEPT
        office.now = START + timedelta(hours=2)

        assert Delivered(dropped=1) == office.deliver()
        assert [] == server.envelopes


@pytest.mark.attack("MAIL-13")
def test_cancel_link_outlives_the_epoch(office):
    """The link that takes a change of e-mail back is good although the change ended everything else."""
    account = office.put_account()
    token = office.put_token(account, Purpose.CANCEL_EMAIL_CHANGE, epoch=account.epoch - 1)
    office.put(template="email-changed", token_ids=(token.id,))

    assert Delivered(sent=1) == office.deliver()


@pytest.mark.attack("MAIL-13")
def test_shared_mailbox_keeps_the_links_that_live(office):
    """Of the links of several accounts, those that are dead are left out."""
    live = [office.put_token(office.put_account(name)) for name in ("ann", "ben", "cid")]
    office.put(template="reset-link", token_ids=tuple(token.id for token in live))

    spent(office, live[0])
    told = office.deliver()

    assert Delivered(sent=1) == told
    (message,) = office.backend.messages
    assert 2 == message.text.count("?token=")
    assert "ann (Public user)" not in message.text


@pytest.mark.attack("MAIL-13")
def test_confirmation_without_its_own_link(office):
    """An e-mail that confirms an address is dropped with its link, whatever else it offered."""
    own = office.put_token(office.put_account("ann"), Purpose.CONFIRM_EMAIL)
    other = office.put_token(office.put_account("ben"))
    office.put(template="confirm-email", token_ids=(own.id, other.id))

    spent(office, own)

    assert Delivered(dropped=1) == office.deliver()


@pytest.mark.attack("MAIL-13")
def test_confirmation_without_the_others(office):
    """The other accounts' links may die; the confirmation is sent without them."""
    own = office.put_token(office.put_account("ann"), Purpose.CONFIRM_EMAIL)
    other = office.put_token(office.put_account("ben"))
    office.put(template="confirm-email", token_ids=(own.id, other.id))

    spent(office, other)

    assert Delivered(sent=1) == office.deliver()
    assert 1 == office.backend.messages[0].text.count("?token=")


def test_sent_link_opens_its_door(office):
    """What is mailed is the sealed id of the token, which alone the keyring opens."""
    token = office.put_token(office.put_account())
    office.put(template="reset-link", token_ids=(token.id,))

    office.deliver()

    (message,) = office.backend.messages
    (sealed,) = [line.partition("?token=")[2] for line in message.text.splitlines() if "?token=" in line]
    assert token.id == KEYRING.open(Secret(sealed), Purpose.RESET_PASSWORD)


# --------------------------------------------------------------------------------------------------- failures


@pytest.mark.attack("MAIL-12")
def test_pauses_grow():
    """A server that is out of reach is asked again after pauses that double, up to the longest."""
    office = Office(backend=failing(Unavailable("busy")), outbox_max_pause=timedelta(minutes=10))
    office.dice = bytes
    office.put()
    pauses = []

    for attempt in range(1, 7):
        assert Delivered(deferred=1) == office.deliver()
        kept = office.email()
        assert (attempt, "Unavailable: busy") == (kept.attempts, kept.last_error)
        pauses.append((kept.due_at - office.now) // timedelta(minutes=1))
        office.now = kept.due_at

    assert [1, 2, 4, 8, 10, 10] == pauses


@pytest.mark.attack("MAIL-12")
def test_pauses_differ():
    """Up to a quarter of a pause is chance, so that a backlog does not come back at one moment."""
    pauses = {}
    for dice in (b"\x00\x00", b"\x80\x00", b"\xff\xff"):
        office = Office(backend=failing(Unavailable("busy")))
        office.dice = lambda n, dice=dice: dice if n == 2 else bytes(n)
        office.put()
        office.deliver()
        pauses[dice] = (office.email().due_at - START).total_seconds()

    assert (60, 52.5) == (pauses[b"\x00\x00"], pauses[b"\x80\x00"])
    assert 45 < pauses[b"\xff\xff"] < 45.001


@pytest.mark.attack("MAIL-12")
def test_given_up_after_the_last_attempt():
    """After the last attempt the e-mail is kept with its reason, is due no more, and staff learn of it."""
    office = Office(backend=failing(Unavailable("busy")), outbox_attempts=2)
    office.put(account_id="ann")
    office.deliver()
    office.now += timedelta(hours=1)

    assert Delivered(failed=1) == office.deliver()

    (kept,) = office.outbox.failed()
    assert (OutboxState.FAILED, None, 2, "Unavailable: busy") == (
        kept.state,
        kept.due_at,
        kept.attempts,
        kept.last_error,
    )
    (event,) = office.events()
    assert (EventName.EMAIL_FAILED, ActorKind.SYSTEM, "ann", office.now) == (
        event.name,
        event.actor,
        event.account_id,
        event.desk_at,
    )
    assert {"email": "email-0", "template": "password-changed", "error": "Unavailable: busy"} == event.params
    office.now += timedelta(days=1)
    assert Delivered() == office.deliver()


@pytest.mark.attack("MAIL-12")
def test_poison_stops_nobody():
    """A template that is not there, a refused recipient, a fault of the backend: the others leave."""

    def choosy(message):
        if message.recipient == "ann1@example.org":
            raise Undeliverable("sending failed: the mail server answered 550")
        if message.recipient == "ann2@example.org":
            raise Unavailable("sending failed: the mail server answered 451")
        if message.recipient == "ann3@example.org":
            raise RuntimeError("secret words")

    office = Office(backend=Hook(choosy))
    office.put(0, template="birthday")
    for n in range(1, 6):
        office.put(n, due_at=START - SECOND)
    office.put(6, id="x" * 200) if False else None

    assert Delivered(sent=2, deferred=2, failed=2) == office.deliver()

    assert {
        "email-0": "it cannot be rendered: KeyError",
        "email-1": "Undeliverable: sending failed: the mail server answered 550",
        "email-2": "Unavailable: sending failed: the mail server answered 451",
        "email-3": "RuntimeError",
    } == {email.id: email.last_error for email in office.emails()}
    assert {"email-0", "email-1"} == {email.id for email in office.outbox.failed()}
    sent = {message.recipient for message in office.backend.mailbox.messages}
    assert {"ann4@example.org", "ann5@example.org"} == sent


@pytest.mark.attack("MAIL-04", "MAIL-12")
def test_planted_recipient_is_given_up_and_nothing_hits_the_wire():
    """A recipient planted in the database: its e-mail is given up, the others leave."""
    with SMTPServer() as server:
        backend = SMTPBackend(server.host, server.port, security="none", local_hostname="localhost")
        office = Office(backend=backend)
        email = office.put(due_at=START - SECOND)
        planted = attrs.evolve(email, recipient="a@x.example>\r\nRCPT TO:<b@y.example")
        office.store.commit(Replace(email, planted))
        office.put(1)

        assert Delivered(sent=1, failed=1) == office.deliver()

        assert [("ann1@example.org",)] == [envelope.recipients for envelope in server.envelopes]
        assert 1 == server.connections
    assert "Undeliverable: the recipient is not one plain ASCII e-mail address" == office.email().last_error


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (
            Unavailable("550 <ann0@example.org> https://permits.example.gov/reset?token=abcdefghijklmnop no"),
            "Unavailable: 550 … … no",
        ),
        (Undeliverable("x " * 400), ("Undeliverable: " + "x " * 400)[:200]),
        (ValueError("ann0@example.org"), "ValueError"),
    ],
)
def test_reasons_keep_no_address_and_no_secret(error, kept):
    """What is kept of a fault names its kind; an address, a link or a foreign fault's words are cut out."""
    office = Office(backend=failing(error))
    office.put()

    office.deliver()

    assert kept == office.email().last_error


def test_retry(office):
    """An e-mail that was given up is due again at once, with all its attempts before it."""
    office.put(template="birthday")
    office.deliver()
    office.now += timedelta(days=1)

    assert office.outbox.retry("email-0")

    kept = office.email()
    assert (OutboxState.DUE, office.now, 0) == (kept.state, kept.due_at, kept.attempts)
    assert [] == list(office.outbox.failed())


def test_retry_of_what_was_not_given_up(office):
    """An e-mail that is due, or was never there, is left alone."""
    before = office.put()

    assert not office.outbox.retry("email-0")
    assert not office.outbox.retry("email-1")
    assert before == office.email()


def test_failed_in_pages(office):
    """The list of failed e-mails is read page by page."""
    for n in range(3):
        office.put(n, template="birthday")
    office.deliver()

    first = office.outbox.failed(limit=2)
    second = office.outbox.failed(limit=2, after=first[-1])

    assert ["email-0", "email-1"] == [email.id for email in first]
    assert ["email-2"] == [email.id for email in second]


def test_store_out_of_reach(office):
    """Whoever delivers by hand learns that the store cannot be read."""

    class Gone:
        max_changes = 25

        def select(self, *question, **rest):
            raise Unavailable("no database")

    outbox = Outbox(attrs.evolve(office.services, store=Gone()), office.backend)

    with pytest.raises(Unavailable, match="no database"):
        outbox.deliver()


# ------------------------------------------------------------------------------------------------------ pace


@pytest.mark.attack("CSV-13")
def test_mails_leave_at_a_stated_rate():
    """No more than the policy's number leave within any minute, however many are due."""
    office = Office(outbox_mails_per_minute=5)
    for n in range(12):
        office.put(n)

    assert [5, 0] == [office.deliver().sent, office.deliver().sent]
    office.now += timedelta(seconds=59)
    assert 0 == office.deliver().sent
    office.now += SECOND
    assert 5 == office.deliver().sent
    office.now += timedelta(minutes=1)
    assert 2 == office.deliver().sent


@pytest.mark.attack("CSV-13")
def test_clock_set_back_does_not_stop_the_mail():
    """A clock that is set back by hours does not stop the mail for hours."""
    office = Office(outbox_mails_per_minute=1)
    office.put(0, due_at=START - timedelta(days=1))
    office.put(1, due_at=START - timedelta(days=1))
    office.deliver()

    office.now -= timedelta(hours=3)

    assert 1 == office.deliver().sent


# ------------------------------------------------------------------------------------------------ in background


class Bell:
    """A backend that rings for each e-mail, so that a test waits for it and not for the time of day."""

    def __init__(self):
        self.mailbox = MemoryBackend()
        self.rung = threading.Semaphore(0)

    def send(self, message):
        self.mailbox.send(message)
        self.rung.release()

    def wait(self):
        assert self.rung.acquire(timeout=PATIENCE), "no e-mail came"


def outbox_threads():
    return [thread for thread in threading.enumerate() if thread.name == "permit-accounts-outbox"]


def test_thread_delivers_until_stopped():
    """One thread delivers what comes; started twice it is one; stopped it is gone, and can be started again."""
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
    begun, go_on = threading.Event(), threading.Event()

    def hold(message):
        begun.set()
        assert go_on.wait(PATIENCE)

    office = Office(backend=Hook(hold))
    office.put(0, due_at=START - SECOND)
    office.put(1)

    office.outbox.start()
    assert begun.wait(PATIENCE)
    stopping = threading.Thread(target=office.outbox.stop)
    stopping.start()
    while office.outbox._background._running is not None:
        stopping.join(0.001)
    go_on.set()
    stopping.join(PATIENCE)

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


def test_begins_again_in_the_child_of_a_fork(tmp_path):
    """A server that forks its workers after the start has the thread in each of them, and only where it ran."""
    script = """
        import os, sys, warnings
        from datetime import timedelta
        from permit_accounts.email_backends.memory import MemoryBackend
        from permit_accounts.outbox import Outbox
        from permit_accounts.stores.sqlite import SQLiteStore
        from test_outbox import Bell, Office, outbox_threads

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
    stdout, stderr = process.communicate(timeout=120)

    assert (7, "") == (process.returncode, stderr)
