"""Remind somebody of their usernames: one mail to the mailbox that was named, and the same answer always."""

from __future__ import annotations

from permit_accounts.model.codes import EventName, Reason
from permit_accounts.model.outcomes import CheckYourEmail
from permit_accounts.model.people import Visitor
from permit_accounts.ports import Add
from permit_accounts.tools import audit, messages
from permit_accounts.tools.mailboxes import Mailbox
from permit_accounts.tools.services import Services


def remind_usernames(
    s: Services, *, mailbox: Mailbox | None, asked: str, visitor: Visitor
) -> CheckYourEmail:
    """Mail the usernames of a mailbox's accounts to the address on file.

    Args:
        mailbox: The accounts found; None where there are none or the limit of mails is reached.
        asked: The canonical text that was asked by; it is kept as an HMAC only.
    """
    now = s.now()
    account = mailbox.accounts[0] if mailbox is not None else None
    letters: tuple[Add, ...] = ()
    if mailbox is not None and account is not None:
        names = "\n".join(
            f"{messages.called(found, mailbox.address)} ({found.account_type})" for found in mailbox.accounts
        )
        letters = (
            messages.to_address(
                s, "username-reminder", mailbox.address, account, now=now, params={"names": names}
            ),
        )
    s.store.commit(
        *letters,
        audit.event(
            s,
            EventName.USERNAMES_REMINDED,
            at=now,
            account=account,
            visitor=visitor,
            cause=None if account is not None else Reason.NO_ADDRESS,
            params={"asked": s.keyring.counted(asked)},
        ),
    )
    return CheckYourEmail()
