"""Send the confirmation link once more, to the address on file of an account that has not confirmed it."""

from __future__ import annotations

from permit_accounts.model.codes import EventName, Purpose, Reason
from permit_accounts.model.outcomes import CheckYourEmail
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account
from permit_accounts.ports import Add
from permit_accounts.tools import audit, messages, tokens
from permit_accounts.tools.services import Services


def resend_confirmation(
    s: Services, *, account: Account | None, asked: str, visitor: Visitor
) -> CheckYourEmail:
    """Mail a fresh link; the one before it is dead. The same answer whoever asked for whom.

    Args:
        account: Whose mailbox is still unconfirmed; None where there is none or the limit is reached.
        asked: The canonical text that was asked by; it is kept as an HMAC only.
    """
    now = s.now()
    event = audit.event(
        s,
        EventName.CONFIRMATION_SENT,
        at=now,
        account=account,
        visitor=visitor,
        cause=None if account is not None else Reason.NO_ADDRESS,
        params={"asked": s.keyring.counted(asked)},
    )
    if account is None:
        s.store.commit(event)
        return CheckYourEmail()
    link = tokens.issue(
        s, account, Purpose.CONFIRM_EMAIL, now=now, ttl=s.policy.confirm_ttl, sent_to=account.email
    )
    s.store.commit(
        *tokens.older(s, account, Purpose.CONFIRM_EMAIL),
        Add(link),
        *messages.to_account(s, "confirm-email", account, now=now, tokens=(link,)),
        event,
    )
    return CheckYourEmail()
