"""What a person can do, each once: the fields that it takes and the call that it becomes.

A page's form and a JSON endpoint that do the same thing are both made from one act, so that they cannot do it
differently, and the OpenAPI document is written from the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, cast

import attrs

from permit_accounts import (
    AccountType,
    Code,
    Field,
    Outcome,
    Policy,
    Problem,
    Refused,
)
from permit_accounts.web import fields
from permit_accounts.web.asking import Asking

#: What came in, by field name; what is no text is refused by the core, field by field.
Given = Mapping[str, object]


@attrs.frozen(kw_only=True)
class Act:
    """One thing that a person does.

    Args:
        name: Such as `sign-in`; its JSON endpoint and its texts are named by it.
        call: Makes the call and answers its outcome.
        takes: The fields that there can be. Any other is refused, never dropped (ASVS 5.0, 15.3.3).
        answers: The outcomes that there can be beside `Refused`, for the OpenAPI document.
        signed_in: Whether only somebody signed in can do it.
        hashes: Whether it computes the hash of a password or an answer.
    """

    name: str
    call: Callable[[Asking, Given], Outcome]
    takes: Sequence[Field] = ()
    answers: Sequence[str] = ()
    signed_in: bool = False
    hashes: bool = False

    def done(self, asking: Asking, given: Given) -> Outcome:
        """What came of it, or a refusal of the fields that it does not take."""
        known = {field.name for field in self.takes}
        unknown = [name for name in given if name not in known]
        if unknown:
            return Refused(tuple(Problem(Code.UNKNOWN_FIELD, _shown(name)) for name in unknown[:_NAMED]))
        return self.call(asking, given)


#: So many unknown fields are named.
_NAMED: Final = 20


def _shown(name: str) -> str:
    """A name as it may be shown, whatever it was."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else "?" for c in name[:40])


def _text(given: Given, name: str) -> str:
    """A field as it came. What is no text is not made one: the core refuses it by its name."""
    value = given.get(name)
    return "" if value is None else cast(str, value)


def _or_none(given: Given, name: str) -> str | None:
    return _text(given, name) or None


# ------------------------------------------------------------------------------------ without a session


