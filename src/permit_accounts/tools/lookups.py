"""Questions to the store, each by its own name.

Law: only this module spells field names in questions to a store; everybody else asks here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, TypeVar

from permit_accounts.model.codes import LinkState, NameState, OutboxState
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.records import (
    Account,
    AttemptCount,
    AuditEvent,
    Identifier,
    License,
    LicenseLink,
    OneTimeToken,
    OutboxEmail,
    Record,
    Session,
)
from permit_accounts.ports import Every, Is, Store, UpTo, Where
from permit_accounts.tools.services import Services

R = TypeVar("R", bound=Record)

_PAGE: Final = 100
_LARGEST_PAGE: Final = 1000
#: An account id that is nobody's: asked for where there is nobody, so that as much is asked as for others.
NOBODY: Final = "nobody"
#: How many accounts of one mailbox a mail speaks of; beyond it, people ask by username.
MAILBOX_LIMIT: Final = 10


def _one(store: Store, kind: type[R], record_id: str) -> R | None:
    found = store.select(kind, Is("id", record_id), limit=1)
    return found[0] if found else None


def _check_page(kind: type[Record], limit: object, after: object) -> None:
    """What an application asks for when it pages through a list; the numbers may come from an address bar.

    Raises:
        ConfigurationError: It is no page.
    """
    whole = isinstance(limit, int) and not isinstance(limit, bool)
    if not whole or not 0 <= limit <= _LARGEST_PAGE:  # type: ignore[operator] # mypy forgets `whole`
        raise ConfigurationError(f"limit={str(limit)[:40]!r} must be a whole number, 0 to {_LARGEST_PAGE}")
    if after is not None and not isinstance(after, kind):
        raise ConfigurationError(f"after=… takes the last {kind.__name__} of the page before, or None")


def _all(store: Store, kind: type[R], where: Where) -> Iterator[R]:
    after: R | None = None
    while True:
        page = store.select(kind, where, limit=_PAGE, after=after)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1]


def account(s: Services, account_id: str) -> Account | None:
    """The account of this id."""
    return _one(s.store, Account, account_id)


def all_accounts(s: Services) -> Iterator[Account]:
    """Every account, the oldest first."""
    return _all(s.store, Account, Every())


def accounts_with_email(s: Services, email_key: str, limit: int = MAILBOX_LIMIT) -> Sequence[Account]:
    """The accounts that have this mailbox on file."""
    return s.store.select(Account, Is("email_key", email_key), limit=limit)


def identifier(s: Services, name_id: str) -> Identifier | None:
    """The name, whoever has it and in whatever state."""
    return _one(s.store, Identifier, name_id)


def account_named(s: Services, name_id: str) -> Account | None:
    """The account that this name opens, or None: two questions, whether or not there is one."""
    name = identifier(s, name_id)
    found = account_behind(s, name)
    return found if name is not None and name.state is NameState.ACTIVE else None


def account_behind(s: Services, name: Identifier | None) -> Account | None:
    """The account that has a name, or last had it, or None: one question in any case.

    Where there is none an account is asked for that nobody has, so that the number of questions does not
    tell which names are somebody's (ASVS 5.0, 6.3.8).
    """
    return account(s, name.account_id if name is not None else NOBODY)


def names_of(s: Services, account_id: str) -> tuple[Identifier, ...]:
    """Every name of an account, retired ones too."""
    return tuple(_all(s.store, Identifier, Is("account_id", account_id)))


def license_record(s: Services, license_id: str) -> License | None:
    """What is known of a license."""
    return _one(s.store, License, license_id)


def all_licenses(s: Services) -> Iterator[License]:
    """What is known of every license, by id."""
    return _all(s.store, License, Every())


def link(s: Services, license_id: str, account_id: str) -> LicenseLink | None:
    """This account's claim on this license."""
    return _one(s.store, LicenseLink, LicenseLink.id_for(license_id, account_id))


def links_of(s: Services, account_id: str) -> tuple[LicenseLink, ...]:
    """Every claim of an account."""
    return tuple(_all(s.store, LicenseLink, Is("account_id", account_id)))


def links_on(s: Services, license_id: str) -> tuple[LicenseLink, ...]:
    """Every claim on a license."""
    return tuple(_all(s.store, LicenseLink, Is("license_id", license_id)))


