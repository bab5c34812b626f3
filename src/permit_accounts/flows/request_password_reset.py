"""Forgot password: mail a link to the address on file, whatever was typed and whoever typed it.

Asked by username, license number or e-mail address. An account that never finished set-up gets a set-up link
instead, with all the duties of set-up; a license on the roster without an account gets its account now. The
answer is the same in every case, and for those we do not know. Asking changes nothing else (OWASP-FP-4).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import attrs

from permit_accounts.model.codes import EventName, Purpose, Standing
from permit_accounts.model.outcomes import CheckYourEmail
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, License, OneTimeToken
from permit_accounts.model.values import Value
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules import setup
from permit_accounts.rules.account_types import AccountType
from permit_accounts.tools import lookups, mailboxes, messages, roster_accounts, tokens
from permit_accounts.tools.mailboxes import Mailbox
from permit_accounts.tools.services import Services


@attrs.frozen(eq=False, repr=False)
class _Link(Value):
    """One account's link, and what the commit changes for it."""

    account: Account
    token: OneTimeToken
    changes: tuple[Change, ...]


def request_password_reset(
    s: Services,
    *,
    identifier: str,
    account_types: Sequence[AccountType],
    may_mail: bool,
    visitor: Visitor,
) -> CheckYourEmail:
    """Put one mail into the outbox, with one link per account of the mailbox.

    Args:
        identifier: An address or a name, as typed.
        account_types: Whose names it may be.
        may_mail: False over the limit of mails; the answer is the same, the mail is just not sent.
    """
    now = s.now()
    asked = mailboxes.asked_for(s, identifier, account_types)
    mailbox = asked.mailbox if may_mail else None
    links = _links(s, mailbox, now=now) if mailbox is not None else ()
    about = [link.account for link in links]
    if not links:
        lookups.tokens_of(s, lookups.NOBODY)  # as much is asked where there is nobody (ASVS 5.0, 6.3.8)

    s.store.commit(
        *(change for link in links for change in link.changes),
        *(Add(link.token) for link in links),
        *(_letter(s, mailbox, links, now=now) if mailbox is not None and links else ()),
        mailboxes.noted(s, _event_name(links), asked, about, may_mail=may_mail, now=now, visitor=visitor),
    )
    return CheckYourEmail()


def _links(s: Services, mailbox: Mailbox, *, now: datetime) -> tuple[_Link, ...]:
    if mailbox.roster is not None:
        return _first_link(s, mailbox.roster, now=now)
    found = (
        _reset_link(s, account, now=now)
        if account.standing is Standing.ACTIVE
        else _setup_link(s, account, now=now)
        for account in mailbox.accounts
        if s.policy.offers(account.account_type)
    )
    return tuple(link for link in found if link is not None)


def _reset_link(s: Services, account: Account, *, now: datetime) -> _Link:
    token = tokens.issue(
        s, account, Purpose.RESET_PASSWORD, now=now, ttl=s.policy.reset_ttl, sent_to=account.email
    )
    return _Link(account, token, tokens.older(s, account, Purpose.RESET_PASSWORD, limit=1))


def _setup_link(s: Services, account: Account, *, now: datetime) -> _Link | None:
    """The link for an account in set-up, with its address written down as it is on file now.

    None where set-up or address is another by now than when the mailbox was looked up.
    """
    stored = lookups.account(s, account.id)
    if stored is None or stored.standing is not Standing.SETUP or not s.policy.setup_by_mail:
        return None
    on_file = mailboxes.on_file_now(s, stored)
    if on_file.email != account.email:
        return None
    written = (Replace(stored, on_file),) if stored.email != on_file.email else ()
    older = tokens.older(s, on_file, Purpose.SETUP_LINK, limit=1)
    return _Link(on_file, _setup_token(s, on_file, now=now), (*written, *older))


def _first_link(s: Services, record: License, *, now: datetime) -> tuple[_Link, ...]:
    """The account of a roster license is made with the first link that is asked for."""
    account_type = roster_accounts.account_type_for(s, record.id)
    if account_type is None or not s.policy.setup_by_mail:
        return ()
    account = roster_accounts.new_account(s, account_type, record, now=now)
    names = roster_accounts.name_changes(account, record.id, now=now, decided_by=None)
    return (_Link(account, _setup_token(s, account, now=now), (Add(account), *names)),)


def _setup_token(s: Services, account: Account, *, now: datetime) -> OneTimeToken:
    return tokens.issue(
        s,
        account,
        Purpose.SETUP_LINK,
        now=now,
        ttl=s.policy.setup_link_ttl,
        sent_to=account.email,
        asks=setup.asks(account, s.policy),
    )


def _only_setup(links: tuple[_Link, ...]) -> bool:
    return len(links) == 1 and links[0].token.purpose is Purpose.SETUP_LINK


def _event_name(links: tuple[_Link, ...]) -> EventName:
    """What the mail is about: no password is reset where none was ever chosen."""
    return EventName.SETUP_LINK_SENT if _only_setup(links) else EventName.RESET_REQUESTED


def _letter(s: Services, mailbox: Mailbox, links: tuple[_Link, ...], *, now: datetime) -> tuple[Add, ...]:
    """One mail: a set-up letter where set-up is all that it is about, else the list of links."""
    template = "setup-link" if _only_setup(links) else "reset-link"
    issued = [link.token for link in links]
    return (messages.to_address(s, template, mailbox.address, links[0].account, now=now, tokens=issued),)
