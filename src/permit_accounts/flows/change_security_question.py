"""Change the security question and answer: the password is asked, the session replaced, all others end."""

from __future__ import annotations

from permit_accounts.model.codes import EventName
from permit_accounts.model.outcomes import Refused, SignedIn
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Replace
from permit_accounts.rules.registration import read_question
from permit_accounts.tools import admission, audit, messages, reauthentication, refusals
from permit_accounts.tools.services import Services

_REFUSED = EventName.QUESTION_CHANGE_REFUSED


def change_security_question(
    s: Services,
    *,
    session_token: Secret,
    password: Secret,
    question_id: str,
    answer: Secret,
    visitor: Visitor,
) -> SignedIn | Refused:
    """Set another question and answer (ASVS 5.0, 7.5.1; OWASP-SQ-9)."""
    now = s.now()
    present = reauthentication.confirmed(s, session_token, password, event=_REFUSED, now=now, visitor=visitor)
    if isinstance(present, Refused):
        return present
    account = present.account

    read = read_question({"question": question_id, "answer": answer}, s.policy, account, password)
    if read.problems or read.answer is None:
        return refusals.refusing(s, _REFUSED, *read.problems, now=now, visitor=visitor, account=account)

    ready = account.with_question(read.question_id, s.hasher.hash(read.answer))
    session, replacing = admission.replaced(s, ready, present.session, now=now, password_entered=True)
    s.store.commit(
        Replace(account, ready),
        *replacing,
        *messages.to_account(s, "question-changed", ready, now=now),
        audit.event(s, EventName.QUESTION_CHANGED, at=now, account=ready, visitor=visitor),
    )
    return admission.signed_in(s, ready, session, now=now)
