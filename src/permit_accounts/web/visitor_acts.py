"""What can be done without a session: signing in, registering, and all that begins with a mailed link."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final

import attrs

from permit_accounts import (
    AccountType,
    CheckYourEmail,
    ConfirmYourEmail,
    EmailChangeCancelled,
    EmailConfirmed,
    Outcome,
    PasswordReset,
    Policy,
    ResetForm,
    SetupForm,
    SetupRequired,
    SignedIn,
    TryAgainLater,
    Unavailable,
)
from permit_accounts.web import cookies, fields
from permit_accounts.web.acts import Act, Given, at_field, text, text_or_none
from permit_accounts.web.asking import Asking

_log: Final = logging.getLogger("permit_accounts.web")


def visitor_acts(policy: Policy) -> tuple[Act, ...]:
    """Every such act of a city's portal."""
    return (*_entering(policy), *_registering(policy), *_by_mail(policy))


def _entering(policy: Policy) -> tuple[Act, ...]:
    """Signing in, and the set-up that a temporary password or a mailed link leads to."""
    return (
        Act(
            name="sign-in",
            call=_sign_in,
            takes=(fields.account_type(policy), fields.USERNAME, fields.PASSWORD, fields.REMEMBER),
            answers=(SignedIn, SetupRequired),
            hashes=True,
        ),
        Act(name="open-setup", call=_open_setup, takes=(fields.TOKEN,), answers=(SetupForm,)),
        Act(
            name="finish-setup",
            call=_finish_setup,
            takes=(fields.TOKEN, *fields.of_any_setup(policy)),
            reads_form=True,
            answers=(SignedIn,),
            hashes=True,
        ),
    )


def _registering(policy: Policy) -> tuple[Act, ...]:
    """One act for each account type that people set up themselves."""
    return tuple(
        Act(
            name=fields.registration_act(kind),
            call=partial(_register, kind),
            takes=fields.of_registration(kind, policy),
            reads_form=True,
            answers=(SignedIn, ConfirmYourEmail),
            hashes=True,
        )
        for kind in policy.account_types
        if kind.self_registration
    )


def _by_mail(policy: Policy) -> tuple[Act, ...]:
    """What is asked for by mail, and what the mailed links are good for."""
    kind = attrs.evolve(fields.account_type(policy), required=False)
    return (
        Act(
            name="request-password-reset",
            call=_request_password_reset,
            takes=(fields.IDENTIFIER, kind),
            leads_to="open-reset",
            answers=(CheckYourEmail,),
        ),
        Act(name="open-reset", call=_open_reset, takes=(fields.TOKEN,), answers=(ResetForm,)),
        Act(
            name="reset-password",
            call=_reset_password,
            takes=(fields.TOKEN, fields.NEW_PASSWORD, attrs.evolve(fields.ANSWER, required=False)),
            answers=(PasswordReset,),
            hashes=True,
        ),
        Act(
            name="remind-usernames",
            call=_remind_usernames,
            takes=(fields.EMAIL,),
            leads_to="sign-in",
            answers=(CheckYourEmail,),
        ),
        Act(
            name="resend-confirmation",
            call=_resend_confirmation,
            takes=(fields.IDENTIFIER, kind),
            leads_to="confirm-email",
            answers=(CheckYourEmail,),
        ),
        Act(
            name="confirm-email",
            call=_confirm_email,
            takes=(
                fields.TOKEN,
                attrs.evolve(fields.PASSWORD, required=False),
                attrs.evolve(fields.NEW_PASSWORD, name="new_password", required=False),
            ),
            answers=(EmailConfirmed,),
            hashes=True,
        ),
        Act(
            name="cancel-email-change",
            call=_cancel_email_change,
            takes=(fields.TOKEN,),
            leads_to="open-reset",
            answers=(EmailChangeCancelled,),
        ),
    )


def _sign_in(asking: Asking, given: Given) -> Outcome:
    outcome = asking.setting.accounts.sign_in(
        text(given, "account_type"),
        text(given, "username"),
        text(given, "password"),
        remember=bool(given.get("remember")),
        visitor=asking.visitor,
    )
    return _in_place_of_another(asking, outcome)


def _register(account_type: AccountType, asking: Asking, given: Given) -> Outcome:
    outcome = asking.setting.accounts.register(
        account_type, given, language=asking.language, visitor=asking.visitor
    )
    return _in_place_of_another(asking, outcome)


def _open_setup(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.open_setup(text(given, "token"))


def _finish_setup(asking: Asking, given: Given) -> Outcome:
    form = {name: value for name, value in given.items() if name != "token"}
    outcome = asking.setting.accounts.finish_setup(
        text(given, "token"), form, language=asking.language_asked_for, visitor=asking.visitor
    )
    return _in_place_of_another(asking, outcome)


def _in_place_of_another(asking: Asking, outcome: Outcome) -> Outcome:
    """The same, once the session has ended whose cookie the new one overwrites (ASVS 5.0, 7.2.4).

    Nobody at this browser could end it any more. A program that holds its tokens itself still can. Where it
    cannot be ended now, the sign-in stands, for it has come to pass and a set-up cannot be done twice: the
    older session then ends by its own limits.
    """
    before = asking.cookies.get(cookies.SESSION)
    if before and isinstance(outcome, SignedIn):
        try:
            asking.setting.accounts.sign_out(before, visitor=asking.visitor)
        except (TryAgainLater, Unavailable) as error:
            _log.warning("a session that another one replaced was not ended: %s", type(error).__name__)
    return outcome


def _request_password_reset(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.request_password_reset(
        text(given, "identifier"), text_or_none(given, "account_type"), visitor=asking.visitor
    )


def _open_reset(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.open_reset(text(given, "token"))


def _reset_password(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.reset_password(
        text(given, "token"), text(given, "password"), text(given, "answer"), visitor=asking.visitor
    )


def _remind_usernames(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.remind_usernames(text(given, "email"), visitor=asking.visitor)


def _resend_confirmation(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.resend_confirmation(
        text(given, "identifier"), text_or_none(given, "account_type"), visitor=asking.visitor
    )


def _confirm_email(asking: Asking, given: Given) -> Outcome:
    # An empty one is refused: taken for none, the account would stay with whoever has its password.
    new_password = None if given.get("new_password") is None else text(given, "new_password")
    outcome = asking.setting.accounts.confirm_email(
        text(given, "token"),
        session_token=asking.session_token or None,
        password=text_or_none(given, "password"),
        new_password=new_password,
        visitor=asking.visitor,
    )
    return outcome if new_password is None else at_field(outcome, "new_password", told_at="password")


def _cancel_email_change(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.cancel_email_change(text(given, "token"), visitor=asking.visitor)
