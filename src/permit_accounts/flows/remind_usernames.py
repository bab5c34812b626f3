"""Remind somebody of their usernames: one mail to the mailbox that was named, and the same answer always."""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import EventName
from permit_accounts.model.outcomes import CheckYourEmail
from permit_accounts.model.people import Visitor
from permit_accounts.ports import Add
from permit_accounts.tools import mailboxes, messages
from permit_accounts.tools.mailboxes import Mailbox
from permit_accounts.tools.services import Services


def remind_usernames(s: Services, *, email: str, may_mail: bool, visitor: Visitor) -> CheckYourEmail:
    """Mail the usernames of a mailbox's accounts to the address on file.

    Args:
        email: As typed.
        may_mail: False over the limit of mails; the answer is the same, the mail is just not sent.
    """
    now = s.now()
    asked = mailboxes.asked_for(s, email, ())
    mailbox = asked.mailbox if may_mail else None
    about = mailbox.accounts if mailbox is not None else ()

    s.store.commit(
        *(_reminder(s, mailbox, now=now) if mailbox is not None else ()),
        mailboxes.noted(
            s, EventName.USERNAMES_REQUESTED, asked, about, may_mail=may_mail, now=now, visitor=visitor
        ),
    )
    return CheckYourEmail()


def _reminder(s: Services, mailbox: Mailbox, *, now: datetime) -> tuple[Add, ...]:
    """One mail for all accounts of the mailbox, each with its type."""
    called = (f"{messages.called(one, mailbox.address)} ({one.account_type})" for one in mailbox.accounts)
    first = mailbox.accounts[0]
    params = {"names": "\n".join(called)}
    return (messages.to_address(s, "username-reminder", mailbox.address, first, now=now, params=params),)
