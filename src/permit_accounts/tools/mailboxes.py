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


def asked_for(
    s: Services, identifier: str, account_types: Sequence[AccountType]
) -> tuple[str, Mailbox | None]:
    """What was asked by in its canonical form, to count and to note by, and whose mailbox it leads to.

    Everything that it may be is looked up: what ended at the first match would tell that there is one.

    Args:
        identifier: An e-mail address or a name, as typed.
        account_types: Whose names it may be; the first that leads to a mailbox is meant.
    """
    email = parse_email(identifier)
    names = [name for kind in account_types if isinstance(name := parse_name(kind, identifier), Name)]
    meant = [(email.key, by_email(s, email.key))] if isinstance(email, Email) else []
    for name in names:
        license_id = str(name.license) if name.license is not None else None
        meant.append((name.id, by_name(s, name.id, license_id)))
    found = [(asked, mailbox) for asked, mailbox in meant if mailbox is not None]
    return (*found, *meant, (username_key(identifier), None))[0]


def noted(
    s: Services,
    name: EventName,
    asked: str,
    about: Sequence[Account],
    *,
    may_mail: bool,
    now: datetime,
    visitor: Visitor,
) -> Add:
    """The event of a mail that was asked for.

    Asked for by its mailbox, it is in no account's history: whoever typed that address at registration would
    read there that somebody else has an account, and when they ask.

    Args:
        asked: The canonical text that was asked by; it is kept as an HMAC only.
        about: The accounts that the mail is about; empty where none is sent.
        may_mail: False where none is sent because it is over the limit.
    """
    named = [account for account in about if account.email_key != asked]
    why = Reason.NO_ADDRESS if may_mail else Reason.OVER_LIMIT
    return audit.event(
        s,
        name,
        at=now,
        account=named[0] if named else None,
        visitor=visitor,
        cause=None if about else why,
        params={"asked": s.keyring.counted(asked)},
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


def by_name(s: Services, name_id: str, license_id: str | None) -> Mailbox | None:
    """The account that a name opens, or the roster license that will get one.

    The same is asked for a name that somebody has and for one that nobody has.
    """
    name = lookups.identifier(s, name_id)
    account = lookups.account_behind(s, name)
    record = lookups.license_record(s, license_id) if license_id is not None else None
    if account is not None:
        return _of(on_file_now(s, account)) if account.standing in _REACHABLE else None
    if license_id is None or name is not None:
        return None
    contact = record.contact if record is not None and record.on_roster_since is not None else None
    if record is None or contact is None or contact.email is None or contact.email_key is None:
        return None
    if roster_accounts.account_type_for(s, license_id) is None or claims.verified_link(s, license_id):
        return None
    return Mailbox(address=contact.email, key=contact.email_key, roster=record)


def on_file_now(s: Services, account: Account) -> Account:
    """The account with the address that is on file: in set-up, the license's own, read afresh."""
    if account.standing is not Standing.SETUP:
        return account
    for link in lookups.links_of(s, account.id):
        if link.state in claims.LIVE:
            account = roster_accounts.with_roster_address(
                account, lookups.license_record(s, link.license_id)
            )
    return account


def _of(account: Account) -> Mailbox | None:
    if account.email is None or account.email_key is None:
        return None
    return Mailbox(address=account.email, key=account.email_key, accounts=(account,))
