"""Change the password while signed in: the old one is asked, the session is replaced, all others end."""

from __future__ import annotations

import hmac

from permit_accounts.model.codes import Code, EventName, Reason
from permit_accounts.model.outcomes import Problem, Refused, SignedIn, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Replace
from permit_accounts.rules import passwords
from permit_accounts.tools import account_words, admission, audit, messages, reproof, sessions
from permit_accounts.tools.services import Services


def change_password(
    s: Services, *, session_token: Secret, current: Secret, password: Secret, visitor: Visitor
) -> SignedIn | Refused:
    """Set a new password.

    Args:
        current: The password that is to be replaced, asked again however fresh the session (ASVS 5.0, 6.2.3).
        password: The new one.
    """
    now = s.now()
    signed_in = sessions.present(s, session_token, now=now)
    if signed_in is None:
        return refused(Code.SESSION)
    account = signed_in.account
    if not reproof.right(s, account, current):
        s.store.commit(
            reproof.wrong(s, account, EventName.PASSWORD_CHANGE_REFUSED, now=now, visitor=visitor)
        )
        return reproof.refusal()

    problems = (
        *passwords.password_problems(password, s.policy, account_words.of(account)),
        *_unchanged(current, password),
        *account_words.answer_as_password(s, account, password),
    )
    if problems:
        s.store.commit(
            audit.event(
                s,
                EventName.PASSWORD_CHANGE_REFUSED,
                at=now,
                account=account,
                visitor=visitor,
                cause=Reason.INVALID_FORM,
            )
        )
        return Refused(problems)

    ready = account.with_password(s.hasher.hash(passwords.normalized_password(password)))
    session, replacing = admission.replaced(s, ready, signed_in.session, now=now, password_entered=True)
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
