"""Change the password while signed in: the old one is asked, the session is replaced, all others end."""

from __future__ import annotations

import hmac

from permit_accounts.model.codes import Code, EventName
from permit_accounts.model.outcomes import Problem, Refused, SignedIn
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Replace
from permit_accounts.rules import passwords
from permit_accounts.tools import admission, audit, messages, new_passwords, reauthentication, refusals
from permit_accounts.tools.services import Services

_REFUSED = EventName.PASSWORD_CHANGE_REFUSED


def change_password(
    s: Services,
    *,
    session_token: Secret,
    current: Secret,
    password: Secret,
    answers_left: bool,
    visitor: Visitor,
) -> SignedIn | Refused:
    """Set a new password.

    Args:
        current: The password that is to be replaced, asked again however fresh the session (ASVS 5.0, 6.2.3).
        password: The new one.
        answers_left: Whether it is compared with the answer on file; False once too many missed it today. It
            is set all the same: whoever fears a thief must be able to change it.
    """
    now = s.now()
    present = reauthentication.confirmed(s, session_token, current, event=_REFUSED, now=now, visitor=visitor)
    if isinstance(present, Refused):
        return present
    account = present.account

    problems = (*new_passwords.problems(s, account, password), *_unchanged(current, password))
    if not problems and answers_left:
        problems = new_passwords.answer_on_file(s, account, password)
    if problems:
        return refusals.refusing(s, _REFUSED, *problems, now=now, visitor=visitor, account=account)

    ready = account.with_password(s.hasher.hash(passwords.normalized_password(password)))
    session, replacing = admission.replaced(s, ready, present.session, now=now, password_entered=True)
    s.store.commit(
        Replace(account, ready),
        *replacing,
        *messages.to_account(s, "password-changed", ready, now=now),
        audit.event(s, EventName.PASSWORD_CHANGED, at=now, account=ready, visitor=visitor),
    )
    return admission.signed_in(s, ready, session, now=now)


def _unchanged(current: Secret, password: Secret) -> tuple[Problem, ...]:
    """Whether the new password is the old one; said only to somebody who has just shown the old one."""
    old = passwords.normalized_password(current).reveal().encode("utf-8", "surrogatepass")
    new = passwords.normalized_password(password).reveal().encode("utf-8", "surrogatepass")
    return (Problem(Code.PASSWORD_UNCHANGED, "password"),) if hmac.compare_digest(old, new) else ()
