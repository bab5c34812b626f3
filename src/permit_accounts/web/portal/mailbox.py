"""Confirming an e-mail address, taking a change of it back, and asking for the confirmation link once more.

A mailed link is opened by scanners before its reader comes. So each page has a button, and none acts
before it is pressed; where pressing it costs a person something, a box has to be ticked as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from permit_accounts import (
    Account,
    Code,
    EmailConfirmed,
    Field,
    Kind,
    Outcome,
    Problem,
    Refused,
    TryAgainLater,
    Unavailable,
)
from permit_accounts.web import cookies, fields, guard
from permit_accounts.web.acts import Act, Given, at_field
from permit_accounts.web.asking import Asking
from permit_accounts.web.form_pages import Form, FormViews
from permit_accounts.web.local_paths import with_query
from permit_accounts.web.portal.parts import Portal, from_address
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route, View

_SURE: Final = Field(
    name="sure", kind=Kind.CHOICE, required=True, choices=("yes",), max_length=3, label="web.field.sure"
)
#: The state of the confirmation page in which a new password is chosen: `?choose=password`.
_CHOOSE: Final = "choose"


def routes(portal: Portal) -> Iterable[Route]:
    """The pages of mailboxes. A city may give first confirmations and changes a page each."""
    names = [name for name in ("confirm-email", "confirm-change") if name in portal.pages.paths]
    return (
        *(_Confirming(portal, name).route() for name in names),
        _cancelling(portal),
        portal.form(
            "resend-confirmation",
            done="confirmation-sent",
            template="ask_for_mail.html",
            known=_own_name,
        ),
        portal.mail_sent("confirmation-sent", again="resend-confirmation"),
    )


def _own_name(asking: Asking) -> Mapping[str, str]:
    """Whoever is signed in need not type the name."""
    account = asking.account
    if account is None:
        return {}
    return {"identifier": account.username, "account_type": account.account_type}


class _Confirming:
    """The page behind a confirmation link: a button, and a password where nothing else proves the person.

    Args:
        portal: The means of the pages.
        name: Which of the pages that confirm.
    """

    def __init__(self, portal: Portal, name: str) -> None:
        self._portal = portal
        self._name = name
        self._path = portal.pages.paths[name]
        self._button = self._step("web.confirm-email", fields=_no_fields, proof=self._ask_for_proof)
        self._proof = self._step(
            "web.confirm-password", fields=lambda asking: (fields.PASSWORD,), more=self._way_out
        )
        self._choice = self._step(
            "web.confirm-new-password",
            fields=lambda asking: (fields.NEW_PASSWORD,),
            act=_choosing(portal.acts["confirm-email"]),
            note="email-confirmed-new-password",
        )

    def route(self) -> Route:
        """Where it is."""
        get = from_address(self._portal.pages, self._name, cookies.LINK, self._show)
        return Route(path=self._path, get=get, post=self._take, slow=True)

    def _step(self, texts: str, **more: Any) -> FormViews:
        settings = {
            "act": "confirm-email",
            "template": "confirm_email.html",
            "link": cookies.LINK,
            "note": "email-confirmed",
            "dead": "web.confirm-email.dead",
            "over": ("resend-confirmation", "sign-in"),
            "used_up": (cookies.LINK,),
            **more,
        }
        return self._portal.form_views(self._name, done=_after, texts=texts, **settings)

    def _show(self, asking: Asking) -> Response:
        if asking.query.get(_CHOOSE):
            return _with_a_link(self._choice)(asking)
        return _with_a_link(self._button)(asking)

    def _take(self, asking: Asking) -> Response:
        if asking.query.get(_CHOOSE):
            return self._choice.take(asking)
        form = guard.sent_form(asking)
        typed = form.typed if isinstance(form, guard.NotTaken) else form
        return (self._proof if "password" in typed else self._button).take(asking)

    def _ask_for_proof(self, asking: Asking) -> Response:
        """Nobody is signed in to this account here: its password proves the person (RFC 9110, 15.5.4)."""
        return self._proof.form(asking, {}, (), status=403)

    def _way_out(self, asking: Asking, values: Form) -> Mapping[str, object]:
        return {"choose": with_query(self._path, **{_CHOOSE: "password"})}


def _cancelling(portal: Portal) -> Route:
    """The page that takes a change back. A box keeps scanners out that press the buttons of pages."""
    views = portal.form_views(
        "cancel-email-change",
        done="sign-in",
        note="email-change-cancelled",
        fields=_no_fields,
        boxes=(_SURE,),
        link=cookies.LINK,
        dead="web.cancel-email-change.dead",
        over=("forgot-password", "sign-in"),
        used_up=(cookies.LINK,),
    )
    name = "cancel-email-change"
    get = from_address(portal.pages, name, cookies.LINK, _with_a_link(views))
    return Route(path=portal.pages.paths[name], get=get, post=views.take)


def _with_a_link(views: FormViews) -> View:
    """The form for whoever came by a link; without one there is nothing to press a button for."""

    def show(asking: Asking) -> Response:
        if not asking.cookies.get(cookies.LINK):
            return views.dead_end(asking, Refused((Problem(Code.LINK_INVALID),)))
        return views.show(asking)

    return show


def _after(asking: Asking, outcome: Outcome) -> str:
    """Where the person goes on: to their own dashboard, never to that of whoever is signed in here."""
    assert isinstance(outcome, EmailConfirmed)  # the act knows no other success
    return "dashboard" if outcome.signed_in is not None or _is_own(asking, outcome.account) else "sign-in"


def _is_own(asking: Asking, account: Account) -> bool:
    """Whether it is the account of whoever is signed in here. It is confirmed, whether or not that can be
    found out now."""
    try:
        return asking.account is not None and asking.account.id == account.id
    except (TryAgainLater, Unavailable):
        return False


def _choosing(act: Act) -> Act:
    """Confirming with a new password and nothing else: without one it is refused before anything is done."""

    def call(asking: Asking, given: Given) -> Outcome:
        chosen = {"token": given["token"], "new_password": given["password"]}
        return at_field(act.done(asking, chosen), "password", told_at="new_password")

    return Act(name=act.name, call=call, takes=(fields.TOKEN, fields.NEW_PASSWORD), hashes=True)


def _no_fields(asking: Asking) -> tuple[Field, ...]:
    return ()
