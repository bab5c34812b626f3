"""What a front end needs to know before anybody registers: the forms, and when insurance is asked for."""

from __future__ import annotations

from typing import Final

from permit_accounts import AccountType, Field, Kind, workers_comp_fields_required
from permit_accounts.web import answers, fields
from permit_accounts.web.asking import Asking
from permit_accounts.web.next_steps import WORKERS_COMPENSATION, Json, field_list
from permit_accounts.web.pages import username_label
from permit_accounts.web.reads import Read
from permit_accounts.web.response import Response


def account_types(asking: Asking) -> Response:
    """The account types in the order of the log-in drop-down, each with the form that registers one."""
    policy = asking.setting.policy
    members = {
        "language": asking.language,
        "remember_me": policy.remember_me,
        "account_types": [_account_type(asking, kind) for kind in policy.account_types],
    }
    return answers.as_json(members)


def workers_compensation(asking: Asking) -> Response:
    """Whether the fields about insurance must be filled in, for what a form says so far."""
    today = asking.setting.now().date()
    required = any(
        workers_comp_fields_required(kind, asking.query, today)
        for kind in asking.setting.policy.account_types
        if all(kind.field(name) is not None for name in WORKERS_COMPENSATION)
    )
    return answers.as_json({"required": required})


def _account_type(asking: Asking, kind: AccountType) -> Json:
    policy = asking.setting.policy
    asked = fields.of_registration(kind, policy) if kind.self_registration else ()
    return {
        "id": kind.id,
        "label": asking.named(kind.label),
        "username_label": asking.text(username_label(kind)),
        "act": fields.registration_act(kind) if kind.self_registration else None,
        "fields": field_list(asking, asked),
    }


#: What decides whether the law asks for insurance. A form that is half filled in may be asked about.
_DECISIVE: Final = (
    Field(name="license_classes"),
    Field(name="business_type", kind=Kind.TEXT),
    Field(name="has_employees", kind=Kind.CHOICE, choices=("", "yes", "no")),
)

READS: Final = (
    Read(name="account-types", view=account_types),
    Read(name="workers-compensation", view=workers_compensation, takes=_DECISIVE),
)
