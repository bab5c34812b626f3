"""The invented city of the tour: a new database, keys, a mail server, and ways to read things back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import attrs

from permit_accounts.accounts import Accounts
from permit_accounts.cli.city import operator
from permit_accounts.cli.loopback_smtp import LoopbackSMTP, Received
from permit_accounts.cli.shown import text
from permit_accounts.cli.tour.clock import TourClock
from permit_accounts.cli.tour.telling import NotAsTheGuideSays, expect, there
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.codes import EventName
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, AuditEvent, Identifier, LicenseLink, Session
from permit_accounts.model.secret import Secret
from permit_accounts.rules.policy import Argon2Cost, Policy
from permit_accounts.staff import StaffDesk
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.tools import devices, lookups
from permit_accounts.tools.keyring import SESSION, Keyring
from permit_accounts.tools.services import Services

STAFF: Final = "counter-1"
#: Permits issued after this day have their contractor on the roster, as the contractor guide says.
PERMITS_AFTER: Final = date(2014, 9, 1)
DIVISION: Final = "Building and Safety"


@attrs.frozen(kw_only=True)
class TourCity:
    """A city that exists for as long as the tour.

    Args:
        accounts: What its portal calls.
        folder: Where its database, roster and e-mails are.
        mail: Where its e-mail arrives.
        clock: What it takes for the time.
        file: The services of another reader of the same database, who sees what was committed.
    """

    accounts: Accounts
    folder: Path
    mail: LoopbackSMTP
    clock: TourClock
    file: Services
    _read: set[int] = attrs.field(factory=set)

    @property
    def policy(self) -> Policy:
        """The city's decisions."""
        return self.accounts.policy

    @property
    def desk(self) -> StaffDesk:
        """The desk of whoever answers the telephone."""
        return StaffDesk(self.accounts, actor=operator(STAFF))

    def identifier(self, name_id: str) -> Identifier | None:
        """A name, as it stands in the file."""
        return lookups.identifier(self.file, name_id)

    def account(self, name_id: str) -> Account:
        """The account that a name opens, as it stands in the file."""
        return there(lookups.account_named(self.file, name_id), f"account named {name_id} in the file")

    def accounts_in_file(self) -> int:
        """How many accounts the file has."""
        return sum(1 for _ in lookups.all_accounts(self.file))

    def session(self, token: str) -> Session | None:
        """The session that a token opens, as it stands in the file."""
        session_id = self.file.keyring.open(Secret(token), SESSION)
        return lookups.session(self.file, session_id) if session_id is not None else None

    def knows(self, device_token: str | None, account: Account) -> bool:
        """Whether a browser that keeps this token is known to an account as it stands in the file."""
        visitor = Visitor(device_token=device_token)
        return devices.trusted_nonce(self.file, visitor, account, self.clock.now()) is not None

    def link(self, license_id: str, account: Account) -> LicenseLink:
        """An account's claim on a license, as it stands in the file."""
        found = lookups.link(self.file, license_id, account.id)
        return there(found, f"claim on {license_id} in the file")

    def event(self, name: EventName, account: Account | None = None, license_id: str = "") -> AuditEvent:
        """The newest event of a name about an account, or around a license, as it stands in the file."""
        if account is not None:
            events = lookups.events_of(self.file, account.id, limit=100)
        else:
            events = lookups.events_on(self.file, license_id, limit=100)
        found = next((event for event in events if event.name is name), None)
        return there(found, f"event {name} in the file")

    def letter(self, address: str, template: str) -> Received:
        """The one new e-mail of a template to an address, sent and received over SMTP just now.

        Raises:
            NotAsTheGuideSays: None arrived, or several did.
        """
        self.send_all()
        subject = text(f"mail.{template}.subject", {"city": self.policy.city})
        new = [
            number
            for number, letter in enumerate(self.mail.received)
            if number not in self._read and (letter.recipient, letter.subject) == (address, subject)
        ]
        expect(len(new) == 1, f"{len(new)} e-mails {subject!r} to {address} arrived, not one")
        self._read.update(new)
        return self.mail.received[new[0]]

    def nothing_else_arrived(self) -> None:
        """What is in the mailboxes must have been looked for: each step names all e-mail that comes of it.

        Raises:
            NotAsTheGuideSays: Something arrived that no step told of.
        """
        self.send_all()
        for number, letter in enumerate(self.mail.received):
            told = f"an e-mail that nobody looked for arrived at {letter.recipient}: {letter.subject!r}"
            expect(number in self._read, told)

    def link_in(self, letter: Received, path: str) -> str:
        """The token of the one link in an e-mail, which must lead to this page of the city.

        Raises:
            NotAsTheGuideSays: It has no such link.
        """
        pages = [page for page, _ in letter.links]
        expect(pages == [self.policy.base_url + path], f"the e-mail links to {pages}, not to {path}")
        return letter.links[0][1]

    def send_all(self) -> None:
        """Send what waits, as the outbox does."""
        delivered = self.accounts.outbox.deliver()
        if delivered.deferred or delivered.failed:
            raise NotAsTheGuideSays("an e-mail could not be sent")


@contextmanager
def tour_city(folder: Path, *, argon2: Argon2Cost) -> Iterator[TourCity]:
    """The city, in an empty folder. Its keys are gone with it.

    Args:
        folder: Where its files are put.
        argon2: What a password costs.
    """
    keyring = Keyring.new()
    policy = Policy(
        city="Sampleton",
        support_phone="(323) 555-0199",
        base_url="https://permits.sampleton.example.gov",
        mail_from="permits@sampleton.example.gov",
        argon2=argon2,
    )
    database = folder / "accounts.db"
    with (
        LoopbackSMTP() as mail,
        closing(SQLiteStore(database, create=True)) as store,
        closing(SQLiteStore(database)) as reader,
    ):
        backend = SMTPBackend(mail.host, mail.port, security="none")
        clock = TourClock()
        accounts = Accounts.open(store, keys=keyring, policy=policy, email=backend, now=clock.now)
        file = attrs.evolve(accounts.services, store=reader, scratch=reader)
        yield TourCity(accounts=accounts, folder=folder, mail=mail, clock=clock, file=file)
