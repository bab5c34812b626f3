"""What an account still lacks: the fields that set-up asks for.

Set-up asks for a new password, the security question where the policy has one, and every required field that
the account does not have yet, the e-mail address above all.
"""

from __future__ import annotations

from typing import Final

from permit_accounts.model.records import Account
from permit_accounts.rules.account_types import Kind
from permit_accounts.rules.policy import Policy

#: The fields of the security question.
QUESTION_FIELDS: Final = ("question", "answer")


def asks(account: Account, policy: Policy) -> tuple[str, ...]:
    """The names of the fields that finishing set-up takes: exactly these, no others."""
    question = QUESTION_FIELDS if policy.question_required else ()
    return (*missing_fields(account, policy), "password", *question)


def missing_fields(account: Account, policy: Policy) -> tuple[str, ...]:
    """The required fields of its type that this account lacks.

    Where staff noted that the person has no e-mail address, and why, that one is not asked for.
    """
    account_type = policy.account_type(account.account_type)
    missing = []
    for field in account_type.fields:
        if not field.required:
            continue
        if field.kind is Kind.EMAIL:
            lacking = account.email is None and account.no_email_reason is None
        else:
            lacking = not account.profile.get(field.name)
        if lacking:
            missing.append(field.name)
    return tuple(missing)


def question_missing(account: Account, policy: Policy) -> bool:
    """Whether the policy wants a security question and this account has none."""
    return policy.question_required and account.answer_hash is None
