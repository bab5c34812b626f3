"""One's own account: what is on file, what happened to it, a copy of it all, and giving it up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from permit_accounts import Account, AccountExport, Field, Kind, Outcome, Refused
from permit_accounts.web import answers, cookies, own_json
from permit_accounts.web.asking import Asking
from permit_accounts.web.portal.parts import Portal, behind_sign_in
from permit_accounts.web.portal.seen_by_owner import event_view
from permit_accounts.web.portal.small_forms import SmallForm
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route

#: The box that says what closing means; it is the page's own, and no program has to send it.
_UNDERSTOOD: Final = Field(
    name="understood",
    kind=Kind.CHOICE,
    required=True,
    choices=("yes",),
    max_length=3,
    label="web.field.understood",
    reason="",
)


def routes(portal: Portal) -> Iterable[Route]:
    """The account page, its history, its copy, and its end."""
    own, pages = _Own(portal), portal.pages
    yield portal.page("account", behind_sign_in(pages, own.account))
    yield portal.page("activity", behind_sign_in(pages, own.activity))
    export = SmallForm(
        pages=pages, act=portal.acts["export-account"], back="export-account", answer=own.as_file
    )
    show = behind_sign_in(pages, own.export_page)
    yield attrs.evolve(export.route(), get=show)
    yield own.closing()


class _Own:
    """The views of one's own account."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._pages = portal.pages

    def account(self, asking: Asking) -> Response:
        """What is on file, and where to change it."""
        account = asking.account
        assert account is not None  # behind_sign_in has seen to it
        return self._pages.page(
            asking,
            "account.html",
            title=asking.text("web.layout.account"),
            facts=tuple(_facts(asking, account)),
            asks_question=asking.setting.policy.question_required,
        )

    def activity(self, asking: Asking) -> Response:
        """What happened to the account, a page at a time, the newest first."""
        found = own_json.activity_page(asking)
        if isinstance(found, Refused):
            return self._pages.sign_in_first(asking)
        number = own_json.page_number(asking)
        return self._pages.page(
            asking,
            "activity.html",
            title=asking.text("web.layout.activity"),
            events=[event_view(asking, event) for event in found.events],
            newer=str(number - 1) if number > 1 else "",
            older=str(number + 1) if found.next_after is not None else "",
        )

    def export_page(self, asking: Asking) -> Response:
        """The button to download everything."""
        return self._pages.page(asking, "export_account.html", title=asking.text("web.layout.export-account"))

    def as_file(self, asking: Asking, outcome: Outcome) -> Response:
        """Everything as a file, for people and for programs (ASVS 5.0, 14.2.2 keeps it out of caches)."""
        assert isinstance(outcome, AccountExport)  # the act answers nothing else
        text = json.dumps(attrs.asdict(outcome), indent=2, ensure_ascii=False)
        return answers.download(text.encode("utf-8"), name="account.json", content_type="application/json")

    def closing(self) -> Route:
        """The form that gives the account up: the password, and a box that says what it means."""
        act = self._portal.acts["close-account"]
        boxed = attrs.evolve(act, takes=(*act.takes, _UNDERSTOOD))
        portal = attrs.evolve(self._portal, acts={**self._portal.acts, "close-account": boxed})
        return portal.form(
            "close-account",
            done="home",
            note="account-closed",
            above="account",
            button="primary grave",
            used_up=cookies.OF_ONE_PERSON,
        )


def _facts(asking: Asking, account: Account) -> Iterator[tuple[str, str]]:
    """The account as pairs of a name and a value; a fact that was left out is not listed."""
    yield asking.text("web.layout.account-type"), asking.type_called(account.account_type)
    yield asking.text("web.layout.username"), account.username
    if account.email:
        state = "confirmed" if account.email_confirmed_at is not None else "unconfirmed"
        yield asking.named("field.email"), asking.text(f"web.email-state.{state}", email=account.email)
    kinds = asking.setting.policy.account_types
    for field in (field for kind in kinds if kind.id == account.account_type for field in kind.fields):
        value = account.profile.get(field.name)
        if value and field.name != "email":
            yield asking.named(field.label), _in_words(asking, field, value)


def _in_words(asking: Asking, field: Field, value: str) -> str:
    """A choice by its name, a day as the language writes it, anything else as it was typed."""
    if field.kind is Kind.CHOICE:
        return asking.named(f"choice.{field.name}.{value}")
    return asking.kept_day(value) if field.kind is Kind.DATE else value
