"""What a password must not merely consist of: the facts of its own account (NIST SP 800-63B-4, 3.1.1.2)."""

from __future__ import annotations

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.records import Account
from permit_accounts.model.secret import Secret
from permit_accounts.rules import passwords, questions
from permit_accounts.tools.services import Services


def of(account: Account) -> tuple[str, ...]:
    """The account's own words: username, e-mail address and its local part, and what its profile says."""
    email = account.email or ""
    words = (account.username, email, email.partition("@")[0], *account.profile.values())
    return tuple(word for word in words if word)


def answer_as_password(s: Services, account: Account, password: Secret) -> tuple[Problem, ...]:
    """Whether the new password is the answer on file, compared through its hash (OWASP-SQ-6)."""
    if account.answer_hash is None or passwords.password_too_long(password, s.policy):
        return ()
    if not s.hasher.verify(account.answer_hash, questions.normalized_answer(password)):
        return ()
    return (Problem(Code.PASSWORD_PERSONAL, "password"),)
