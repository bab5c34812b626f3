"""Which door a mailed link or grant stands for, where one page serves two."""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import Purpose
from permit_accounts.model.records import Account, OneTimeToken
from permit_accounts.model.secret import Secret
from permit_accounts.tools import tokens
from permit_accounts.tools.services import Services


def presented_setup(s: Services, token: Secret, *, now: datetime) -> tuple[OneTimeToken, Account] | None:
    """The grant of a temporary password or the mailed set-up link, whichever this is.

    One for an account whose type the city gave up leads nowhere: nobody knows any more what to ask for.
    """
    presented = _first(s, (Purpose.SETUP_GRANT, Purpose.SETUP_LINK), token, now=now)
    return presented if presented is not None and s.policy.offers(presented[1].account_type) else None


def presented_confirmation(
    s: Services, token: Secret, *, now: datetime
) -> tuple[OneTimeToken, Account] | None:
    """The first confirmation of a mailbox or the change to another one, whichever this is."""
    return _first(s, (Purpose.CONFIRM_EMAIL, Purpose.CHANGE_EMAIL), token, now=now)


def _first(
    s: Services, purposes: tuple[Purpose, ...], token: Secret, *, now: datetime
) -> tuple[OneTimeToken, Account] | None:
    for purpose in purposes:
        presented = tokens.present(s, purpose, token, now=now)
        if presented is not None:
            return presented
    return None
