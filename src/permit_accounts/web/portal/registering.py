"""Setting up an account: which kind, the form of each kind, and the confirmation with CONTINUE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    AccountType,
    Chosen,
    Field,
    LicenseNumber,
    workers_comp_fields_required,
)
from permit_accounts.web import answers
from permit_accounts.web.asking import Asking
from permit_accounts.web.form_pages import Form
from permit_accounts.web.pages import username_label
from permit_accounts.web.portal.parts import Portal
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route

_INSURANCE: Final = ("workers_comp_carrier", "workers_comp_policy", "workers_comp_expires_on")
#: Which fields stand together under one heading; what a city adds stands with the first.
_GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "address": ("address", "city", "state", "postal_code"),
    "license": ("license_classes", "license_expires_on", "business_type", "has_employees"),
    "insurance": _INSURANCE,
    "sign-in": ("username", "password", "question", "answer"),
}


def routes(portal: Portal) -> Iterable[Route]:
    """The choice of a kind, a form for each, the confirmation, and the rule about insurance."""
    registering = _Registering(portal)
    yield portal.page("set-up-account", registering.choose)
    for kind in portal.pages.setting.policy.account_types:
        if kind.self_registration:
            yield registering.form(kind)
    yield portal.page("account-created", registering.created)
    yield portal.page("insurance", registering.insurance)


class _Registering:
    """The views of setting up an account."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._pages = portal.pages

    def choose(self, asking: Asking) -> Response:
        """The set-up page: public user or contractor."""
        kinds = [kind for kind in asking.setting.policy.account_types if kind.self_registration]
        choices = [
            {"path": self._pages.paths[_name(kind)], "label": asking.named(kind.label), "id": kind.id}
            for kind in kinds
        ]
        title = asking.text("web.set-up-account.title")
        return self._pages.page(asking, "set_up_account.html", title=title, choices=choices)

    def form(self, kind: AccountType) -> Route:
        """The form of one account type."""
        act = self._portal.acts[_name(kind)]

        def more(asking: Asking, values: Form) -> Mapping[str, object]:
            today = asking.setting.now().date()
            return {
                "kind": kind.id,
                "kind_label": asking.named(kind.label),
                "groups": grouped(act.takes),
                "username_label": asking.text(username_label(kind)),
                "insurance": workers_comp_fields_required(kind, values, today),
                "insurance_known": bool(values.get("license_classes") and values.get("has_employees")),
            }

        shown = in_order(act.takes)
        return self._portal.form(
            _name(kind),
            done="account-created",
            fields=lambda asking: shown,
            template="register.html",
            more=more,
            texts=_texts(kind),
        )

    def created(self, asking: Asking) -> Response:
        """The confirmation screen: CONTINUE leads to the dashboard, or first to the mailbox."""
        account = asking.account
        waits = account is not None and bool(account.email) and account.email_confirmed_at is None
        return self._pages.page(
            asking,
            "account_created.html",
            title=asking.text("web.account-created.title"),
            waits_for_mailbox=waits,
        )

    def insurance(self, asking: Asking) -> Response:
        """Whether workers' compensation has to be given, for what the form says so far."""
        query = asking.query
        kinds = (kind for kind in asking.setting.policy.account_types if _is_asked(kind))
        today = asking.setting.now().date()
        required = any(workers_comp_fields_required(kind, query, today) for kind in kinds)
        return answers.as_json({"required": required})


def grouped(fields: Iterable[Field]) -> Mapping[str, tuple[str, ...]]:
    """The names of the fields under each heading, `about` first and the name to sign in with last."""
    names = [field.name for field in fields]
    placed = {name for group in _GROUPS.values() for name in group}
    groups = {"about": tuple(name for name in names if name not in placed)}
    for group, members in _GROUPS.items():
        groups[group] = tuple(name for name in members if name in names)
    return {group: members for group, members in groups.items() if members}


def in_order(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The fields as they stand under the headings, for that is the order in which problems are told."""
    names = [name for members in grouped(fields).values() for name in members]
    return tuple(sorted(fields, key=lambda field: names.index(field.name)))


def _name(kind: AccountType) -> str:
    return f"register-{kind.id.replace('_', '-')}"


def _texts(kind: AccountType) -> str:
    """The shipped types have words of their own, also with a city's fields; all others share some."""
    shipped = (PUBLIC.id, Chosen), (CONTRACTOR.id, LicenseNumber)
    return f"web.{_name(kind)}" if (kind.id, type(kind.username)) in shipped else "web.register"


def _is_asked(kind: AccountType) -> bool:
    return all(kind.field(name) is not None for name in _INSURANCE)
