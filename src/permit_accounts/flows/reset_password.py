"""Reset a password with a mailed link, and the answer to the security question where one is asked.

The link is spent by the same commit that writes the password, so it works once, whoever races. A mailed reset
opens no session; it ends all sessions, links and trusted devices (OWASP-FP-10/11/12).
"""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import Code, EventName, Purpose, Reason
from permit_accounts.model.outcomes import PasswordReset, Problem, Refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, OneTimeToken
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Change, Remove, Replace
from permit_accounts.rules import passwords, questions
from permit_accounts.rules.reset import asks_question
from permit_accounts.tools import addresses, audit, devices, messages, new_passwords, refusals, tokens
from permit_accounts.tools.services import Services


def reset_password(
    s: Services,
    *,
    token: Secret,
    password: Secret,
    answer: Secret,
    answers_left: bool,
    visitor: Visitor,
) -> PasswordReset | Refused:
    """Give the account of this link a new password.

    Args:
        answers_left: Whether an answer is checked at all; False once too many were wrong today.
    """
    now = s.now()
    presented = tokens.present(s, Purpose.RESET_PASSWORD, token, now=now)
    if presented is None:
        return refusals.dead_link(s, EventName.RESET_REFUSED, now=now, visitor=visitor)
    link, account = presented

    problems = (
        *new_passwords.problems(s, account, password),
        *_answer_problems(s, account, answer, password, answers_left=answers_left),
    )
    if problems:
        cause = _cause(problems)
        return refusals.refusing(
            s, EventName.RESET_REFUSED, *problems, now=now, visitor=visitor, account=account, cause=cause
        )

    proved, owned = _proved_address(s, account, link, now=now)
    ready = _ready(s, account, password, proved=proved, now=now)
    s.store.commit(
        Remove(link),
        Replace(account, ready),
        *owned,
        *messages.to_account(s, "password-reset", ready, now=now),
        audit.event(s, EventName.PASSWORD_RESET, at=now, account=ready, visitor=visitor),
    )
    return PasswordReset(account=ready, device_token=devices.new_device_token(s, ready.id, now))


def _answer_problems(
    s: Services, account: Account, answer: Secret, password: Secret, *, answers_left: bool
) -> tuple[Problem, ...]:
    """What is wrong with the answer, and whether the new password is the right answer.

    The password is held against what was typed, and only once that was right. The stored hash is asked
    about nothing but the answer, whose tries are counted: the password would be a second, uncounted guess.
    """
    if not asks_question(account, s.policy):
        return ()
    if not answers_left:
        return (Problem(Code.ANSWER_TRIES, "answer", {"phone": s.policy.support_phone}),)
    if not s.hasher.verify(account.answer_hash, questions.normalized_answer(answer)):
        return (Problem(Code.ANSWER_WRONG, "answer", {"phone": s.policy.support_phone}),)
    if questions.is_same_text(answer, password):
        return (Problem(Code.PASSWORD_PERSONAL, "password"),)
    return ()


def _cause(problems: tuple[Problem, ...]) -> Reason:
    wrong = any(problem.code is Code.ANSWER_WRONG for problem in problems)
    return Reason.WRONG_ANSWER if wrong else Reason.INVALID_FORM


def _proved_address(
    s: Services, account: Account, link: OneTimeToken, *, now: datetime
) -> tuple[bool, tuple[Change, ...]]:
    """Whether this link proves the mailbox for the first time, and what makes the address the account's.

    An address that is another account's alone stays unconfirmed.
    """
    if account.email_confirmed_at is not None or link.sent_to is None or link.sent_to != account.email:
        return False, ()
    owned = addresses.claimed(s, account, account.email_key, now=now)
    return owned is not None, owned or ()


def _ready(s: Services, account: Account, password: Secret, *, proved: bool, now: datetime) -> Account:
    """The account with its new password, known devices forgotten, and the mailbox proved by the link.

    A mailbox that proves itself for the first time erases question and answer: somebody else may have
    registered with it.
    """
    ready = account.with_password(s.hasher.hash(passwords.normalized_password(password)))
    ready = ready.with_untrusted_devices(now)
    if proved:
        ready = ready.with_confirmed_email(now).with_question(None, None)
    return ready
