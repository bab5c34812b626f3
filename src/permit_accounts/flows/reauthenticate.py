"""Enter the password again before a sensitive act: the same session under a new id, fresh once more."""

from __future__ import annotations

from typing import Final

import attrs

from permit_accounts.model.codes import EventName
from permit_accounts.model.outcomes import Refused, SignedIn
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, Session
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Replace
from permit_accounts.tools import admission, audit, lookups, reauthentication
from permit_accounts.tools.services import Services

#: Only the newest of them is alive.
_MOST: Final = 10


def reauthenticate(
    s: Services, *, session_token: Secret, password: Secret, visitor: Visitor
) -> SignedIn | Refused:
    """Prove the person behind the session; its absolute limit stays where it was."""
    now = s.now()
    present = reauthentication.confirmed(
        s, session_token, password, event=EventName.REAUTHENTICATION_REFUSED, now=now, visitor=visitor
    )
    if isinstance(present, Refused):
        return present
    account = present.account

    session, replacing = admission.replaced(s, account, present.session, now=now, password_entered=True)
    s.store.commit(
        *replacing,
        *_asked_there(s, account, present.session, session),
        audit.event(s, EventName.REAUTHENTICATED, at=now, account=account, visitor=visitor),
    )
    return admission.signed_in(s, account, session, now=now)


def _asked_there(s: Services, account: Account, before: Session, after: Session) -> tuple[Replace, ...]:
    """A change of address that this session asked for stays bound to it, and still dies with it."""
    return tuple(
        Replace(token, attrs.evolve(token, session_id=after.id))
        for token in lookups.tokens_of(s, account.id)
        if token.session_id == before.id
    )[:_MOST]
