"""What an outbox works with, and backends that misbehave as a test wants it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime, timedelta

from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.codes import Purpose, Standing
from permit_accounts.model.records import Account, AuditEvent, OneTimeToken, OutboxEmail
from permit_accounts.outbox import Outbox
from permit_accounts.ports import Add, Every, Is
from permit_accounts.rules.policy import Policy
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.hasher import CheapHasher
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
            city="West Hollywood",
            support_phone="(323) 848-6475",
            base_url="https://permits.example.gov",
            **policy,
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


def python(script, *arguments, **popen):
    """A process of its own that runs a script which knows these helpers."""
    tests = os.path.dirname(os.path.dirname(__file__))
    paths = [tests, *sys.path]
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **popen,
    )
