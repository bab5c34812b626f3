"""What somebody signed in can do with an account of their own."""

from __future__ import annotations

from typing import Final

from permit_accounts import (
    AccountClosed,
    AccountExport,
    CheckYourEmail,
    LicenseAdded,
    LicenseReleased,
    Outcome,
    SessionsEnded,
    SignedIn,
    SignedOut,
)
from permit_accounts.web import fields
from permit_accounts.web.acts import Act, Given, at_field, text
from permit_accounts.web.asking import Asking


def _sign_out(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.sign_out(asking.session_token, visitor=asking.visitor)


def _reauthenticate(asking: Asking, given: Given) -> Outcome:
    outcome = asking.setting.accounts.reauthenticate(
        asking.session_token, text(given, "password"), visitor=asking.visitor
    )
    return at_field(outcome, "password", told_at="current_password")


def _change_password(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.change_password(
        asking.session_token,
        text(given, "current_password"),
        text(given, "password"),
        visitor=asking.visitor,
    )


def _change_security_question(asking: Asking, given: Given) -> Outcome:
    outcome = asking.setting.accounts.change_security_question(
        asking.session_token,
        text(given, "password"),
        text(given, "question"),
        text(given, "answer"),
        visitor=asking.visitor,
    )
    return at_field(outcome, "password", told_at="current_password")


def _change_email(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.change_email(
        asking.session_token, text(given, "email"), visitor=asking.visitor
    )


def _end_session(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.end_session(
        asking.session_token, text(given, "session_id"), visitor=asking.visitor
    )


def _end_other_sessions(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.end_other_sessions(asking.session_token, visitor=asking.visitor)


def _add_license(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.add_license(
        asking.session_token, text(given, "license"), visitor=asking.visitor
    )


def _release_license(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.release_license(
        asking.session_token, text(given, "license_id"), visitor=asking.visitor
    )


def _close_account(asking: Asking, given: Given) -> Outcome:
    outcome = asking.setting.accounts.close_account(
        asking.session_token, text(given, "password"), visitor=asking.visitor
    )
    return at_field(outcome, "password", told_at="current_password")


def _export_account(asking: Asking, given: Given) -> Outcome:
    return asking.setting.accounts.export_account(asking.session_token, visitor=asking.visitor)


OWN_ACTS: Final = (
    Act(name="sign-out", call=_sign_out, answers=(SignedOut,)),
    Act(
        name="reauthenticate",
        call=_reauthenticate,
        takes=(fields.PASSWORD,),
        answers=(SignedIn,),
        signed_in=True,
        hashes=True,
    ),
    Act(
        name="change-password",
        call=_change_password,
        takes=(fields.CURRENT_PASSWORD, fields.NEW_PASSWORD),
        answers=(SignedIn,),
        signed_in=True,
        hashes=True,
    ),
    Act(
        name="change-security-question",
        call=_change_security_question,
        takes=(fields.PASSWORD, fields.QUESTION, fields.ANSWER),
        answers=(SignedIn,),
        signed_in=True,
        hashes=True,
    ),
    Act(
        name="change-email",
        call=_change_email,
        takes=(fields.EMAIL,),
        leads_to="confirm-email",
        answers=(CheckYourEmail,),
        signed_in=True,
    ),
    Act(
        name="end-session",
        call=_end_session,
        takes=(fields.SESSION_ID,),
        answers=(SessionsEnded,),
        signed_in=True,
    ),
    Act(name="end-other-sessions", call=_end_other_sessions, answers=(SignedIn,), signed_in=True),
    Act(
        name="add-license",
        call=_add_license,
        takes=(fields.LICENSE,),
        answers=(LicenseAdded,),
        signed_in=True,
    ),
    Act(
        name="release-license",
        call=_release_license,
        takes=(fields.LICENSE_ID,),
        answers=(LicenseReleased,),
        signed_in=True,
    ),
    Act(
        name="close-account",
        call=_close_account,
        takes=(fields.PASSWORD,),
        answers=(AccountClosed,),
        signed_in=True,
        hashes=True,
    ),
    Act(name="export-account", call=_export_account, answers=(AccountExport,), signed_in=True),
)
