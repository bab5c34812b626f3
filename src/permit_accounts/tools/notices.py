"""Notices to a mailbox that never confirmed: few a day, since anybody may have registered with it.

Who registers with somebody else's address and changes the password again and again would else have a mail
sent there each time. What tells its owner of a theft is never held back: a notice to a confirmed address, and
the day's first of its kind about an account, which nobody can use up from another account.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from permit_accounts.model.records import OutboxEmail
from permit_accounts.rules.policy import Limit
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle import limits

#: What somebody can bring about as often as they like who has only registered. Other notices are staff's
#: doing, have a limit of their own, or go out once.
_REPEATABLE: Final = frozenset(
    {
        "account-closed",
        "change-email-started",
        "license-added",
        "license-released",
        "password-changed",
        "question-changed",
    }
)
_ONE_A_DAY: Final = Limit(count=1, within=timedelta(days=1))


def may_be_sent(s: Services, email: OutboxEmail) -> bool:
    """Whether this e-mail may leave; one that may by a limit is counted, at its first try.

    The first of its template is counted for the account, and each one more that day for the mailbox.

    Raises:
        TryAgainLater: Too much is counted for this mailbox at once.
        Unavailable: A store is out of reach.
    """
    if email.template not in _REPEATABLE or email.account_id is None or email.attempts > 1:
        return True
    account = lookups.account(s, email.account_id)
    if account is None or account.email != email.recipient or account.email_confirmed_at is not None:
        return True
    return limits.allow(s, "first-notice", f"{account.id}:{email.template}", _ONE_A_DAY) or limits.allow(
        s, "notice", account.email_key or email.recipient, s.policy.reset_mails_day
    )
