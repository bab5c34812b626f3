"""A temporary password on the screen, once: to be read out, or handed over as a slip that prints alone.

It stands in this one answer and nowhere else: no cookie, address or log has it, and nothing keeps the page
(ASVS 5.0, 6.4.6 and 14.3.2).
"""

from __future__ import annotations

from permit_accounts import TemporaryPasswordIssued
from permit_accounts.staff_console.at_desk import AtDesk
from permit_accounts.staff_console.desk_pages import DeskPages
from permit_accounts.staff_console.subjects import Subject
from permit_accounts.web.local_paths import with_query
from permit_accounts.web.response import Response

#: What is said on the telephone, in this order.
_SENTENCES = 4


def shown(pages: DeskPages, asking: AtDesk, issued: TemporaryPasswordIssued) -> Response:
    """The page with the password, grouped and spelled, and with the words to say."""
    account, policy = issued.account, asking.setting.policy
    spoken = account.language if account.language in policy.languages else asking.language
    return pages.page(
        asking,
        "staff_slip.html",
        title=asking.text("web.console.slip.title", username=account.username),
        username=account.username,
        kind=asking.type_called(account.account_type),
        business=account.profile.get("business_name", ""),
        portal=policy.base_url,
        password=issued.password,
        spelled=issued.spelled,
        until=asking.moment(issued.until),
        spoken=[
            {"language": code, "lines": _lines(asking, issued, code)} for code in _spoken(asking, spoken)
        ],
        back=with_query(pages.paths["person"], **Subject.of_account(account).query),
    )


def _spoken(asking: AtDesk, first: str) -> tuple[str, ...]:
    """The caller's language first; the person may prefer another, which nobody knows before they speak."""
    return (first, *(code for code in asking.setting.policy.languages if code != first))


def _lines(asking: AtDesk, issued: TemporaryPasswordIssued, language: str) -> list[str]:
    """The sentences in one language."""
    kinds = {kind.id: kind.label for kind in asking.setting.policy.account_types}
    account_type = issued.account.account_type
    label = kinds.get(account_type, "")
    try:
        kind = asking.setting.text(label, language, {})
    except KeyError:
        kind = asking.type_called(account_type)
    known = {"username": issued.account.username, "type": kind}
    return [
        asking.setting.text(f"web.console.say.{number}", language, known)
        for number in range(1, _SENTENCES + 1)
    ]
