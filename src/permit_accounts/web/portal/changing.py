"""The password once more, and changing what one signs in with: password, question, e-mail address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from permit_accounts.web.portal.parts import Portal
from permit_accounts.web.route import Route

#: What the account page says once each of them is done.
_CHANGES: Final = {
    "change-password": "password-changed",
    "change-security-question": "question-changed",
    "change-email": "email-link-sent",
}


def routes(portal: Portal) -> Iterable[Route]:
    """Four forms; where the city asks no security question, there is no page to change one.

    After each but the one for the address the browser has a new session, and all others have ended.
    """
    yield portal.form("password-again", act="reauthenticate", done="account")
    for name, note in _CHANGES.items():
        if name != "change-security-question" or portal.pages.setting.policy.question_required:
            template = "change_password.html" if name == "change-password" else "form.html"
            yield portal.form(name, done="account", note=note, above="account", template=template)
