"""Send the confirmation link once more, to the address on file of an account that has not confirmed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from permit_accounts.model.codes import EventName, Purpose
from permit_accounts.model.outcomes import CheckYourEmail
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account
from permit_accounts.ports import Add, Change
from permit_accounts.rules.account_types import AccountType
from permit_accounts.tools import lookups, mailboxes, messages, tokens
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
        *(change for account in waiting for change in _fresh_link(s, account, now=now)),
        mailboxes.noted(
            s, EventName.CONFIRMATION_REQUESTED, asked, waiting, may_mail=may_mail, now=now, visitor=visitor
        ),
    )
    return CheckYourEmail()


def _unconfirmed(mailbox: Mailbox) -> tuple[Account, ...]:
    """The newest account of the mailbox that has a password of its own and has not confirmed."""
    waiting = [
        account
        for account in mailbox.accounts
        if account.email_confirmed_at is None and account.password_hash is not None
    ]
    return tuple(waiting[-1:])


def _fresh_link(s: Services, account: Account, *, now: datetime) -> tuple[Change, ...]:
    link = tokens.issue(
        s, account, Purpose.CONFIRM_EMAIL, now=now, ttl=s.policy.confirm_ttl, sent_to=account.email
    )
    return (
        *tokens.older(s, account, Purpose.CONFIRM_EMAIL),
        Add(link),
        *messages.to_account(s, "confirm-email", account, now=now, tokens=(link,)),
    )