def links_in(
    s: Services, state: LinkState, *, limit: int, after: LicenseLink | None = None
) -> Sequence[LicenseLink]:
    """A page of the claims in this state."""
    _check_page(LicenseLink, limit, after)
    return s.store.select(LicenseLink, Is("state", state), limit=limit, after=after)


def token(s: Services, token_id: str) -> OneTimeToken | None:
    """The one-time token of this id."""
    return _one(s.store, OneTimeToken, token_id)


def tokens_of(s: Services, account_id: str) -> tuple[OneTimeToken, ...]:
    """The one-time tokens of an account, all of them: which is the newest decides which is good."""
    return tuple(_all(s.store, OneTimeToken, Is("account_id", account_id)))


def session(s: Services, session_id: str) -> Session | None:
    """The session of this id."""
    return _one(s.store, Session, session_id)


def sessions_of(s: Services, account_id: str) -> tuple[Session, ...]:
    """The sessions of an account, ended ones too until they are purged."""
    return tuple(_all(s.store, Session, Is("account_id", account_id)))


def attempt_count(store: Store, count_id: str) -> AttemptCount | None:
    """The count of this id, in whichever store keeps its kind."""
    return _one(store, AttemptCount, count_id)


def events_of(
    s: Services, account_id: str, *, limit: int, after: AuditEvent | None = None
) -> Sequence[AuditEvent]:
    """A page of what happened to an account, newest first."""
    _check_page(AuditEvent, limit, after)
    return s.store.select(
        AuditEvent, Is("account_id", account_id), limit=limit, after=after, newest_first=True
    )


def first_event_of(s: Services, account_id: str) -> AuditEvent | None:
    """What happened to an account first, as far as it is still kept."""
    found = s.store.select(AuditEvent, Is("account_id", account_id), limit=1)
    return found[0] if found else None


def all_events_of(s: Services, account_id: str) -> Iterator[AuditEvent]:
    """Everything that happened to an account, oldest first."""
    return _all(s.store, AuditEvent, Is("account_id", account_id))


def events_on(
    s: Services, license_id: str, *, limit: int, after: AuditEvent | None = None
) -> Sequence[AuditEvent]:
    """A page of what happened around a license, newest first."""
    _check_page(AuditEvent, limit, after)
    return s.store.select(
        AuditEvent, Is("license_id", license_id), limit=limit, after=after, newest_first=True
    )


def events_for_desk(
    s: Services, now: datetime, *, limit: int, after: AuditEvent | None = None
) -> Sequence[AuditEvent]:
    """A page of what staff must learn of, newest first."""
    _check_page(AuditEvent, limit, after)
    return s.store.select(AuditEvent, UpTo("desk_at", now), limit=limit, after=after, newest_first=True)


def events_from(s: Services, *, limit: int, after: AuditEvent | None = None) -> Sequence[AuditEvent]:
    """A page of everything that happened, oldest first."""
    return s.store.select(AuditEvent, Every(), limit=limit, after=after)


def newest_event(s: Services) -> AuditEvent | None:
    """What happened last, if anything did."""
    found = s.store.select(AuditEvent, Every(), limit=1, newest_first=True)
    return found[0] if found else None


def events_before(s: Services, event: AuditEvent, *, limit: int) -> Sequence[AuditEvent]:
    """A page of what happened before an event, newest first."""
    return s.store.select(AuditEvent, Every(), limit=limit, after=event, newest_first=True)


def event(s: Services, event_id: str) -> AuditEvent | None:
    """The event of this id."""
    return _one(s.store, AuditEvent, event_id)


def email(s: Services, email_id: str) -> OutboxEmail | None:
    """The e-mail of this id that waits in the outbox."""
    return _one(s.store, OutboxEmail, email_id)


def emails_due(s: Services, now: datetime, *, limit: int) -> Sequence[OutboxEmail]:
    """The e-mails whose time has come, the longest waiting first."""
    return s.store.select(OutboxEmail, UpTo("due_at", now), limit=limit)


def emails_failed(s: Services, *, limit: int, after: OutboxEmail | None = None) -> Sequence[OutboxEmail]:
    """A page of the e-mails that were given up."""
    _check_page(OutboxEmail, limit, after)
    return s.store.select(OutboxEmail, Is("state", OutboxState.FAILED), limit=limit, after=after)


def expired(store: Store, kind: type[R], now: datetime, *, limit: int, after: R | None = None) -> Sequence[R]:
    """A page of the records of a kind whose time is over, the longest past first."""
    return store.select(kind, UpTo("expires_at", now), limit=limit, after=after)
