"""JSON Schema (2020-12) of what the API takes and answers, beside the tables that it is made from.

An answer may hold nothing that its schema does not name, so that what slips into one is noticed by whoever
checks answers against the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from permit_accounts import (
    QUESTIONS,
    AccountClosed,
    AccountExport,
    CheckYourEmail,
    Code,
    ConfirmYourEmail,
    EmailChangeCancelled,
    EmailConfirmed,
    Field,
    Kind,
    LicenseAdded,
    LicenseReleased,
    LicenseStatus,
    LinkState,
    Outcome,
    PasswordReset,
    Policy,
    ResetForm,
    SessionsEnded,
    SetupForm,
    SetupRequired,
    SignedIn,
    SignedOut,
)
from permit_accounts.web.acts import REMEMBER, TOKEN
from permit_accounts.web.fields import SECRET_KINDS

Schema = Mapping[str, object]

TEXT: Final[Schema] = {"type": "string"}
_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_YES_OR_NO: Final[Schema] = {"type": "boolean"}
_MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
_MOMENT_OR_NULL: Final[Schema] = {"type": ["string", "null"], "format": "date-time"}
_DATE_OR_NULL: Final[Schema] = {"type": ["string", "null"], "format": "date"}
_STATES: Final[Schema] = {"type": "string", "enum": [str(state) for state in LinkState]}


def ref(name: str) -> Schema:
    """What stands under this name among the document's schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(items: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": items}


def closed(members: Mapping[str, Schema], *, optional: tuple[str, ...] = ()) -> dict[str, object]:
    """An object with these members and no others."""
    required = [name for name in members if name not in optional]
    return {
        "type": "object",
        "properties": dict(members),
        "required": required,
        "additionalProperties": False,
    }


_ACCOUNT: Final = closed(
    {
        "id": TEXT,
        "account_type": TEXT,
        "username": TEXT,
        "email": _TEXT_OR_NULL,
        "email_confirmed": _YES_OR_NO,
        "language": TEXT,
    }
)
_OWN_SESSION: Final = closed({"expires_at": _MOMENT, "remembered": _YES_OR_NO, "password_at": _MOMENT})
_LISTED_SESSION: Final = closed(
    {
        "id": TEXT,
        "current": _YES_OR_NO,
        "device": TEXT,
        "opened_at": _MOMENT,
        "seen_at": _MOMENT,
        "expires_at": _MOMENT,
        "remembered": _YES_OR_NO,
    }
)
_CLAIM: Final[Mapping[str, Schema]] = {
    "id": TEXT,
    "entered": TEXT,
    "state": _STATES,
    "verified": _YES_OR_NO,
    "since": _MOMENT,
}
_KNOWN_LICENSE: Final = closed(
    {
        **_CLAIM,
        "business_name": _TEXT_OR_NULL,
        "status": {
            "type": ["string", "null"],
            "enum": [*(str(status) for status in LicenseStatus), None],
        },
        "status_as_of": _MOMENT_OR_NULL,
        "expires_on": _DATE_OR_NULL,
    }
)
_EVENT: Final = closed(
    {
        "id": TEXT,
        "at": _MOMENT,
        "what": TEXT,
        "by": TEXT,
        "ip": TEXT,
        "user_agent": TEXT,
        "license": _TEXT_OR_NULL,
    }
)
_ASKED_FIELD: Final = closed(
    {
        "name": TEXT,
        "kind": {"type": "string", "enum": [str(kind) for kind in Kind]},
        "label": TEXT,
        "hint": TEXT,
        "required": _YES_OR_NO,
        "autocomplete": TEXT,
        "max_length": {"type": "integer"},
        "choices": list_of(closed({"value": TEXT, "label": TEXT})),
        "secret": _YES_OR_NO,
        "workers_compensation": _YES_OR_NO,
    }
)
_ACCOUNT_TYPE: Final = closed(
    {
        "id": TEXT,
        "label": TEXT,
        "username_label": TEXT,
        "act": _TEXT_OR_NULL,
        "fields": list_of(ref("Field")),
    }
)
#: Staff have codes of their own, which no answer to a visitor holds.
_CODES: Final = [str(code) for code in Code if not code.startswith("staff-")]
_PROBLEM: Final = closed(
    {
        "code": {"type": "string", "enum": _CODES},
        "field": TEXT,
        "params": {"type": "object", "additionalProperties": TEXT},
        "message": TEXT,
    }
)
_EXPORT: Final = closed(
    {
        "account": {"type": "object"},
        "names": list_of(TEXT),
        "licenses": list_of({"type": "object"}),
        "sessions": list_of({"type": "object"}),
        "events": list_of({"type": "object"}),
    }
)

