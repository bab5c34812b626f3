"""Change the address on file: the new one must confirm first, and the old one is told at once."""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts.model.codes import Code, EventName, Purpose, Reason
from permit_accounts.model.outcomes import CheckYourEmail, Problem, Refused, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, Session
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add, Change
from permit_accounts.rules.emails import Email
from permit_accounts.tools import audit, messages, reauthentication, refusals, sessions, tokens
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
    present = reauthentication.signed_in(s, session_token, now=now)
    if isinstance(present, Refused):
        return present
    account, session = present.account, present.session
    if not sessions.is_fresh(s, session, now=now):
        again, why = Problem(Code.PASSWORD_AGAIN), Reason.STALE_PASSWORD
        event = EventName.EMAIL_CHANGE_REFUSED
        return refusals.refusing(s, event, again, now=now, visitor=visitor, account=account, cause=why)
    if email.address == account.email:
        return refused(Code.EMAIL_UNCHANGED, "email")

    s.store.commit(
        *(_mails(s, account, session, email, now=now) if may_mail else ()),
        audit.event(
            s,
            EventName.EMAIL_CHANGE_REQUESTED,
            at=now,
            account=account,
            visitor=visitor,
            cause=None if may_mail else Reason.OVER_LIMIT,
        ),
    )
    return CheckYourEmail()


def _mails(
    s: Services, account: Account, session: Session, email: Email, *, now: datetime
) -> tuple[Change, ...]:
    """The link to the new address in place of an earlier one, and the notice to the old address."""
    ttl = s.policy.change_email_ttl
    link = attrs.evolve(
        tokens.issue(s, account, Purpose.CHANGE_EMAIL, now=now, ttl=ttl, sent_to=email.address),
        session_id=session.id,
    )
    return (
        *tokens.older(s, account, Purpose.CHANGE_EMAIL),
        Add(link),
        messages.to_address(s, "change-email-confirm", email.address, account, now=now, tokens=(link,)),
        *messages.to_account(s, "change-email-started", account, now=now),
    )
