"""End sessions from the person's own list: one of them, or all but this one."""

from __future__ import annotations

from permit_accounts.model.codes import EventName, Purpose
from permit_accounts.model.outcomes import Refused, SessionsEnded, SignedIn
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Remove, Replace
from permit_accounts.tools import admission, audit, lookups, reauthentication
from permit_accounts.tools.services import Services


def end_session(
    s: Services, *, session_token: Secret, session_id: str, visitor: Visitor
) -> SessionsEnded | Refused:
    """End one session of one's own, and the change of e-mail that it may have asked for."""
    now = s.now()
    present = reauthentication.signed_in(s, session_token, now=now)
    if isinstance(present, Refused):
        return present
    account = present.account
    ended = lookups.session(s, session_id)
    if ended is None or ended.account_id != account.id:
        return SessionsEnded(count=0)
    asked_there = [
        token
        for token in lookups.tokens_of(s, account.id)
        if token.purpose is Purpose.CHANGE_EMAIL and token.session_id == ended.id
    ]
    s.store.commit(
        Remove(ended),
        *(Remove(token) for token in asked_there[:10]),
        audit.event(s, EventName.SESSIONS_ENDED, at=now, account=account, visitor=visitor),
    )
    return SessionsEnded(count=1)


def end_other_sessions(s: Services, *, session_token: Secret, visitor: Visitor) -> SignedIn | Refused:
    """End every session but this one, and every link that is out: the epoch grows, this session is
    replaced. Asks for a fresh password, so that whoever found a device cannot shut its owner out."""
    now = s.now()
    present = reauthentication.recent(s, session_token, now=now)
    if isinstance(present, Refused):
        return present
    account = present.account
    ready = account.with_new_epoch()
    session, replacing = admission.replaced(s, ready, present.session, now=now, password_entered=False)
    s.store.commit(
        Replace(account, ready),
        *replacing,
        audit.event(s, EventName.SESSIONS_ENDED, at=now, account=ready, visitor=visitor),
    )
    return admission.still_signed_in(s, ready, session, visitor=visitor, now=now)