def _sign_in(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.sign_in(
        _text(given, "account_type"),
        _text(given, "username"),
        _text(given, "password"),
        remember=given.get("remember") in (True, "yes"),
        visitor=asking.visitor,
    )


def _register(account_type: AccountType, asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.register(
        account_type, given, language=asking.language, visitor=asking.visitor
    )


def _open_setup(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.open_setup(_text(given, "token"))


def _finish_setup(asking: Asking, given: Given) -> Outcome:
    form = {name: value for name, value in given.items() if name != "token"}
    return asking.setting.accounts.finish_setup(_text(given, "token"), form, visitor=asking.visitor)


def _request_password_reset(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.request_password_reset(
        _text(given, "identifier"), _or_none(given, "account_type"), visitor=asking.visitor
    )


def _open_reset(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.open_reset(_text(given, "token"))


def _reset_password(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.reset_password(
        _text(given, "token"), _text(given, "password"), _text(given, "answer"), visitor=asking.visitor
    )


def _remind_usernames(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.remind_usernames(_text(given, "email"), visitor=asking.visitor)


def _resend_confirmation(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.resend_confirmation(
        _text(given, "identifier"), _or_none(given, "account_type"), visitor=asking.visitor
    )


def _confirm_email(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.confirm_email(
        _text(given, "token"),
        session_token=asking.session_token or None,
        password=_or_none(given, "password"),
        new_password=_or_none(given, "new_password"),
        visitor=asking.visitor,
    )


def _cancel_email_change(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.cancel_email_change(_text(given, "token"), visitor=asking.visitor)


# --------------------------------------------------------------------------------------- with a session


def _sign_out(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.sign_out(asking.session_token, visitor=asking.visitor)


def _reauthenticate(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.reauthenticate(
        asking.session_token, _text(given, "password"), visitor=asking.visitor
    )


def _change_password(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.change_password(
        asking.session_token,
        _text(given, "current_password"),
        _text(given, "password"),
        visitor=asking.visitor,
    )


def _change_security_question(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.change_security_question(
        asking.session_token,
        _text(given, "password"),
        _text(given, "question"),
        _text(given, "answer"),
        visitor=asking.visitor,
    )


def _change_email(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.change_email(
        asking.session_token, _text(given, "email"), visitor=asking.visitor
    )


def _end_session(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.end_session(
        asking.session_token, _text(given, "session_id"), visitor=asking.visitor
    )


def _end_other_sessions(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.end_other_sessions(asking.session_token, visitor=asking.visitor)


def _add_license(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.add_license(
        asking.session_token, _text(given, "license"), visitor=asking.visitor
    )


def _release_license(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.release_license(
        asking.session_token, _text(given, "license_id"), visitor=asking.visitor
    )


def _close_account(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.close_account(
        asking.session_token, _text(given, "password"), visitor=asking.visitor
    )


def _export_account(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.export_account(asking.session_token, visitor=asking.visitor)


# ---------------------------------------------------------------------------------------------- the table


def acts_of(policy: Policy) -> Mapping[str, Act]:
    """Every act of a city's portal, by name; there is one registration for each account type."""
    kinds = fields.account_type(policy)
    acts = (
        Act(
            name="sign-in",
            call=_sign_in,
            takes=(kinds, fields.USERNAME, fields.PASSWORD, fields.REMEMBER),
            answers=("SignedIn", "SetupRequired"),
            hashes=True,
        ),
        *(
            Act(
                name=f"register-{kind.id.replace('_', '-')}",
                call=partial(_register, kind),
                takes=fields.of_registration(kind, policy),
                answers=("SignedIn", "ConfirmYourEmail"),
                hashes=True,
            )
            for kind in policy.account_types
            if kind.self_registration
        ),
        Act(name="open-setup", call=_open_setup, takes=(fields.TOKEN,), answers=("SetupForm",)),
        Act(
            name="finish-setup",
            call=_finish_setup,
            takes=(fields.TOKEN, *fields.of_any_setup(policy)),
            answers=("SignedIn",),
            hashes=True,
        ),
        Act(
            name="request-password-reset",
            call=_request_password_reset,
            takes=(fields.IDENTIFIER, attrs.evolve(kinds, required=False)),
            answers=("CheckYourEmail",),
        ),
        Act(name="open-reset", call=_open_reset, takes=(fields.TOKEN,), answers=("ResetForm",)),
        Act(
            name="reset-password",
            call=_reset_password,
            takes=(fields.TOKEN, fields.NEW_PASSWORD, attrs.evolve(fields.ANSWER, required=False)),
            answers=("PasswordReset",),
            hashes=True,
        ),
        Act(
            name="remind-usernames",
            call=_remind_usernames,
            takes=(fields.EMAIL,),
            answers=("CheckYourEmail",),
        ),
        Act(
            name="resend-confirmation",
            call=_resend_confirmation,
            takes=(fields.IDENTIFIER, attrs.evolve(kinds, required=False)),
            answers=("CheckYourEmail",),
        ),
        Act(
            name="confirm-email",
            call=_confirm_email,
            takes=(
                fields.TOKEN,
                attrs.evolve(fields.PASSWORD, required=False),
                attrs.evolve(fields.NEW_PASSWORD, name="new_password", required=False),
            ),
            answers=("EmailConfirmed",),
            hashes=True,
        ),
        Act(
            name="cancel-email-change",
            call=_cancel_email_change,
            takes=(fields.TOKEN,),
            answers=("EmailChangeCancelled",),
        ),
        *_of_the_signed_in(),
    )
    return {act.name: act for act in acts}


def _of_the_signed_in() -> tuple[Act, ...]:
    return (
        Act(name="sign-out", call=_sign_out, answers=("SignedOut",)),
        Act(
            name="reauthenticate",
            call=_reauthenticate,
            takes=(fields.PASSWORD,),
            answers=("SignedIn",),
            signed_in=True,
            hashes=True,
        ),
        Act(
            name="change-password",
            call=_change_password,
            takes=(fields.CURRENT_PASSWORD, fields.NEW_PASSWORD),
            answers=("SignedIn",),
            signed_in=True,
            hashes=True,
        ),
        Act(
            name="change-security-question",
            call=_change_security_question,
            takes=(fields.PASSWORD, fields.QUESTION, fields.ANSWER),
            answers=("SignedIn",),
            signed_in=True,
            hashes=True,
        ),
        Act(
            name="change-email",
            call=_change_email,
            takes=(fields.EMAIL,),
            answers=("CheckYourEmail",),
            signed_in=True,
        ),
        Act(
            name="end-session",
            call=_end_session,
            takes=(fields.SESSION_ID,),
            answers=("SessionsEnded",),
            signed_in=True,
        ),
        Act(name="end-other-sessions", call=_end_other_sessions, answers=("SignedIn",), signed_in=True),
        Act(
            name="add-license",
            call=_add_license,
            takes=(fields.LICENSE,),
            answers=("LicenseAdded",),
            signed_in=True,
        ),
        Act(
            name="release-license",
            call=_release_license,
            takes=(fields.LICENSE_ID,),
            answers=("LicenseReleased",),
            signed_in=True,
        ),
        Act(
            name="close-account",
            call=_close_account,
            takes=(fields.PASSWORD,),
            answers=("AccountClosed",),
            signed_in=True,
            hashes=True,
        ),
        Act(name="export-account", call=_export_account, answers=("AccountExport",), signed_in=True),
    )
