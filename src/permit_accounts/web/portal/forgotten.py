"""Forgot Password, Forgot Username, and the page behind the mailed link where a new password is chosen.

Whoever asks gets the same answer, at the same page: whether there is such an account is told in the mailbox
alone (ASVS 5.0, 6.3.8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from permit_accounts import Outcome, ResetForm
from permit_accounts.web import cookies, fields
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.form_pages import Form, FormViews
from permit_accounts.web.portal.linked_forms import LinkedForm
from permit_accounts.web.portal.parts import Portal
from permit_accounts.web.route import Route


def routes(portal: Portal) -> Iterable[Route]:
    """Forgot Password and Forgot Username, each with the page that answers, and the reset page."""
    resetting = _Resetting(portal)
    return (
        portal.form(
            "forgot-password",
            act="request-password-reset",
            done="reset-link-sent",
            template="ask_for_mail.html",
            known=_chosen_type,
        ),
        portal.form(
            "forgot-username",
            act="remind-usernames",
            done="usernames-sent",
            template="ask_for_mail.html",
        ),
        portal.mail_sent("reset-link-sent", again="forgot-password"),
        portal.mail_sent("usernames-sent", again="forgot-username"),
        resetting.page.route(slow=True),
    )


def _chosen_type(asking: Asking) -> Mapping[str, str]:
    """The account type that a link names, as that of the log-in drop-down."""
    return {"account_type": asking.query.get("type", "")}


class _Resetting:
    """The page behind the mailed link."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.page = LinkedForm(
            portal=portal,
            name="reset-password",
            cookie=cookies.RESET,
            opens=portal.acts["open-reset"],
            views=self._views,
        )

    def _views(self, opened: Outcome) -> FormViews:
        form = opened if isinstance(opened, ResetForm) else None
        question = form.question_id if form is not None else None

        def more(asking: Asking, values: Form) -> Mapping[str, object]:
            return {
                "username": form.username if form is not None else "",
                "question": asking.text(f"question.{question}") if question is not None else "",
            }

        def known_device(asking: Asking) -> Sequence[Header]:
            """The owner's browser is let in while strangers' guesses make the name wait."""
            return (self._portal.pages.device(form.device_token),) if form is not None else ()

        answer = (fields.ANSWER_ON_FILE,) if question is not None else ()
        shown = (*answer, fields.NEW_PASSWORD)
        act = self._portal.acts["reset-password"]
        return self._portal.form_views(
            "reset-password",
            # Whether there is an answer to give, the page knows: it is told missing with all else that is.
            act=attrs.evolve(act, takes=(fields.TOKEN, *shown)) if question is not None else act,
            done="sign-in",
            note="password-reset",
            template="reset_password.html",
            fields=lambda asking: shown,
            link=cookies.RESET,
            more=more,
            opening=known_device,
            used_up=(cookies.RESET,),
        )
