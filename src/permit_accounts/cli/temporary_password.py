"""A temporary password at a terminal: shown once, with a word for each letter and what to say with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from permit_accounts.cli.city import open_city
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.shown import document, moment, refused, text
from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Refused, TemporaryPasswordIssued
from permit_accounts.rules.policy import Policy

_ROW: Final = 4
#: The one field that may be required here is whose license an unknown number is.
_UNKNOWN: Final = (
    "This number is not on the roster, and nothing else is known of it. Is it the right one? "
    "Then say whose license it is: --business-name TEXT"
)


def issue(
    call: Call,
    *,
    text: str,
    account_type: str | None,
    actor: str,
    reason: str,
    checked_how: str,
    second_reason: str,
    no_email_reason: str,
    business_name: str,
    by_post: bool,
) -> Ending:
    """Issue one and print it, on the standard output and nowhere else."""
    city = open_city(call)
    issued = city.desk(actor).issue_temporary_password(
        text,
        account_type,
        reason=reason,
        checked_how=checked_how,
        second_reason=second_reason,
        no_email_reason=no_email_reason,
        business_name=business_name,
        by_post=by_post,
    )
    if isinstance(issued, Refused):
        if Code.REQUIRED in issued.codes:
            call.report.note(_UNKNOWN)
        return refused(call.report, issued)
    call.report.lines(*slip(issued, city.policy))
    call.report.document(
        {
            "account": document(issued.account),
            "password": issued.password,
            "spelled": list(issued.spelled),
            "until": issued.until.isoformat(),
        }
    )
    return Ending.DONE


def slip(issued: TemporaryPasswordIssued, policy: Policy) -> list[str]:
    """What staff read out, line by line."""
    account = issued.account
    kind = text(f"account-type.{account.account_type}", otherwise=account.account_type)
    business = account.profile.get("business_name")
    return [
        f"Temporary password for {account.username}, {kind}:",
        "",
        f"    {issued.password}",
        "",
        *(f"    {row}" for row in _rows(issued.spelled)),
        "",
        *([f"Business: {business}"] if business else []),
        f"Good until {moment(issued.until)}. It is kept nowhere and cannot be shown again.",
        "",
        "Say on the telephone:",
        f'  1. On the portal of {policy.city}, choose "{kind}" in the log-in drop-down menu.',
        f"  2. Enter {account.username} as the username and this temporary password.",
        "     Capitals, spaces and hyphens make no difference. It has no 0, 1, I, L or O.",
        "  3. A page opens. Choose a password of your own, a security question and an answer,",
        "     and fill in every field that has a star.",
        f"  4. You are signed in. If it does not work, call {policy.support_phone} again.",
    ]


def _rows(spelled: Sequence[str]) -> list[str]:
    width = max(map(len, spelled), default=0)
    starts = range(0, len(spelled), _ROW)
    return ["  ".join(f"{word:<{width}}" for word in spelled[at : at + _ROW]).rstrip() for at in starts]
