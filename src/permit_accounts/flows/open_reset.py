"""Open a reset: what the page behind the mailed link shows.

Looking changes nothing. The question is shown only here, after the mailed link has proved itself, and the
browser is given a device token, so that its owner gets in while strangers make the name wait. Opening the
link again gives the same one: the link is one device, with as many guesses as any.
"""

from __future__ import annotations

from permit_accounts.model.codes import Code, Purpose
from permit_accounts.model.outcomes import Refused, ResetForm, refused
from permit_accounts.model.secret import Secret
from permit_accounts.rules.reset import asks_question
from permit_accounts.tools import devices, tokens
from permit_accounts.tools.services import Services


def open_reset(s: Services, *, token: Secret) -> ResetForm | Refused:
    """The username, and the question where an answer is asked."""
    now = s.now()
    presented = tokens.present(s, Purpose.RESET_PASSWORD, token, now=now)
    if presented is None:
        return refused(Code.LINK_INVALID)
    link, account = presented
    return ResetForm(
        account_type=account.account_type,
        username=account.username,
        question_id=account.question_id if asks_question(account, s.policy) else None,
        device_token=devices.token_behind_link(s, link),
        expires_at=link.expires_at,
    )
