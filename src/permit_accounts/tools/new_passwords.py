"""What keeps a text from becoming the password of an account that is there already."""

from __future__ import annotations

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.records import Account
from permit_accounts.model.secret import Secret
from permit_accounts.rules import known_words, passwords, questions
from permit_accounts.tools.services import Services


def problems(s: Services, account: Account, password: Secret) -> tuple[Problem, ...]:
    """Everything that is wrong with it by the rules, beside what is known of the account."""
    return tuple(passwords.password_problems(password, s.policy, known_words.of_account(account, s.policy)))


def answer_on_file(s: Services, account: Account, password: Secret) -> tuple[Problem, ...]:
    """Whether it is the answer on file, compared through its hash: the question would ask for the password
    (OWASP-SQ-6).

    Asked last, of a password that would else be set. So nobody guesses at the answer in passwords that are
    refused anyway: one that misses is a change, which is counted as a try at the answer.
    """
    if account.answer_hash is None or passwords.password_too_long(password, s.policy):
        return ()
    if not s.hasher.verify(account.answer_hash, questions.normalized_answer(password)):
        return ()
    return (Problem(Code.PASSWORD_PERSONAL, "password"),)
