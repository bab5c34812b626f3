"""Whose session this is: two reads by primary key, and every limit kept by the server's clock."""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts.model.codes import Standing
from permit_accounts.model.outcomes import SignedInAs
from permit_accounts.model.records import Account, Session
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Replace
from permit_accounts.tools import lookups
from permit_accounts.tools.keyring import SESSION
from permit_accounts.tools.services import Services


def present(s: Services, token: Secret, *, now: datetime) -> SignedInAs | None:
    """The account and session behind a session token, or None.

    None is: not sealed here as a session, signed out, past its absolute limit, idle too long, of an older
    epoch, or of an account that is not active any more. # Cost: two reads.
    """
    session_id = s.keyring.open(token, SESSION)
    if session_id is None:
        return None
    session = lookups.session(s, session_id)
    if session is None or not within_limits(s, session, now=now):
        return None
    account = lookups.account(s, session.account_id)
    if account is None or not alive(account, session):
        return None
    return SignedInAs(account=account, session=session)


def within_limits(s: Services, session: Session, *, now: datetime) -> bool:
    """Whether the session is neither past its absolute limit nor idle too long.

    A remembered session has no idle limit. A session last seen in the future is not believed.
    """
    if session.expires_at <= now or session.seen_at > now + s.policy.session_touch:
        return False
    return session.remembered or now - session.seen_at < s.policy.session_idle


def alive(account: Account, session: Session) -> bool:
    """Whether the account still is what the session was opened for."""
    return account.standing is Standing.ACTIVE and account.epoch == session.epoch


def touch(s: Services, session: Session, *, now: datetime) -> Replace | None:
    """What keeps an active session from going idle; due at most every few minutes."""
    if now - session.seen_at < s.policy.session_touch:
        return None
    return Replace(session, attrs.evolve(session, seen_at=now))


def is_fresh(s: Services, session: Session, *, now: datetime) -> bool:
    """Whether the password was entered recently enough for a sensitive act (ASVS 5.0, 7.5.1)."""
    return now - session.password_entered_at <= s.policy.reauth_window
