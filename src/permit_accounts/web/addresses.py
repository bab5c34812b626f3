"""Where each page is. Those that e-mails point to are where the city's policy says they are."""

from __future__ import annotations

from collections.abc import Mapping

from permit_accounts import ConfigurationError
from permit_accounts.web.setting import Setting


def page_paths(setting: Setting) -> Mapping[str, str]:
    """The path of each page by its name, as the browser sees it.

    Raises:
        ConfigurationError: The policy's links put a page where another one is.
    """
    links = setting.policy.links
    below = {
        "home": "/",
        "sign-in": "/sign-in",
        "sign-out": "/sign-out",
        "set-up-account": "/set-up-account",
        **{
            f"register-{_word(kind.id)}": f"/set-up-account/{_word(kind.id)}"
            for kind in setting.policy.account_types
            if kind.self_registration
        },
        "account-created": "/account-created",
        "dashboard": "/dashboard",
        "setup": links.setup,
        "forgot-password": "/forgot-password",
        "reset-link-sent": "/forgot-password/sent",
        "forgot-username": "/forgot-username",
        "usernames-sent": "/forgot-username/sent",
        "reset-password": links.reset,
        "confirm-email": links.confirm,
        "cancel-email-change": links.cancel,
        "resend-confirmation": "/resend-confirmation",
        "confirmation-sent": "/resend-confirmation/sent",
        "password-again": "/password-again",
        "account": "/account",
        "change-password": "/account/password",
        "change-security-question": "/account/security-question",
        "change-email": "/account/email",
        "sessions": "/account/sessions",
        "end-session": "/account/sessions/end",
        "end-other-sessions": "/account/sessions/end-others",
        "activity": "/account/activity",
        "licenses": "/account/licenses",
        "release-license": "/account/licenses/release",
        "export-account": "/account/data",
        "close-account": "/account/close",
        "language": "/language",
        "insurance": "/workers-compensation",
    }
    if links.change != links.confirm:
        below["confirm-change"] = links.change
    taken = sorted({path for path in below.values() if list(below.values()).count(path) > 1})
    if taken:
        raise ConfigurationError(f"Policy(links=…) puts two pages at {', '.join(taken)}")
    return {name: setting.path(path) for name, path in below.items()}


def _word(account_type_id: str) -> str:
    return account_type_id.replace("_", "-")
