"""The rules alone: what is wrong with a form or a password, asked without any store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from permit_accounts.model.outcomes import Problem
from permit_accounts.model.secret import Secret
from permit_accounts.rules import passwords
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.registration import read_registration
from permit_accounts.tools.services import utc_now


def registration_problems(
    account_type: AccountType, form: Mapping[str, object], policy: Policy
) -> tuple[Problem, ...]:
    """Everything that is wrong with a registration form today; whether a name is taken it cannot know."""
    return read_registration(account_type, form, policy, utc_now().date()).problems


def password_problems(password: str, policy: Policy, context: Iterable[str] = ()) -> tuple[Problem, ...]:
    """Everything that is wrong with a password.

    Args:
        context: What the password must not merely consist of, such as the username.
    """
    return tuple(passwords.password_problems(Secret(password), policy, context))
