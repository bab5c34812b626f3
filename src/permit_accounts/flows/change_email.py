"""Change the address on file: the new one must confirm first, and the old one is told at once."""

from __future__ import annotations

import attrs

from permit_accounts.model.codes import Code, EventName, Purpose, Reason
from permit_accounts.model.outcomes import CheckYourEmail, Refused, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add
from permit_accounts.rules.emails import Email
from permit_accounts.tools import audit, messages, sessions, tokens
from permit_accounts.tools.services import Services


def change_email(
    s: Services, *, session_token: Secret, email: Email, may_mail: bool, visitor: Visitor
) -> CheckYourEmail | Refused:
    """Mail a link to the new address; nothing changes until it is opened and confirmed.

    The link dies with the session it was asked from, should that be ended, and with the epoch.

    Args:
        may_mail: False over the limit of mails; the answer is the same, the mail is just not sent.
    """
    now = s.now()
    signed_in = sessions.present(s, session_token, now=now)
    if signed_in is None:
        return refused(Code.SESSION)
    account, session = signed_in.account, signed_in.session
    if not sessions.is_fresh(s, session, now=now):
        s.store.commit(
            audit.event(
                s,
                EventName.EMAIL_CHANGE_REFUSED,
                at=now,
                account=account,
                visitor=visitor,
                cause=Reason.STALE_PASSWORD,
            )
        )
        return refused(Code.PASSWORD_AGAIN)
    if email.address == account.email:
        return refused(Code.EMAIL_UNCHANGED, "email")
    event = audit.event(
        s,
        EventName.EMAIL_CHANGE_REQUESTED,
        at=now,
        account=account,
        visitor=visitor,
        cause=None if may_mail else Reason.OVER_LIMIT,
    )
    if not may_mail:
        s.store.commit(event)
        return CheckYourEmail()

    link = attrs.evolve(
        tokens.issue(
            s,
            account,
            Purpose.CHANGE_EMAIL,
            now=now,
            ttl=s.policy.change_email_ttl,
            sent_to=email.address,
        ),
        session_id=session.id,
    )
    s.store.commit(
        *tokens.older(s, account, Purpose.CHANGE_EMAIL),
        Add(link),
        messages.to_address(s, "change-email-confirm", email.address, account, now=now, tokens=(link,)),
        *messages.to_account(s, "change-email-started", account, now=now),
        event,
    )
    return CheckYourEmail()
