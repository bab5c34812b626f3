"""The e-mail that is not sent yet: how much there is, when it is tried next, and why it waits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import attrs

from permit_accounts.cli.shown import moment
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services

_COUNTED: Final = 1000
#: A deferred e-mail is due later than now, however long its pause is.
_EVER: Final = datetime.max.replace(tzinfo=UTC)


@attrs.frozen(kw_only=True)
class WaitingMail:
    """What waits in the outbox.

    Attributes:
        count: How many e-mails, counted up to a thousand.
        next_at: When the first of them is due; in the past where nobody sends it.
        last_error: Why one of them could not be sent; the outbox keeps addresses out of these words.
        of_other_keys: How many have links that only keys of another process can seal.
    """

    count: int
    next_at: datetime | None
    last_error: str
    of_other_keys: int

    @property
    def told(self) -> str:
        """All of it in one line."""
        many = f"{self.count} or more e-mails" if self.count == _COUNTED else f"{self.count} e-mails"
        counted = "1 e-mail" if self.count == 1 else many
        error = f" ({self.last_error})" if self.last_error else ""
        return f"{counted}, next try {moment(self.next_at)}{error}"


def waiting_mail(s: Services) -> WaitingMail | None:
    """What waits, or nothing."""
    waiting = lookups.emails_due(s, _EVER, limit=_COUNTED)
    if not waiting:
        return None
    error = next((email.last_error for email in waiting if email.last_error), "")
    known = {"", *s.keyring.seal_ids}
    return WaitingMail(
        count=len(waiting),
        next_at=waiting[0].due_at,
        last_error=error,
        of_other_keys=sum(email.seal_id not in known for email in waiting),
    )
