"""What is kept: the library's nouns, frozen, each with an `id` and a `version`.

A name is a record: its id was free, so a store needs no index but its primary key to keep two people apart.

`version` is the store's business: it grows by one with each replacement. `Account.epoch` is ours: it grows
when credentials change, and every token and session of an older epoch is dead. "A new password ends all
sessions and voids all links" is therefore one integer in the row of the password.

Every moment is an aware `datetime` in UTC, to the microsecond. Fields that can open something hold only what
opens nothing by itself (a hash, or an id that the keyring has yet to seal) and are left out of `repr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, TypeAlias

import attrs

from permit_accounts.model import names
from permit_accounts.model.codes import (
    ActorKind,
    EventName,
    FactSource,
    LicenseStatus,
    LinkState,
    MatchLevel,
    NameState,
    OutboxState,
    Purpose,
    Reason,
    Standing,
)
from permit_accounts.model.values import Value


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Account(Value):
    """One person's or firm's account.

    Only the methods below write their fields, and each that changes a credential bumps the epoch:

    | method | writes | epoch |
    | --- | --- | --- |
    | `with_password` | password; voids the temporary one; opens strangers' devices | grows |
    | `with_temporary` | temporary password; voids the password, trusted devices and set-up | grows |
    | `with_email`, `with_confirmed_email` | address on file, confirmed when | grows with a new address |
    | `with_question` | security question and answer | grows |
    | `with_new_epoch` | nothing else | grows |
    | `disabled`, `closed` | standing; `closed` erases every credential | grows |
    | `closed_for_untrusted`, `opened_for_untrusted` | may strangers' devices try the password | stays |
    """

    id: str
    version: int = 1
    account_type: str
    standing: Standing
    username: str
    email: str | None = None
    email_key: str | None = None
    email_confirmed_at: datetime | None = None
    no_email_reason: str | None = None
    password_hash: str | None = attrs.field(default=None, repr=False)
    temporary_hash: str | None = attrs.field(default=None, repr=False)
    temporary_until: datetime | None = None
    epoch: int = 1
    untrusted_closed_at: datetime | None = None
    failures_told_at: datetime | None = None
    devices_trusted_since: datetime | None = None
    question_id: str | None = None
    answer_hash: str | None = attrs.field(default=None, repr=False)
    profile: Mapping[str, str] = attrs.field(factory=dict)
    language: str = "en"
    created_at: datetime

    def with_password(self, password_hash: str) -> Account:
        """A password of the person's own: ends sessions, links and the temporary password."""
        return attrs.evolve(
            self,
            standing=Standing.ACTIVE,
            password_hash=password_hash,
            temporary_hash=None,
            temporary_until=None,
            untrusted_closed_at=None,
            epoch=self.epoch + 1,
        )

    def with_rehash(self, password_hash: str) -> Account:
        """The same password under today's cost: no credential changed, so the epoch stays."""
        return attrs.evolve(self, password_hash=password_hash)

    def with_temporary(self, temporary_hash: str, *, until: datetime, now: datetime) -> Account:
        """A staff-issued password that opens nothing but set-up: ends all that was open before."""
        return attrs.evolve(
            self,
            standing=Standing.SETUP,
            password_hash=None,
            temporary_hash=temporary_hash,
            temporary_until=until,
            untrusted_closed_at=None,
            devices_trusted_since=now,
            epoch=self.epoch + 1,
        )

    def without_temporary(self) -> Account:
        """The temporary password is spent; the set-up grant that it bought stays good, at most as long."""
        return attrs.evolve(self, temporary_hash=None)

    def with_email(self, email: str, email_key: str, *, confirmed_at: datetime | None) -> Account:
        """Another address on file. Links mailed to the old one die with the epoch."""
        return attrs.evolve(
            self,
            email=email,
            email_key=email_key,
            email_confirmed_at=confirmed_at,
            no_email_reason=None,
            epoch=self.epoch + 1,
        )

    def with_first_email(self, email: str, email_key: str, *, confirmed_at: datetime | None) -> Account:
        """The address of an account in set-up that had none or another; nothing is open yet to be ended."""
        return attrs.evolve(
            self, email=email, email_key=email_key, email_confirmed_at=confirmed_at, no_email_reason=None
        )

    def with_confirmed_email(self, now: datetime) -> Account:
        """The address on file has proved itself."""
        return attrs.evolve(self, email_confirmed_at=now)

    def has_proved(self, address: str) -> bool:
        """Whether this mailbox is the account's own, as far as is known: on file and confirmed."""
        return self.email_confirmed_at is not None and self.email == address

    def without_password(self) -> Account:
        """No password is good any more; a mailed reset is the way back."""
        return attrs.evolve(
            self, password_hash=None, temporary_hash=None, temporary_until=None, epoch=self.epoch + 1
        )

    def with_question(self, question_id: str | None, answer_hash: str | None) -> Account:
        """Another security question; `None` twice erases it."""
        return attrs.evolve(self, question_id=question_id, answer_hash=answer_hash, epoch=self.epoch + 1)

    def with_first_question(self, question_id: str, answer_hash: str) -> Account:
        """The question of somebody who had none; nothing that was open is ended by it."""
        return attrs.evolve(self, question_id=question_id, answer_hash=answer_hash)

    def with_new_epoch(self) -> Account:
        """The same credentials, and nothing open that was: every session and link is ended."""
        return attrs.evolve(self, epoch=self.epoch + 1)

    def with_profile(self, profile: Mapping[str, str]) -> Account:
        """What the person declares of themselves."""
        return attrs.evolve(self, profile=dict(profile))

    def with_username(self, username: str) -> Account:
        """The name shown in the upper right corner."""
        return attrs.evolve(self, username=username)

    def with_untrusted_devices(self, now: datetime) -> Account:
        """No device token issued before now is trusted any longer."""
        return attrs.evolve(self, devices_trusted_since=now)

    def closed_for_untrusted(self, now: datetime) -> Account:
        """A hundred failures: strangers' devices may not try the password (NIST SP 800-63B-4, 3.2.2)."""
        return attrs.evolve(self, untrusted_closed_at=now)

    def told_of_failures(self, now: datetime) -> Account:
        """Its owner is written to about failed attempts, once a day at the most."""
        return attrs.evolve(self, failures_told_at=now)

    def opened_for_untrusted(self) -> Account:
        """Strangers' devices may try the password again."""
        return attrs.evolve(self, untrusted_closed_at=None)

    def without_credentials(self) -> Account:
        """In set-up, with nothing that opens it: what a reopened account starts from."""
        return attrs.evolve(
            self,
            standing=Standing.SETUP,
            password_hash=None,
            temporary_hash=None,
            temporary_until=None,
            untrusted_closed_at=None,
            question_id=None,
            answer_hash=None,
            epoch=self.epoch + 1,
        )

    def disabled(self) -> Account:
        """Staff turned it off: nothing opens it until staff enable it."""
        return attrs.evolve(self, standing=Standing.DISABLED, epoch=self.epoch + 1)

    def enabled(self) -> Account:
        """Back to where it stood: active with a password of its own, else in set-up."""
        standing = Standing.ACTIVE if self.password_hash else Standing.SETUP
        return attrs.evolve(self, standing=standing, untrusted_closed_at=None)

    def closed(self) -> Account:
        """Given up: every credential is erased, the profile is kept until retention ends."""
        return attrs.evolve(self.without_credentials(), standing=Standing.CLOSED)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Identifier(Value):
    """A name that belongs to one account; its `id` *is* the name.

    `license:us-ca-cslb:1012345` whatever the account type, `public:ann`, `design_professional:AEC123` for a
    number of a city's own, and `email:ann@example.org` where a city wants addresses to be unique.
    """

    id: str
    version: int = 1
    account_id: str
    state: NameState = NameState.ACTIVE
    created_at: datetime

    @property
    def kind(self) -> str:
        """What kind of name it is: `names.LICENSE`, `names.EMAIL`, or the prefix of a type's own names."""
        return names.parts(self.id)[0]

    @property
    def said(self) -> str:
        """The name without its kind: `us-ca-cslb:1012345`, `ann`."""
        return names.parts(self.id)[1]

    def retired(self) -> Identifier:
        """It opens nothing any more and is nobody else's."""
        return attrs.evolve(self, state=NameState.RETIRED)

    def active_for(self, account_id: str) -> Identifier:
        """It opens this account from now on."""
        return attrs.evolve(self, account_id=account_id, state=NameState.ACTIVE)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class BusinessFacts(Value):
    """Who holds a license, as one source says."""

    name: str
    business_type: str = ""
    source: FactSource
    as_of: datetime


