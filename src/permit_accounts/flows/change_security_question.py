"""Change the security question and answer: the password is asked, the session replaced, all others end."""

from __future__ import annotations

from permit_accounts.model.codes import Code, EventName, Reason
from permit_accounts.model.outcomes import Problem, Refused, SignedIn, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Replace
from permit_accounts.rules import questions
from permit_accounts.tools import account_words, admission, audit, messages, reproof, sessions
from permit_accounts.tools.services import Services


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
    signed_in = sessions.present(s, session_token, now=now)
    if signed_in is None:
        return refused(Code.SESSION)
    account = signed_in.account
    if not reproof.right(s, account, password):
        s.store.commit(
            reproof.wrong(s, account, EventName.QUESTION_CHANGE_REFUSED, now=now, visitor=visitor)
        )
        return reproof.refusal()

    problems = _problems(s, account_words.of(account), question_id, answer, password)
    if problems:
        s.store.commit(
            audit.event(
                s,
                EventName.QUESTION_CHANGE_REFUSED,
                at=now,
                account=account,
                visitor=visitor,
                cause=Reason.INVALID_FORM,
            )
        )
        return Refused(problems)

    ready = account.with_question(question_id, s.hasher.hash(questions.normalized_answer(answer)))
    session, replacing = admission.replaced(s, ready, signed_in.session, now=now, password_entered=True)
    s.store.commit(
        Replace(account, ready),
        *replacing,
        *messages.to_account(s, "question-changed", ready, now=now),
        audit.event(s, EventName.QUESTION_CHANGED, at=now, account=ready, visitor=visitor),
    )
    return admission.signed_in(s, ready, session, now=now)


def _problems(
    s: Services, words: tuple[str, ...], question_id: str, answer: Secret, password: Secret
) -> tuple[Problem, ...]:
    """Everything that is wrong with a question and its answer."""
    if not s.policy.question_required or question_id not in questions.QUESTIONS:
        return (Problem(Code.QUESTION, "question"),)
    same = questions.same_as_password(answer, password)
    return (
        *questions.answer_problems(answer, question_id, words),
        *((Problem(Code.ANSWER_PUBLIC, "answer"),) if same else ()),
    )
