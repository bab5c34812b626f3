"""Who is written to when somebody asks by name or by address: stored addresses only.

A mailbox may be shared by several accounts; they are then all of one mail, each with a link of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs

from permit_accounts.model.codes import EventName, Reason, Standing
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, License
from permit_accounts.model.values import Value
from permit_accounts.ports import Add
from permit_accounts.rules import obstacles
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.rules.names import Name, parse_name
from permit_accounts.rules.usernames import username_key
from permit_accounts.tools import audit, claims, lookups, roster_accounts
from permit_accounts.tools.services import Services

#: How many accounts of one mailbox are looked at, to find those that confirmed it.
_SEEN_OF_A_MAILBOX: Final = 100
_REACHABLE = frozenset({Standing.ACTIVE, Standing.SETUP})


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Mailbox(Value):
    """One stored address and what it is on file for.

    Args:
        address: As stored, byte for byte.
        key: What its mails are counted under.
        accounts: The accounts that have it; those in set-up with the address that is on file for them now.
        roster: A license on the roster that has no account yet, instead of accounts.
    """

    address: str
    key: str
    accounts: tuple[Account, ...] = ()
    roster: License | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Asked(Value):
    """What was asked by, and whose mailbox it leads to.

    Args:
        text: In its canonical form, to count and to note by.
        mailbox: Where the mail goes; None where it leads to none.
        known: Whose name it is or was, where it leads to none.
        cause: Why it leads to none.
    """

    text: str
    mailbox: Mailbox | None = None
    known: Account | None = None
    cause: Reason | None = None


def asked_for(s: Services, identifier: str, account_types: Sequence[AccountType]) -> Asked:
    """What was asked by, and whose mailbox it leads to.

    Everything that it may be is looked up: what ended at the first match would tell that there is one.

    Args:
        identifier: An e-mail address or a name, as typed.
        account_types: Whose names it may be; the first that leads to a mailbox is meant, else to anybody.
    """
    email = parse_email(identifier)
    names = [name for kind in account_types if isinstance(name := parse_name(kind, identifier), Name)]
    meant = []
    if isinstance(email, Email):
        meant.append(Asked(text=email.key, mailbox=by_email(s, email.key), cause=Reason.NO_ADDRESS))
    for name in names:
        license_id = str(name.license) if name.license is not None else None
        meant.append(by_name(s, name.id, license_id))
    found = [asked for asked in meant if asked.mailbox is not None]
    known = [asked for asked in meant if asked.known is not None]
    nobodys = Asked(text=username_key(identifier), cause=Reason.UNKNOWN_NAME)
    return (*found, *known, *meant, nobodys)[0]


def noted(
    s: Services,
    name: EventName,
    asked: Asked,
    about: Sequence[Account],
    *,
    may_mail: bool,
    now: datetime,
    visitor: Visitor,
) -> Add:
    """The event of a mail that was asked for.

    Asked for by its mailbox, it is in no account's history: whoever typed that address at registration would
    read there that somebody else has an account, and when they ask. Nor is it there over the limit,
    beyond which anybody could fill it.

    Args:
        asked: What was asked by; it is kept as an HMAC only.
        about: The accounts that the mail is about; empty where none is sent.
        may_mail: False where none is sent because it is over the limit.
    """
    if asked.mailbox is None:
        whose, cause = asked.known, asked.cause
    else:
        named = [one for one in about or asked.mailbox.accounts if one.email_key != asked.text]
        whose, cause = next(iter(named), None), None if about else Reason.NOTHING_TO_SEND
    return audit.event(
        s,
        name,
        at=now,
        account=whose if may_mail else None,
        visitor=visitor,
        cause=cause if may_mail else Reason.OVER_LIMIT,
        params={"asked": s.keyring.counted(asked.text)},
    )


def by_email(s: Services, email_key: str) -> Mailbox | None:
    """The accounts of a mailbox: those that confirmed it first, then the active ones, the oldest first.

    Whoever registers with somebody else's address, however early, however often and however they spell it,
    takes no mail from its owner. Other spellings than the first account's are asked for by username.
    """
    found = [
        account
        for account in lookups.accounts_with_email(s, email_key, _SEEN_OF_A_MAILBOX)
        if account.standing in _REACHABLE
    ]
    found.sort(key=lambda one: (one.email_confirmed_at is None, one.standing is not Standing.ACTIVE))
    here = [one for one in found[: lookups.MAILBOX_LIMIT] if on_file_now(s, one).email_key == email_key]
    if not here:
        return None
    address = here[0].email or ""
    same = tuple(account for account in here if account.email == address)
    return Mailbox(address=address, key=email_key, accounts=same)


def by_name(s: Services, name_id: str, license_id: str | None) -> Asked:
    """The account that a name opens, or the roster license that will get one.

    The same is asked for a name that somebody has and for one that nobody has.
    """
    name = lookups.identifier(s, name_id)
    known = lookups.account_behind(s, name)
    record = lookups.license_record(s, license_id) if license_id is not None else None
    nothing = obstacles.nothing_opens(name, known)
    if known is not None and nothing is None:
        if known.standing not in _REACHABLE:
            return Asked(text=name_id, known=known, cause=Reason.DISABLED)
        mailbox = _of(on_file_now(s, known))
        return Asked(text=name_id, mailbox=mailbox, known=known, cause=Reason.NO_ADDRESS)
    if name is None and record is not None and record.on_roster_since is not None:
        return Asked(text=name_id, mailbox=_of_roster(s, record), cause=Reason.ON_ROSTER)
    return Asked(text=name_id, known=known, cause=nothing)


def on_file_now(s: Services, account: Account) -> Account:
    """The account with the address that is on file: in set-up, its own license's, read afresh."""
    if account.standing is not Standing.SETUP:
        return account
    for link in claims.by_name(s, account):
        account = roster_accounts.with_roster_address(account, lookups.license_record(s, link.license_id))
    return account


def _of(account: Account) -> Mailbox | None:
    if account.email is None or account.email_key is None:
        return None
    return Mailbox(address=account.email, key=account.email_key, accounts=(account,))


def _of_roster(s: Services, record: License) -> Mailbox | None:
    """Where the first link of a license on the roster goes, if there can be one."""
    contact = record.contact
    if contact is None or contact.email is None or contact.email_key is None:
        return None
    if roster_accounts.account_type_for(s, record.id) is None or claims.verified_link(s, record.id):
        return None
    return Mailbox(address=contact.email, key=contact.email_key, roster=record)
