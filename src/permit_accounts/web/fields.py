"""The fields of the forms that are not an account type's own, and which fields each form has.

Account types bring their fields as data; these are the few that signing in, resetting and changing take
beside them. `autocomplete` tokens let browsers and password managers fill them in (WCAG 2.2, 1.3.5; HTML,
4.10.18.7).
"""

from __future__ import annotations

from typing import Final

import attrs

from permit_accounts import AccountType, Field, Kind, Policy

#: Kinds whose text is never shown again, and never kept as it was typed.
SECRET_KINDS: Final = frozenset({Kind.PASSWORD, Kind.ANSWER})

USERNAME: Final = Field(name="username", required=True, autocomplete="username", max_length=254)
PASSWORD: Final = Field(
    name="password",
    kind=Kind.PASSWORD,
    required=True,
    autocomplete="current-password",
    max_length=256,
    label="web.field.present-password",
    reason="",
)
CURRENT_PASSWORD: Final = attrs.evolve(PASSWORD, name="current_password")
NEW_PASSWORD: Final = Field(
    name="password",
    kind=Kind.PASSWORD,
    required=True,
    autocomplete="new-password",
    max_length=256,
    label="web.field.new-password",
    reason="field.password.reason",
)
QUESTION: Final = Field(name="question", kind=Kind.QUESTION, required=True, max_length=64)
ANSWER: Final = Field(name="answer", kind=Kind.ANSWER, required=True, max_length=256)
#: The one that was chosen before: what to think of in choosing one is no help here.
ANSWER_ON_FILE: Final = attrs.evolve(ANSWER, reason="")
REMEMBER: Final = Field(
    name="remember", kind=Kind.CHOICE, choices=("yes",), max_length=3, label="web.field.remember"
)
IDENTIFIER: Final = Field(
    name="identifier",
    required=True,
    autocomplete="username",
    max_length=254,
    label="web.field.identifier",
    reason="web.field.identifier.reason",
)
EMAIL: Final = Field(name="email", kind=Kind.EMAIL, required=True, autocomplete="email", max_length=254)
LICENSE: Final = Field(
    name="license", kind=Kind.LICENSE, required=True, max_length=64, label="web.field.license"
)
#: What opens a mailed link or goes on with a set-up. In pages it travels in a cookie, never in a form.
TOKEN: Final = Field(name="token", required=True, max_length=164)
SESSION_ID: Final = Field(name="session_id", required=True, max_length=100)
LICENSE_ID: Final = Field(name="license_id", required=True, max_length=100)


def account_type(policy: Policy) -> Field:
    """The drop-down of account types."""
    return Field(
        name="account_type",
        kind=Kind.CHOICE,
        required=True,
        choices=tuple(kind.id for kind in policy.account_types),
        max_length=32,
        label="web.field.account-type",
    )


def registration_act(kind: AccountType) -> str:
    """The name of the act, and of the page, that registers an account of this type."""
    return f"register-{kind.id.replace('_', '-')}"


def of_registration(kind: AccountType, policy: Policy) -> tuple[Field, ...]:
    """What setting up an account of this type asks for, in the page's order: facts, name, secrets."""
    return (*kind.fields, kind.username_field, *_secrets(kind, policy))


def of_setup(kind: AccountType, asks: tuple[str, ...]) -> tuple[Field, ...]:
    """The fields of these names, as a set-up form asks for them."""
    return tuple(field for field in map(kind.field, asks) if field is not None)


def of_any_setup(policy: Policy) -> tuple[Field, ...]:
    """Every field that some set-up may ask for; which of them, `open-setup` tells."""
    found = {
        field.name: attrs.evolve(field, required=False)
        for kind in policy.account_types
        for field in (*kind.fields, *_secrets(kind, policy))
    }
    return tuple(found.values())


def _secrets(kind: AccountType, policy: Policy) -> tuple[Field, ...]:
    names = ("password", "question", "answer") if policy.question_required else ("password",)
    return of_setup(kind, names)
