"""The password once more, and changing what one signs in with: password, question, e-mail address."""

from __future__ import annotations

from collections.abc import Iterable

from permit_accounts.web.portal.parts import Portal
from permit_accounts.web.route import Route


def routes(portal: Portal) -> Iterable[Route]:
    """Four forms; where the city asks no security question, there is no page to change one.

    After each but the one for the address the browser has a new session, and all others have ended.
    """
    yield portal.form("password-again", act="reauthenticate", done="account")
    yield portal.form("change-password", done="account", note="password-changed")
    if portal.pages.setting.policy.question_required:
        yield portal.form("change-security-question", done="account", note="question-changed")
    yield portal.form("change-email", done="account", note="email-link-sent")
