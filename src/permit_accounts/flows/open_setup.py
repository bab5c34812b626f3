"""Open set-up: what the page asks for, shown to whoever holds the grant or the mailed link.

Looking changes nothing, however often it is done: mail scanners open links too.
"""

from __future__ import annotations

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Refused, SetupForm, refused
from permit_accounts.model.secret import Secret
from permit_accounts.tools.presenting import presented_setup
from permit_accounts.tools.services import Services


def open_setup(s: Services, *, token: Secret) -> SetupForm | Refused:
    """The fields that `finish_setup` takes with this token: exactly these."""
    presented = presented_setup(s, token, now=s.now())
    if presented is None:
        return refused(Code.SETUP_EXPIRED, phone=s.policy.support_phone)
    grant, account = presented
    return SetupForm(
        account_type=account.account_type,
        username=account.username,
        asks=grant.asks,
        expires_at=grant.expires_at,
        email_on_file=account.email is not None,
    )
