"""Sign out: the session is gone from the store, so its token opens nothing anywhere."""

from __future__ import annotations

from permit_accounts.model.codes import EventName
from permit_accounts.model.outcomes import SignedOut
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Remove
from permit_accounts.tools import audit, lookups
from permit_accounts.tools.keyring import SESSION
from permit_accounts.tools.services import Services


def sign_out(s: Services, *, session_token: Secret, visitor: Visitor) -> SignedOut:
    """End this session, whatever its state. Twice is the same as once."""
    now = s.now()
    session_id = s.keyring.open(session_token, SESSION)
    session = lookups.session(s, session_id) if session_id is not None else None
    if session is None:
        return SignedOut()
    account = lookups.account(s, session.account_id)
    s.store.commit(
        Remove(session), audit.event(s, EventName.SIGNED_OUT, at=now, account=account, visitor=visitor)
    )
    return SignedOut()
