"""A whole city in memory: a clock that stands still, a mailbox, and hashes that cost nothing.

Everything in it is real but the time of day and the cost of a hash, so what holds here holds there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from permit_accounts.accounts import Accounts
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.codes import FactSource, LicenseStatus, Permission
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import BusinessFacts, ContactFacts, License, StatusFacts
from permit_accounts.ports import Add, EmailBackend, LicenseRegister, Message, Store
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.rules.policy import Policy
from permit_accounts.staff import StaffDesk
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.texts.catalog import TomlCatalog
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.services import Services

START: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD: Final = "seven quiet lanterns drift"
_LINK: Final = re.compile(r"https?://\S+\?token=([A-Za-z0-9_.:-]+)")


class World:
    """The library in memory, for tests of the library and of whatever is built on it.

    Args:
        policy: The city's decisions; the guides' by default, for a city that does not exist.
        store: Where records are kept; memory by default, so that any store can be put to the same tests.
        scratch: Where counts that may be forgotten are kept; the store itself by default.
        email: How mail leaves; a mailbox in memory by default.
        registers: By authority id, where licenses can be looked up.
        keys: The keys; fresh ones by default.
    """

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        store: Store | None = None,
        scratch: Store | None = None,
        email: EmailBackend | None = None,
        registers: Mapping[str, LicenseRegister] | None = None,
        keys: Keyring | None = None,
    ) -> None:
        self.policy = policy if policy is not None else city_policy()
        self.store: Store = store if store is not None else MemoryStore()
        self.keys = keys if keys is not None else Keyring.new()
        self.hasher = CheapHasher(self.keys, imported=self.policy.imported_hashes)
        self.mailbox = MemoryBackend()
        self.paused: list[float] = []
        self.jumped = False
        self._now, self._readings, self._jump = START, 0, timedelta()
        self.services = Services(
            store=self.store,
            scratch=scratch if scratch is not None else self.store,
            hasher=self.hasher,
            keyring=self.keys,
            policy=self.policy,
            catalog=TomlCatalog(),
            registers=dict(registers or {}),
            now=self.now,
            pause=self._pause,
        )
        self.accounts = Accounts(self.services, email=email if email is not None else self.mailbox)

    def now(self) -> datetime:
        """The time in this world."""
        if self._readings:
            self._readings -= 1
            if not self._readings:
                self.jumped = True
                self._now += self._jump
        return self._now

    def tick(self, **span: float) -> datetime:
        """Let time pass: `tick(hours=1)`; a negative span sets the clock back."""
        self._now += timedelta(**span)
        return self._now

    def jump(self, *, at: int, **span: float) -> None:
        """Move the clock once, as one is that is set right, when it is read for the n-th time from now on.

        `jumped` says whether that has happened; it replaces a jump that is still to come.
        """
        self._readings, self._jump, self.jumped = at, timedelta(**span), False

    def desk(self, staff_id: str = "desk-1", may: frozenset[Permission] = frozenset(Permission)) -> StaffDesk:
        """The desk of a member of staff who may do everything, or what is said."""
        return StaffDesk(self.accounts, actor=StaffMember(id=staff_id, may=may))

    def deliver(self) -> list[Message]:
        """Send all mail that is due, and answer what was sent just now."""
        before = len(self.mailbox.messages)
        self.accounts.outbox.deliver()
        return self.mailbox.messages[before:]

    def mails_to(self, address: str) -> list[Message]:
        """Every mail to an address so far, once what is due has been sent."""
        self.deliver()
        return [message for message in self.mailbox.messages if message.recipient == address]

    def add_to_roster(
        self,
        number: str = "1012345",
        *,
        authority: str = "us-ca-cslb",
        email: str | None = "office@contractor.example.org",
        business_name: str = "Sample Builders",
    ) -> License:
        """Put a license on the city's roster, as an import does."""
        parsed = parse_email(email) if email is not None else None
        facts: dict[str, Any] = {"source": FactSource.ROSTER, "as_of": self.now()}
        record = License(
            id=str(LicenseId(authority, number)),
            on_roster_since=self.now(),
            business=BusinessFacts(name=business_name, business_type="corporation", **facts),
            status=StatusFacts(
                status=LicenseStatus.ACTIVE, text="CLEAR", classes=("B",), expires_on=None, **facts
            ),
            contact=ContactFacts(
                name="Sam Sample",
                email=parsed.address if isinstance(parsed, Email) else None,
                email_key=parsed.key if isinstance(parsed, Email) else None,
                phone="(323) 555-0100",
                address="1 Sample Street",
                **facts,
            ),
        )
        self.store.commit(Add(record))
        return record

    def _pause(self, seconds: float) -> None:
        """Nobody waits in a test: time passes instead, and what was asked for is noted."""
        self.paused.append(seconds)
        self._now += timedelta(seconds=seconds)


def city_policy(**settings: Any) -> Policy:
    """The guides' behavior for a city that does not exist."""
    return Policy(**(_CITY | settings))


def strict_policy(**settings: Any) -> Policy:
    """`Policy.strict` for a city that does not exist."""
    return Policy.strict(**(_CITY | settings))


def links_in(message: Message) -> list[str]:
    """The tokens of the links in a mail, in order."""
    return _LINK.findall(message.text)


def public_form(username: str = "ann", **fields: object) -> dict[str, object]:
    """A public user's registration form with everything filled in; `None` leaves a field out."""
    return _form(
        {
            "username": username,
            "first_name": "Ann",
            "last_name": "Sample",
            "email": f"{username}@mail.example.org",
        },
        fields,
    )


def contractor_form(number: str = "1012345", **fields: object) -> dict[str, object]:
    """A contractor's registration form with everything filled in; `None` leaves a field out."""
    return _form(
        {
            "username": number,
            "business_name": "Sample Builders",
            "contact_name": "Sam Sample",
            "email": f"office{number}@contractor.example.org",
            "license_classes": "B",
            "license_expires_on": "2027-06-30",
            "business_type": "corporation",
            "has_employees": "no",
        },
        fields,
    )


def setup_form(asks: tuple[str, ...], **fields: object) -> dict[str, object]:
    """What a person enters on a set-up page that asks for these fields."""
    everything = {**public_form(), **contractor_form(), "email": "office@contractor.example.org", **fields}
    return {name: everything[name] for name in asks if everything[name] is not None}


def _form(own: dict[str, object], fields: dict[str, object]) -> dict[str, object]:
    common: dict[str, object] = {
        "address": "1 Sample Street",
        "city": "Sampleton",
        "state": "CA",
        "postal_code": "90069",
        "phone": "(323) 555-0100",
        "password": PASSWORD,
        "question": "first-concert",
        "answer": "the marching band",
    }
    filled = common | own | fields
    return {name: value for name, value in filled.items() if value is not None}


_CITY: Final[dict[str, Any]] = {
    "city": "Sampleton",
    "support_phone": "(323) 555-0199",
    "base_url": "https://permits.sampleton.example.gov",
    "mail_from": "permits@sampleton.example.gov",
}
