"""Send the confirmation link once more, to the address on file of accounts that have not confirmed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from permit_accounts.model.codes import EventName, Purpose
from permit_accounts.model.outcomes import CheckYourEmail
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account
from permit_accounts.ports import Change
from permit_accounts.rules.account_types import AccountType
from permit_accounts.tools import confirmations, lookups, mailboxes, tokens
from permit_accounts.tools.mailboxes import Mailbox
from permit_accounts.tools.services import Services


def resend_confirmation(
    s: Services,
    *,
    identifier: str,
    account_types: Sequence[AccountType],
    may_mail: bool,
    visitor: Visitor,
) -> CheckYourEmail:
    """Mail a fresh link; the one before it is dead. The same answer whoever asked for whom.

    Args:
        identifier: An address or a name, as typed.
        account_types: Whose names it may be.
        may_mail: False over the limit of mails; the answer is the same, the mail is just not sent.
    """
    now = s.now()
    asked = mailboxes.asked_for(s, identifier, account_types)
    waiting = _unconfirmed(asked.mailbox) if asked.mailbox is not None and may_mail else ()
    if not waiting:
        lookups.tokens_of(s, lookups.NOBODY)  # as much is asked where there is nobody (ASVS 5.0, 6.3.8)

    s.store.commit(
        *(_fresh_links(s, waiting, now=now) if waiting else ()),
        mailboxes.noted(
            s, EventName.CONFIRMATION_REQUESTED, asked, waiting, may_mail=may_mail, now=now, visitor=visitor
        ),
    )
    return CheckYourEmail()


def _unconfirmed(mailbox: Mailbox) -> tuple[Account, ...]:
    """The accounts with a password of their own that have not confirmed the mailbox, the newest first."""
    return tuple(
        account
        for account in reversed(mailbox.accounts)
        if account.email_confirmed_at is None and account.password_hash is not None
    )


def _fresh_links(s: Services, waiting: Sequence[Account], *, now: datetime) -> tuple[Change, ...]:
    """One mail, as at registration: it confirms the newest account and takes over older ones."""
    newest, *older = waiting
    return (
        *tokens.older(s, newest, Purpose.CONFIRM_EMAIL),
        *confirmations.asked(s, newest, reversed(older), now=now),
    )
