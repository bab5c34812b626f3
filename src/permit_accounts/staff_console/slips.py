"""A temporary password on the screen, once: to be read out, or handed over as a slip that prints alone.

It stands in this one answer and nowhere else: no cookie, address or log has it, and nothing keeps the page
(ASVS 5.0, 6.4.6 and 14.3.2).

The slip is in the caller's language, and so is how the password is spelled. The core spells it in English
alone, since rules know no texts; here the catalog has a word for each symbol. The letters are Latin in every
language. In Spanish each has a common name or word, and B and V, which sound alike, are told apart as people
do. In Russian each has the name that is learned at school, and beside it the word of the international
alphabet, because бэ, вэ, дэ, пэ and тэ are easily misheard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from permit_accounts import TemporaryPasswordIssued
from permit_accounts.staff_console.at_desk import AtDesk
from permit_accounts.staff_console.desk_pages import DeskPages
from permit_accounts.staff_console.subjects import Subject
from permit_accounts.web.languages import OWN_NAMES
from permit_accounts.web.local_paths import with_query
from permit_accounts.web.response import Response

#: What is said on the telephone, in this order.
_SENTENCES = 4


def shown(pages: DeskPages, asking: AtDesk, issued: TemporaryPasswordIssued, *, language: str) -> Response:
    """The page with the password, grouped and spelled, and with the words to say.

    Args:
        language: The caller's, as the form says; that of the account where it says none.
    """
    account, policy = issued.account, asking.setting.policy
    offered = (language, account.language, asking.language)
    caller = next(code for code in offered if code in policy.languages)
    return pages.page(
        asking,
        "staff_slip.html",
        title=asking.text("web.console.slip.title", username=account.username),
        said=_sayer(asking, caller),
        username=account.username,
        kind=_kind(asking, account.account_type, caller),
        business=account.profile.get("business_name", ""),
        portal=policy.base_url,
        password=issued.password,
        until=asking.setting.times.moment(issued.until, caller),
        spoken=[_spoken(asking, issued, code) for code in _caller_first(policy.languages, caller)],
        back=with_query(pages.paths["person"], **Subject.of_account(account).query),
    )


def _sayer(asking: AtDesk, language: str) -> Callable[..., str]:
    """The texts of the slip's language, which need not be the page's."""

    def said(key: str, **params: str) -> str:
        return asking.setting.text(key, language, params)

    return said


def _caller_first(languages: tuple[str, ...], caller: str) -> tuple[str, ...]:
    """The person may prefer another, which nobody knows before they speak."""
    return (caller, *(code for code in languages if code != caller))


def _spoken(asking: AtDesk, issued: TemporaryPasswordIssued, language: str) -> Mapping[str, object]:
    """What is said on the telephone in one language, and the password letter by letter."""
    account = issued.account
    text = partial(asking.setting.text, language=language)
    known = {"username": account.username, "type": _kind(asking, account.account_type, language)}
    symbols = issued.password.replace("-", "")
    return {
        "language": language,
        "name": OWN_NAMES.get(language, language),
        "lines": [text(f"web.console.say.{number}", params=known) for number in range(1, _SENTENCES + 1)],
        "spelled": [text(f"web.console.spelled.{symbol}", params={}) for symbol in symbols],
    }


def _kind(asking: AtDesk, account_type: str, language: str) -> str:
    """What the city calls this type of account in that language."""
    labels = {kind.id: kind.label for kind in asking.setting.policy.account_types}
    try:
        return asking.setting.text(labels.get(account_type, ""), language, {})
    except KeyError:
        return asking.type_called(account_type)
