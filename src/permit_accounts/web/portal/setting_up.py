"""The reset login page of a first sign-in: a new password, a security question, and what is missing.

It is reached with the grant of a temporary password or through a mailed set-up link, and asks exactly for
what that names. Nothing counts down on it: it says once how many minutes there are, each refusal gives all
of them again, and what was typed outlasts them (WCAG 2.2, 2.2.1 and 2.2.6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from permit_accounts import Field, Outcome, SetupForm
from permit_accounts.web import cookies, fields
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.form_pages import FormViews
from permit_accounts.web.portal.linked_forms import LinkedForm
from permit_accounts.web.portal.parts import LINK_SECONDS, Portal
from permit_accounts.web.portal.registering import grouped, in_order
from permit_accounts.web.route import Route

#: The page begins with what it is there for.
_FIRST: Final = frozenset({"password", "question", "answer"})


def routes(portal: Portal) -> Iterable[Route]:
    """The set-up page."""
    return (_SettingUp(portal).page.route(slow=True),)


class _SettingUp:
    """The page, made for what the grant or the link asks for."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._policy = portal.pages.setting.policy
        self.page = LinkedForm(
            portal=portal,
            name="setup",
            cookie=cookies.SETUP,
            opens=portal.acts["open-setup"],
            views=self._views,
        )

    def _views(self, opened: Outcome) -> FormViews:
        shown = self._fields(opened)
        new_password = "password" in {field.name for field in shown}
        return self._portal.form_views(
            "setup",
            act="finish-setup",
            done="dashboard",
            note="setup-finished",
            template="setup.html",
            texts="web.setup" if new_password else "web.complete-account",
            fields=lambda asking: shown,
            link=cookies.SETUP,
            more=lambda asking, values: self._more(asking, shown),
            whose=lambda asking: opened.username if isinstance(opened, SetupForm) else "",
            opening=self._kept_on,
            over=("sign-in", "forgot-password"),
            used_up=(cookies.SETUP,),
        )

    def _fields(self, opened: Outcome) -> tuple[Field, ...]:
        """What is asked for. Once the time is over nobody can tell: any field of a set-up."""
        if not isinstance(opened, SetupForm):
            return fields.of_any_setup(self._policy)
        shown = fields.of_setup(self._policy.account_type(opened.account_type), opened.asks)
        return tuple(sorted(in_order(shown), key=lambda field: field.name not in _FIRST))

    def _more(self, asking: Asking, shown: Sequence[Field]) -> Mapping[str, object]:
        """Looked up once more, since a refused form has given the person all of the time again."""
        opened = self.page.opened(asking)
        if not isinstance(opened, SetupForm):  # finished meanwhile, in another tab
            return {"username": "", "minutes": 0, "groups": grouped(shown)}
        left = min(opened.expires_at - asking.setting.now(), timedelta(seconds=LINK_SECONDS))
        return {
            "username": opened.username,
            "minutes": int(left.total_seconds()) // 60,
            "groups": grouped(shown),
        }

    def _kept_on(self, asking: Asking) -> Sequence[Header]:
        """The cookie of a mailed link is good for as long as the page says, from now on."""
        rules, token = asking.setting.cookies, asking.cookies.get(cookies.SETUP, "")
        return (rules.kept(cookies.SETUP, token, seconds=LINK_SECONDS),) if token else ()
