"""Sign-in for city permit portals: public users and licensed contractors, for any web framework.

Everything an application calls is here; what is optional (`stores`, `email_backends`, `registers`, `testing`)
is a module of its own. `docs/reference/api.md` lists each method with the union that it returns.

A name is loaded when it is first asked for (PEP 562), so that `permit-accounts --help` and a program that
only reads license numbers do not wait for the rest. The same names stand in `__init__.pyi` for type checkers.
"""

import logging
from importlib import import_module

_HOMES = {
    "accounts": (
        "Accounts",
        "JoinedAccounts",
    ),
    "aio": ("AsyncAccounts",),
    "existing_users": (
        "import_users",
        "user_problem_file",
    ),
    "model.codes": (
        "Code",
        "EventName",
        "LicenseStatus",
        "LinkState",
        "MatchLevel",
        "Obstacle",
        "Permission",
        "QuestionUse",
        "Reason",
        "Remark",
        "ScratchOutage",
        "Standing",
    ),
    "model.errors": (
        "ConfigurationError",
        "Conflict",
        "OutcomeUnknown",
        "PermitAccountsError",
        "TryAgainLater",
        "Unavailable",
        "Undeliverable",
    ),
    "model.license_id": ("LicenseId",),
    "model.outcomes": (
        "AccountClosed",
        "AccountExport",
        "AnswerChecked",
        "CheckYourEmail",
        "Claims",
        "ConfirmYourEmail",
        "Done",
        "EmailChangeCancelled",
        "EmailConfirmed",
        "Explained",
        "Found",
        "History",
        "LicenseAdded",
        "LicenseReleased",
        "LicenseStanding",
        "LinkDecided",
        "LinkSent",
        "Outcome",
        "PasswordReset",
        "Problem",
        "Refused",
        "ResetForm",
        "SessionsEnded",
        "SetupForm",
        "SetupRequired",
        "SignedIn",
        "SignedInAs",
        "SignedOut",
        "TemporaryPasswordIssued",
    ),
    "model.files": (
        "FileFault",
        "FileRefused",
        "ImportStage",
    ),
    "model.people": (
        "StaffMember",
        "Visitor",
    ),
    "model.records": (
        "Account",
        "AuditEvent",
        "License",
        "LicenseLink",
        "Session",
    ),
    "model.roster": (
        "RosterProgress",
        "RosterReport",
        "RowProblem",
        "RowReason",
    ),
    "model.secret": ("Secret",),
    "model.users": (
        "UserProblem",
        "UserReason",
        "UsersProgress",
        "UsersReport",
    ),
    "outbox": ("Delivered",),
    "purge": ("Purged",),
    "roster": (
        "export_roster",
        "import_roster",
        "problem_file",
    ),
    "rules.account_types": (
        "CONTRACTOR",
        "PUBLIC",
        "AccountType",
        "Chosen",
        "CityNumber",
        "Field",
        "Kind",
        "LicenseNumber",
    ),
    "rules.licenses": (
        "license_name",
        "parse_license",
        "workers_comp_required",
    ),
    "rules.policy": (
        "Argon2Cost",
        "Limit",
        "Links",
        "Policy",
    ),
    "rules.questions": ("QUESTIONS",),
    "rules.registration": ("workers_comp_fields_required",),
    "rules.roster_columns": ("RosterColumns",),
    "staff": ("StaffDesk",),
    "tools.keyring": ("Keyring",),
    "without_store": (
        "password_problems",
        "registration_problems",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]

# A library speaks to whoever listens, and to nobody else.
logging.getLogger("permit_accounts").addHandler(logging.NullHandler())


def __getattr__(name: str) -> object:
    """A public name, from the module where it is kept."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """What is here, whether it has been asked for or not."""
    return sorted({*globals(), *_HOME_OF})
