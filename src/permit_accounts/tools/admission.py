"""The one door: every session is opened here.

Law: no other module makes a `Session`, and only the flows that sign somebody in may import this one. A second
factor will stand here and cannot be walked around.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts.model.codes import Code, Standing
from permit_accounts.model.outcomes import Refused, SignedIn, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, Session
from permit_accounts.ports import Add, Remove
from permit_accounts.rules import obstacles
from permit_accounts.tools import audit, devices
from permit_accounts.tools.keyring import SESSION
from permit_accounts.tools.services import Services


def refusal(s: Services, account: Account) -> Refused | None:
    """Why this account may not be signed in although its password was right, or None."""
    if account.standing is not Standing.ACTIVE:
        return refused(Code.WRONG_CREDENTIALS)
    if obstacles.unconfirmed(account, s.policy):
        return refused(Code.CONFIRM_FIRST)
    return None


def admit(
    s: Services,
    account: Account,
    *,
    now: datetime,
    visitor: Visitor,
    remember: bool = False,
    entered_at: datetime | None = None,
) -> Session:
    """A new session of an active account; the flow commits it.

    Args:
        remember: Whether it is one long session: no idle limit, 30 days from its opening.
        entered_at: When the password was entered, where that was a step ago; just now otherwise.
    """
    long = remember and s.policy.remember_me
    return Session(
        id=s.new_secret_id(),
        account_id=account.id,
        epoch=account.epoch,
        opened_at=now,
        seen_at=now,
        expires_at=now + (s.policy.remembered_absolute if long else s.policy.session_absolute),
        remembered=long,
        device_label=audit.device_label(visitor),
        password_entered_at=entered_at or now,
    )


def replaced(
    s: Services, account: Account, session: Session, *, now: datetime, password_entered: bool
) -> tuple[Session, tuple[Remove, Add]]:
    """The same session under a new id and the account's present epoch, and the changes that make it so.

    Its absolute limit stays where it was: nothing done while signed in prolongs a session.
    """
    fresh = attrs.evolve(
        session,
        id=s.new_secret_id(),
        version=1,
        epoch=account.epoch,
        seen_at=now,
        password_entered_at=now if password_entered else session.password_entered_at,
    )
    return fresh, (Remove(session), Add(fresh))


def signed_in(s: Services, account: Account, session: Session, *, now: datetime) -> SignedIn:
    """What the person is given for a session that the flow has committed, after a password that was right."""
    return _given(s, account, session, devices.new_device_token(s, account.id, now))


def still_signed_in(
    s: Services, account: Account, session: Session, *, visitor: Visitor, now: datetime
) -> SignedIn:
    """The same after a change for which no password was entered: it makes no further device known.

    Else whoever found a session open could make devices without end, each with guesses of its own.
    """
    return _given(s, account, session, devices.kept_device_token(s, visitor, account, now))


def _given(s: Services, account: Account, session: Session, device_token: str | None) -> SignedIn:
    return SignedIn(
        account=account,
        session=session,
        session_token=s.keyring.seal(session.id, SESSION),
        device_token=device_token,
    )
