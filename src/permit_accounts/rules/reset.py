"""When a mailed reset takes the extra step of the security question."""

from __future__ import annotations

from permit_accounts.model.codes import QuestionUse
from permit_accounts.model.records import Account
from permit_accounts.rules.policy import Policy


def asks_question(account: Account, policy: Policy) -> bool:
    """Whether a reset of this account asks its question.

    Not where the mailbox was never confirmed: whoever registered may not have been its owner, so the
    question is erased by the reset instead of asked.
    """
    return (
        policy.security_question is QuestionUse.EXTRA_STEP
        and account.answer_hash is not None
        and account.email_confirmed_at is not None
    )
