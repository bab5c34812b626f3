"""Check a security answer by telephone: staff type what the caller says, and learn match or no match.

A match alone changes nothing; it is one sign among others of the city's documented method.
"""

from __future__ import annotations

from permit_accounts.model.codes import Code, EventName, Permission, Reason
from permit_accounts.model.outcomes import AnswerChecked, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.secret import Secret
from permit_accounts.rules import questions
from permit_accounts.tools import audit, desk
from permit_accounts.tools.services import Services


def check_answer(
    s: Services,
    actor: StaffMember,
    *,
    who: desk.Who,
    answer: Secret,
    answers_left: bool,
    reason: str,
) -> AnswerChecked | Refused:
    """Compare what a caller said with the answer on file, which is never shown.

    Args:
        answers_left: False once too many answers for this account were wrong today.
    """
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.ANSWER, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    account = desk.account_meant(s, actor, who, now=now)
    if isinstance(account, Refused):
        return account
    if account.answer_hash is None or not s.policy.staff_may_check_answers:
        return desk.refusing(s, actor, Code.STAFF_NO_QUESTION, now=now, account=account)
    if not answers_left:
        return desk.refusing(s, actor, Code.ANSWER_TRIES, now=now, account=account)

    matches = s.hasher.verify(account.answer_hash, questions.normalized_answer(answer))
    s.store.commit(
        audit.staff_event(
            s,
            EventName.STAFF_CHECKED_ANSWER,
            at=now,
            actor=actor,
            account=account,
            reason=reason,
            cause=None if matches else Reason.WRONG_ANSWER,
        )
    )
    return AnswerChecked(matches=matches)
