"""The mail that asks a mailbox to confirm: one for one mailbox, however many accounts it has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final

from permit_accounts.model.codes import Purpose
from permit_accounts.model.records import Account
from permit_accounts.ports import Add, Change
from permit_accounts.tools import messages, tokens
from permit_accounts.tools.services import Services

#: How many older accounts of a mailbox one confirmation offers to take over.
_MOST_OTHERS: Final = 5


def asked(s: Services, account: Account, others: Iterable[Account], *, now: datetime) -> tuple[Change, ...]:
    """The link that confirms the mailbox and, beside it, one that takes over each of some other accounts.

    Args:
        account: Whose address is to be confirmed; the mail goes there.
        others: Active accounts that never confirmed this mailbox: its owner decides whose they are. The
            first few of them; a new password for one confirms the mailbox for it too. Those with the address
            in another spelling are left out: a link may go only where its account's own mail would.
    """
    same = (other for other in others if other.email == account.email)
    confirm = tokens.issue(
        s, account, Purpose.CONFIRM_EMAIL, now=now, ttl=s.policy.confirm_ttl, sent_to=account.email
    )
    made = [confirm]
    ended: list[Change] = []
    for other in islice(same, _MOST_OTHERS):
        made.append(
            tokens.issue(
                s, other, Purpose.RESET_PASSWORD, now=now, ttl=s.policy.reset_ttl, sent_to=other.email
            )
        )
        ended += tokens.older(s, other, Purpose.RESET_PASSWORD, limit=1)
    return (
        *ended,
        *(Add(token) for token in made),
        *messages.to_account(s, "confirm-email", account, now=now, tokens=made),
    )
