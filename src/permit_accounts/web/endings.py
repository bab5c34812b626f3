"""From an outcome to the answer: its status, its JSON, and what comes next. One table for pages and programs.

| outcome | status | next act |
| --- | --- | --- |
| signed in | 200 | |
| set-up required | 200 | `finish-setup` |
| a form behind a link | 200 | `finish-setup`, `reset-password` |
| an e-mail is on its way | 202 | |
| refused: `wait`, `limit` | 429 and `Retry-After` | |
| refused: `session` | 401 | `sign-in` |
| refused: `password-again` | 403 | `reauthenticate` (`confirm-email` behind a link) |
| refused: `link-invalid` | 410 | `request-password-reset` |
| refused: `setup-expired` | 410 | `sign-in` |
| refused: anything else | 422 | |

A page answers a success with 303 to the next page instead (RFC 9110, 15.4.4), and a refusal with the same
status as the JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from permit_accounts import (
    AccountClosed,
    AccountExport,
    CheckYourEmail,
    Code,
    ConfirmYourEmail,
    EmailChangeCancelled,
    EmailConfirmed,
    LicenseAdded,
    LicenseReleased,
    Outcome,
    PasswordReset,
    Problem,
    Refused,
    ResetForm,
    SessionsEnded,
    SetupForm,
    SetupRequired,
    SignedIn,
    SignedOut,
)
from permit_accounts.web import views

Json = Mapping[str, object]


@attrs.frozen(kw_only=True)
class Ending:
    """How one kind of success is answered.

    Args:
        word: What the JSON's `outcome` says. Stable.
        status: The status of the JSON answer.
        tell: What else the JSON tells.
        next_act: The act that goes on from here, where there is one.
    """

    word: str
    status: int = 200
    tell: Callable[[Any], Json] = attrs.field(default=lambda outcome: {})
    next_act: str | None = None


def _setup(outcome: SetupRequired | SetupForm) -> Json:
    return {
        "account_type": outcome.account_type,
        "username": outcome.username,
        "expires_at": views.moment(outcome.expires_at),
    }


def _setup_form(outcome: SetupForm) -> Json:
    return {**_setup(outcome), "email_on_file": outcome.email_on_file}


def _email_confirmed(outcome: EmailConfirmed) -> Json:
    """The account; and the session that took the place of the one given, where a change of address did."""
    still = outcome.signed_in
    return (
        {"account": views.account(outcome.account)}
        if still is None
        else views.signed_in(still.account, still.session)
    )


def _reset_form(outcome: ResetForm) -> Json:
    return {
        "account_type": outcome.account_type,
        "username": outcome.username,
        "question": outcome.question_id,
        "expires_at": views.moment(outcome.expires_at),
    }


ENDINGS: Final[Mapping[type[Outcome], Ending]] = {
    SignedIn: Ending(word="signed-in", tell=lambda o: views.signed_in(o.account, o.session)),
    SetupRequired: Ending(word="setup-required", tell=_setup, next_act="finish-setup"),
    SetupForm: Ending(word="setup-form", tell=_setup_form, next_act="finish-setup"),
    ResetForm: Ending(word="reset-form", tell=_reset_form, next_act="reset-password"),
    PasswordReset: Ending(word="password-reset", next_act="sign-in"),
    CheckYourEmail: Ending(word="check-your-email", status=202),
    ConfirmYourEmail: Ending(word="confirm-your-email", status=202, next_act="confirm-email"),
    EmailConfirmed: Ending(word="email-confirmed", tell=_email_confirmed),
    EmailChangeCancelled: Ending(word="email-change-cancelled"),
    SignedOut: Ending(word="signed-out"),
    SessionsEnded: Ending(word="sessions-ended", tell=lambda o: {"count": o.count}),
    LicenseAdded: Ending(word="license-added", status=201, tell=lambda o: {"license": views.link(o.link)}),
    LicenseReleased: Ending(word="license-released", tell=lambda o: {"license": views.link(o.link)}),
    AccountClosed: Ending(word="account-closed"),
    AccountExport: Ending(word="account-export", tell=lambda o: {"export": attrs.asdict(o)}),
}

#: What `outcome` says where nothing was done: by a rule of the portal, or since it could not be read.
REFUSED: Final = "refused"
FAILED: Final = "failed"

_REFUSALS: Final[Mapping[Code, tuple[int, str | None]]] = {
    Code.WAIT: (429, None),
    Code.LIMIT: (429, None),
    Code.SESSION: (401, "sign-in"),
    Code.PASSWORD_AGAIN: (403, "reauthenticate"),
    Code.LINK_INVALID: (410, "request-password-reset"),
    Code.SETUP_EXPIRED: (410, "sign-in"),
}


def refusal(outcome: Refused) -> tuple[int, str | None]:
    """The status of a refusal and the act that leads on, by the first problem that has a say in it."""
    for problem in outcome.problems:
        if problem.code in _REFUSALS:
            status, next_act = _REFUSALS[problem.code]
            asks_here = problem.code is Code.PASSWORD_AGAIN and problem.field == "password"
            return status, "confirm-email" if asks_here else next_act
    return 422, None


def retry_after(outcome: Refused) -> int | None:
    """How many seconds to wait, where the answer is to wait."""
    for problem in outcome.problems:
        if problem.code in (Code.WAIT, Code.LIMIT):
            return int(problem.params["seconds"])
    return None


def problem_json(problem: Problem, message: str) -> Json:
    """A problem as a program reads it: a stable code, the field, and words for a person."""
    return {
        "code": str(problem.code),
        "field": problem.field,
        "params": dict(problem.params),
        "message": message,
    }