#: What is shown in several places, by name.
PARTS: Final[Mapping[str, Schema]] = {
    "Account": _ACCOUNT,
    "OwnSession": _OWN_SESSION,
    "Session": _LISTED_SESSION,
    "Claim": closed(_CLAIM),
    "License": _KNOWN_LICENSE,
    "Event": _EVENT,
    "Field": _ASKED_FIELD,
    "AccountType": _ACCOUNT_TYPE,
    "Problem": _PROBLEM,
}

_TOKENS: Final[Mapping[str, Schema]] = {"session_token": TEXT, "device_token": _TEXT_OR_NULL}
_SETUP: Final[Mapping[str, Schema]] = {
    "account_type": TEXT,
    "username": TEXT,
    "expires_at": _MOMENT,
    "fields": list_of(ref("Field")),
}

#: What each outcome tells beside `outcome`, `next` and `needs`. Tokens are for programs without cookies.
MEMBERS: Final[Mapping[type[Outcome], Mapping[str, Schema]]] = {
    SignedIn: {"account": ref("Account"), "session": ref("OwnSession"), **_TOKENS},
    SetupRequired: {**_SETUP, "token": TEXT},
    SetupForm: {**_SETUP, "email_on_file": _YES_OR_NO},
    ResetForm: {**_SETUP, "question": _TEXT_OR_NULL, "device_token": TEXT},
    PasswordReset: {"device_token": TEXT},
    CheckYourEmail: {},
    ConfirmYourEmail: {},
    EmailConfirmed: {"account": ref("Account"), "session": ref("OwnSession"), **_TOKENS},
    EmailChangeCancelled: {},
    SignedOut: {},
    SessionsEnded: {"count": {"type": "integer"}},
    LicenseAdded: {"license": ref("Claim")},
    LicenseReleased: {"license": ref("Claim")},
    AccountClosed: {},
    AccountExport: {"export": _EXPORT},
}


def optional_members(outcome: type[Outcome]) -> tuple[str, ...]:
    """The members that an outcome may lack: tokens in cookies, and a session where none was replaced."""
    return ("session_token", "device_token", *(("session",) if outcome is EmailConfirmed else ()))


#: What each thing that may be read is answered with.
READINGS: Final[Mapping[str, Schema]] = {
    "session": closed(
        {
            "signed_in": _YES_OR_NO,
            "account": ref("Account"),
            "session": ref("OwnSession"),
            "seconds_left": {"type": "integer", "minimum": 0},
            "can_be_extended": _YES_OR_NO,
            "verified_licenses": list_of(TEXT),
        },
        optional=("account", "session", "seconds_left", "can_be_extended", "verified_licenses"),
    ),
    "sessions": closed({"sessions": list_of(ref("Session"))}),
    "licenses": closed({"licenses": list_of(ref("License"))}),
    "activity": closed({"events": list_of(ref("Event")), "next_page": {"type": ["integer", "null"]}}),
    "account-types": closed(
        {"language": TEXT, "remember_me": _YES_OR_NO, "account_types": list_of(ref("AccountType"))}
    ),
    "workers-compensation": closed({"required": _YES_OR_NO}),
    "csrf": closed({"csrf_token": TEXT}),
}

_FORMATS: Final[Mapping[Kind, str]] = {Kind.EMAIL: "email", Kind.DATE: "date", Kind.PASSWORD: "password"}


def given(field: Field, policy: Policy) -> dict[str, object]:
    """What a program may give for a field. One that is not required may also be null, or empty.

    A new password is never empty: where it is not required, it is left out.
    """
    if field.name == REMEMBER:
        return {"type": ["boolean", "null"]}
    schema: dict[str, object] = {"type": "string" if field.required else ["string", "null"]}
    words = QUESTIONS if field.kind is Kind.QUESTION else field.choices
    if words:
        return {**schema, "enum": [*words, *(() if field.required else ("", None))]}
    if (field.required and field.name != TOKEN) or field.autocomplete == "new-password":
        schema["minLength"] = 1
    longest = policy.password_max if field.kind is Kind.PASSWORD else field.max_length
    if field.kind in _FORMATS and field.required:
        schema["format"] = _FORMATS[field.kind]
    return {**schema, "maxLength": longest, **({"writeOnly": True} if field.kind in SECRET_KINDS else {})}


def parameter(field: Field) -> Schema:
    """What may stand in the address for a field: a number in a range, one of some words, or text."""
    if field.choices and all(word.isdigit() for word in field.choices):
        numbers = [int(word) for word in field.choices]
        return {"type": "integer", "minimum": min(numbers), "maximum": max(numbers)}
    if field.choices:
        return {"type": "string", "enum": list(field.choices)}
    return {"type": "string", "maxLength": field.max_length}
