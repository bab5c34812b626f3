"""Sign-in for city permit portals: public users and licensed contractors, for any web framework.

Everything an application calls is here; what is optional (`stores`, `email_backends`, `registers`, `testing`)
is a module of its own. `docs/reference/api.md` lists each method with the union that it returns.
"""

import logging

from permit_accounts.accounts import Accounts
from permit_accounts.model.codes import (
    Code,
    EventName,
    LicenseStatus,
    LinkState,
    MatchLevel,
    Permission,
    QuestionUse,
    Reason,
    Standing,
)
from permit_accounts.model.errors import (
    ConfigurationError,
    Conflict,
    PermitAccountsError,
    TryAgainLater,
    Unavailable,
    Undeliverable,
)
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import (
    AccountClosed,
    AccountExport,
    AnswerChecked,
    CheckYourEmail,
    Claims,
    ConfirmYourEmail,
    Done,
    EmailChangeCancelled,
    EmailConfirmed,
    Found,
    History,
    LicenseAdded,
    LicenseReleased,
    LicenseStanding,
    LinkDecided,
    LinkSent,
    Outcome,
    PasswordReset,
    Problem,
    Refused,
    ResetForm,
    SessionsEnded,
    SetupForm,
    SetupRequired,
    SignedIn,
    SignedInAs,
    SignedOut,
    TemporaryPasswordIssued,
)
from permit_accounts.model.people import StaffMember, Visitor
from permit_accounts.model.records import Account, AuditEvent, License, LicenseLink, Session
from permit_accounts.rules.account_types import (
    CONTRACTOR,
    PUBLIC,
    AccountType,
    Chosen,
    CityNumber,
    Field,
    Kind,
    LicenseNumber,
)
from permit_accounts.rules.licenses import parse_license, workers_comp_required
from permit_accounts.rules.policy import Argon2Cost, Limit, Links, Policy
from permit_accounts.rules.questions import QUESTIONS
from permit_accounts.staff import StaffDesk
from permit_accounts.tools.keyring import Keyring
from permit_accounts.without_store import password_problems, registration_problems

__all__ = [
    "CONTRACTOR",
    "PUBLIC",
    "QUESTIONS",
    "Account",
    "AccountClosed",
    "AccountExport",
    "AccountType",
    "Accounts",
    "AnswerChecked",
    "Argon2Cost",
    "AuditEvent",
    "CheckYourEmail",
    "Chosen",
    "CityNumber",
    "Claims",
    "Code",
    "ConfigurationError",
    "ConfirmYourEmail",
    "Conflict",
    "Done",
    "EmailChangeCancelled",
    "EmailConfirmed",
    "EventName",
    "Field",
    "Found",
    "History",
    "Keyring",
    "Kind",
    "License",
    "LicenseAdded",
    "LicenseId",
    "LicenseLink",
    "LicenseNumber",
    "LicenseReleased",
    "LicenseStanding",
    "LicenseStatus",
    "Limit",
    "LinkDecided",
    "LinkSent",
    "LinkState",
    "Links",
    "MatchLevel",
    "Outcome",
    "PasswordReset",
    "Permission",
    "PermitAccountsError",
    "Policy",
    "Problem",
    "QuestionUse",
    "Reason",
    "Refused",
    "ResetForm",
    "Session",
    "SessionsEnded",
    "SetupForm",
    "SetupRequired",
    "SignedIn",
    "SignedInAs",
    "SignedOut",
    "StaffDesk",
    "StaffMember",
    "Standing",
    "TemporaryPasswordIssued",
    "TryAgainLater",
    "Unavailable",
    "Undeliverable",
    "Visitor",
    "parse_license",
    "password_problems",
    "registration_problems",
    "workers_comp_required",
]

# A library speaks to whoever listens, and to nobody else.
logging.getLogger("permit_accounts").addHandler(logging.NullHandler())