@attrs.frozen(kw_only=True, eq=False, repr=False)
class StatusFacts(Value):
    """Where a license stands with its board, as one source says. `text` is the board's own word."""

    status: LicenseStatus
    text: str = ""
    classes: tuple[str, ...] = ()
    expires_on: date | None = None
    source: FactSource
    as_of: datetime


@attrs.frozen(kw_only=True, eq=False, repr=False)
class WorkersCompFacts(Value):
    """A workers' compensation policy or exemption, as one source says."""

    coverage: str = ""
    carrier: str = ""
    policy_number: str = ""
    expires_on: date | None = None
    source: FactSource
    as_of: datetime


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ContactFacts(Value):
    """How the city reaches the holder, as one source says."""

    name: str = ""
    email: str | None = None
    email_key: str | None = None
    phone: str = ""
    address: str = ""
    source: FactSource
    as_of: datetime


@attrs.frozen(kw_only=True, eq=False, repr=False)
class License(Value):
    """What is known of one license; its `id` is `us-ca-cslb:1012345`.

    Each group of facts carries its own source and moment. *On the roster* means that `on_roster_since` is
    set: only the import sets it and only staff clear it, whatever later changes the facts.
    """

    id: str
    version: int = 1
    on_roster_since: datetime | None = None
    business: BusinessFacts | None = None
    status: StatusFacts | None = None
    workers_comp: WorkersCompFacts | None = None
    contact: ContactFacts | None = None
    division: str = ""
    last_permit_on: date | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class LicenseLink(Value):
    """One account's claim on one license; its `id` names both, so there is one per pair.

    Many on both sides. A verified holder is never displaced by another's claim.
    """

    id: str
    version: int = 1
    license_id: str
    account_id: str
    state: LinkState
    since: datetime
    decided_by: str | None = None
    entered: str = ""
    match_level: MatchLevel = MatchLevel.EXACT

    @staticmethod
    def id_for(license_id: str, account_id: str) -> str:
        """The id of this account's claim on this license."""
        return f"{license_id}~{account_id}"

    def now_in(self, state: LinkState, *, since: datetime, decided_by: str | None) -> LicenseLink:
        """The same claim in another state."""
        return attrs.evolve(self, state=state, since=since, decided_by=decided_by)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class OneTimeToken(Value):
    """Single-use proof for one purpose. The id opens nothing until the keyring has sealed it."""

    id: str = attrs.field(repr=False)
    version: int = 1
    purpose: Purpose
    account_id: str
    epoch: int
    created_at: datetime
    expires_at: datetime
    sent_to: str | None = None
    session_id: str | None = attrs.field(default=None, repr=False)
    asks: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Session(Value):
    """Signed in on one device. The id opens nothing until the keyring has sealed it."""

    id: str = attrs.field(repr=False)
    version: int = 1
    account_id: str
    epoch: int
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime
    remembered: bool = False
    device_label: str = ""
    password_entered_at: datetime
    methods: tuple[str, ...] = ("pwd",)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class OutboxEmail(Value):
    """An e-mail to be sent. It names tokens by id and holds no secret; the link is made when it leaves."""

    id: str
    version: int = 1
    recipient: str
    template: str
    params: Mapping[str, str] = attrs.field(factory=dict)
    token_ids: tuple[str, ...] = attrs.field(default=(), repr=False)
    seal_id: str = ""  # names the key that seals its links, where it has any
    account_id: str | None = None
    language: str = "en"
    state: OutboxState = OutboxState.DUE
    due_at: datetime | None
    attempts: int = 0
    created_at: datetime
    last_error: str = ""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AuditEvent(Value):
    """What happened: when, to whom, by whom and why. Ids begin with the moment, so histories page.

    `desk_at` is set where staff must learn of it; `license_id` where a license is concerned.
    """

    id: str
    version: int = 1
    at: datetime
    name: EventName
    account_id: str | None = None
    license_id: str | None = None
    actor: ActorKind
    actor_id: str = ""
    cause: Reason | None = None
    reason: str = ""
    ip: str = ""
    user_agent: str = ""
    params: Mapping[str, str] = attrs.field(factory=dict)
    desk_at: datetime | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AttemptCount(Value):
    """Attempts under one hashed name: `failures` that are settled, and when the next may be made.

    `pending`: when those still under way were reserved. `allowed`: when a limit, as on mails, let one pass.
    """

    id: str
    version: int = 1
    failures: int = 0
    pending: tuple[datetime, ...] = ()
    allowed: tuple[datetime, ...] = ()
    since: datetime
    last_failure_at: datetime | None = None
    waits_until: datetime | None = None
    told_at: datetime | None = None
    expires_at: datetime


Record: TypeAlias = (
    Account
    | Identifier
    | License
    | LicenseLink
    | OneTimeToken
    | Session
    | OutboxEmail
    | AuditEvent
    | AttemptCount
)

#: Every kind of record and the fields, beside `id`, that a store may be asked by. This is the whole list of
#: indexes that a store needs; a record whose field is None is not found by it.
ASKED_BY: Final[Mapping[type[Record], tuple[str, ...]]] = {
    Account: ("email_key",),
    Identifier: ("account_id",),
    License: (),
    LicenseLink: ("license_id", "account_id", "state"),
    OneTimeToken: ("account_id", "expires_at"),
    Session: ("account_id", "expires_at"),
    OutboxEmail: ("state", "due_at"),
    AuditEvent: ("account_id", "license_id", "desk_at"),
    AttemptCount: ("expires_at",),
}
