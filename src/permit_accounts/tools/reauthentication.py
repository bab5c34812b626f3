"""Who is signed in, and is it really they: the guards of what only the person behind a session may do.

A session that was left open proves a device and not a person. So a change of credentials asks for the
password again, and other sensitive acts ask that it was entered a short while ago (ASVS 5.0, 7.5.1).
"""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import Code, EventName, Reason
from permit_accounts.model.outcomes import Problem, Refused, SignedInAs, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account
from permit_accounts.model.secret import Secret
from permit_accounts.rules import passwords
from permit_accounts.tools import offering, refusals, sessions
from permit_accounts.tools.services import Services


def signed_in(s: Services, token: Secret, *, now: datetime) -> SignedInAs | Refused:
    """The account and session behind a token, or the refusal of one that opens nothing."""
    return sessions.present(s, token, now=now) or refused(Code.SESSION)


def recent(s: Services, token: Secret, *, now: datetime) -> SignedInAs | Refused:
    """The same, where the password was entered recently enough; else the page asks for it."""
    present = signed_in(s, token, now=now)
    if isinstance(present, Refused) or sessions.is_fresh(s, present.session, now=now):
        return present
    return refused(Code.PASSWORD_AGAIN)


def confirmed(
    s: Services, token: Secret, password: Secret, *, event: EventName, now: datetime, visitor: Visitor
) -> SignedInAs | Refused:
    """The same, where this is the account's password, asked again however fresh the session.

    Args:
        event: What a wrong one is committed as.
    """
    present = signed_in(s, token, now=now)
    if isinstance(present, Refused) or is_password(s, present.account, password):
        return present
    wrong = Problem(Code.WRONG_CREDENTIALS, "current_password")
    return refusals.refusing(
        s, event, wrong, now=now, visitor=visitor, account=present.account, cause=Reason.WRONG_PASSWORD
    )


def is_password(s: Services, account: Account, password: Secret) -> bool:
    """Whether this is the account's password; a text too long to be hashed never is."""
    if passwords.password_too_long(password, s.policy):
        return False
    return s.hasher.verify(account.password_hash, offering.as_hashed(account.password_hash, password))
