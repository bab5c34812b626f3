"""The library's words: stable, machine-readable, and without prose.

`Code` is public: it tells a person what to mend, appears in the JSON API and has a text in every catalog.
`Reason` is private: it tells the audit log what really happened, where the person must not be told.
Everything else here is a state that a record can be in.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """What is wrong, as told to the person. Public and stable (SemVer)."""

    # any field
    REQUIRED = "required"
    UNKNOWN_FIELD = "unknown-field"
    NOT_TEXT = "not-text"
    TOO_LONG = "too-long"
    CHARACTERS = "characters"
    CHOICE = "choice"
    DATE = "date"
    PHONE = "phone"
    POSTAL_CODE = "postal-code"
    LOOKS_LIKE_LINK = "looks-like-link"
    # e-mail
    EMAIL = "email"
    EMAIL_TAKEN = "email-taken"
    EMAIL_UNCHANGED = "email-unchanged"
    # username
    USERNAME = "username"
    USERNAME_LENGTH = "username-length"
    USERNAME_ALL_DIGITS = "username-all-digits"
    USERNAME_LIKE_LICENSE = "username-like-license"
    USERNAME_RESERVED = "username-reserved"
    USERNAME_NOT_YOUR_EMAIL = "username-not-your-email"
    USERNAME_TAKEN = "username-taken"
    NUMBER_PATTERN = "number-pattern"
    # password
    PASSWORD_SHORT = "password-short"
    PASSWORD_LONG = "password-long"
    PASSWORD_CHARACTERS = "password-characters"
    PASSWORD_COMMON = "password-common"
    PASSWORD_PERSONAL = "password-personal"
    PASSWORD_BREACHED = "password-breached"
    PASSWORD_TEMPORARY = "password-temporary"
    PASSWORD_UNCHANGED = "password-unchanged"
    # security question
    QUESTION = "question"
    ANSWER_SHORT = "answer-short"
    ANSWER_PUBLIC = "answer-public"
    ANSWER_WRONG = "answer-wrong"
    ANSWER_TRIES = "answer-tries"
    # license
    LICENSE = "license"
    LICENSE_AUTHORITY = "license-authority"
    LICENSE_LOOKALIKE = "license-lookalike"
    LICENSE_SCRIPT = "license-script"
    LICENSE_OTHER_BOARD = "license-other-board"
    LICENSE_CLASS = "license-class"
    LICENSE_CLASSES = "license-classes"
    LICENSE_SPREADSHEET = "license-spreadsheet"
    LICENSE_SEVERAL = "license-several"
    LICENSE_CALL_STAFF = "license-call-staff"
    LICENSE_YOURS = "license-yours"
    LICENSE_NOT_YOURS = "license-not-yours"
    LICENSE_LAST_NAME = "license-last-name"
    WORKERS_COMP = "workers-comp"
    WORKERS_COMP_EXPIRED = "workers-comp-expired"
    # doors
    WRONG_CREDENTIALS = "wrong-credentials"
    WAIT = "wait"
    LIMIT = "limit"
    CONFIRM_FIRST = "confirm-first"
    TEMPORARY_EXPIRED = "temporary-expired"
    TEMPORARY_LOOKALIKE = "temporary-lookalike"
    SESSION = "session"
    PASSWORD_AGAIN = "password-again"
    LINK_INVALID = "link-invalid"
    SETUP_EXPIRED = "setup-expired"
    # staff
    STAFF_NOT_ALLOWED = "staff-not-allowed"
    STAFF_REASON = "staff-reason"
    STAFF_SECOND_REASON = "staff-second-reason"
    STAFF_NOT_FOUND = "staff-not-found"
    STAFF_LIMIT = "staff-limit"
    STAFF_HELD = "staff-held"
    STAFF_CLAIMED = "staff-claimed"
    STAFF_RETIRED = "staff-retired"
    STAFF_MOVED = "staff-moved"
    STAFF_STANDING = "staff-standing"
    STAFF_NO_EMAIL = "staff-no-email"
    STAFF_USE_LINK = "staff-use-link"
    STAFF_NAME_NEEDED = "staff-name-needed"
    STAFF_LINK_STATE = "staff-link-state"
    STAFF_NO_QUESTION = "staff-no-question"


class Reason(StrEnum):
    """What really happened, for the audit log only."""

    UNKNOWN_NAME = "unknown-name"
    WRONG_PASSWORD = "wrong-password"
    WRONG_ANSWER = "wrong-answer"
    NO_USABLE_PASSWORD = "no-usable-password"
    MALFORMED_HASH = "malformed-hash"
    DISABLED = "disabled"
    CLOSED = "closed"
    CLOSED_FOR_UNTRUSTED = "closed-for-untrusted"
    WAITING = "waiting"
    TEMPORARY_EXPIRED = "temporary-expired"
    NAME_RETIRED = "name-retired"
    NAME_RESERVED = "name-reserved"
    DEAD_TOKEN = "dead-token"
    INVALID_FORM = "invalid-form"
    NAME_TAKEN = "name-taken"
    EMAIL_TAKEN = "email-taken"
    ON_ROSTER = "on-roster"
    OVER_LIMIT = "over-limit"
    NO_ADDRESS = "no-address"
    NOTHING_TO_SEND = "nothing-to-send"
    STALE_PASSWORD = "stale-password"
    NOT_ALLOWED = "not-allowed"


class EventName(StrEnum):
    """What the audit log says has come to pass."""

    REGISTERED = "registered"
    REGISTRATION_REFUSED = "registration-refused"
    SIGNED_IN = "signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    SIGN_IN_WAITING = "sign-in-waiting"
    SETUP_STARTED = "setup-started"
    SETUP_FINISHED = "setup-finished"
    SETUP_REFUSED = "setup-refused"
    SETUP_LINK_SENT = "setup-link-sent"
    REAUTHENTICATED = "reauthenticated"
    REAUTHENTICATION_REFUSED = "reauthentication-refused"
    SIGNED_OUT = "signed-out"
    SESSIONS_ENDED = "sessions-ended"
    EXCESS_SESSIONS_ENDED = "excess_sessions_exceeded"
    RESET_REQUESTED = "reset-requested"
    RESET_REFUSED = "reset-refused"
    PASSWORD_RESET = "password-reset"
    PASSWORD_CHANGED = "password-changed"
    PASSWORD_CHANGE_REFUSED = "password-change-refused"
    QUESTION_CHANGED = "question-changed"
    QUESTION_CHANGE_REFUSED = "question-change-refused"
    USERNAMES_REQUESTED = "usernames-requested"
    CONFIRMATION_REQUESTED = "confirmation-requested"
    EMAIL_CONFIRMED = "email-confirmed"
    CONFIRMATION_REFUSED = "confirmation-refused"
    EMAIL_CHANGE_REQUESTED = "email-change-requested"
    EMAIL_CHANGE_REFUSED = "email-change-refused"
    EMAIL_CHANGED = "email-changed"
    EMAIL_CHANGE_CANCELLED = "email-change-cancelled"
    LICENSE_ADDED = "license-added"
    LICENSE_RELEASED = "license-released"
    LICENSE_REFUSED = "license-refused"
    REGISTER_UNAVAILABLE = "register-unavailable"
    ACCOUNT_CLOSED = "account-closed"
    ACCOUNT_CLOSE_REFUSED = "account-close-refused"
    ACCOUNT_EXPORTED = "account-exported"
    PASSWORD_CLOSED_FOR_UNTRUSTED = "password-closed-for-untrusted"
    FAILURES_NOTIFIED = "failures-notified"
    FAILURE_RATE_ALARM = "failure-rate-alarm"
    EMAIL_DROPPED = "email-dropped"
    EMAIL_FAILED = "email-failed"
    ROSTER_IMPORTED = "roster-imported"
    CONTACT_DIFFERS = "contact-differs"
    ACCOUNT_IMPORTED = "account-imported"
    USERS_IMPORTED = "users-imported"
    # staff
    STAFF_FOUND = "staff-found"
    STAFF_READ_HISTORY = "staff-read-history"
    STAFF_LISTED_CLAIMS = "staff-listed-claims"
    STAFF_REFUSED = "staff-refused"
    STAFF_ISSUED_TEMPORARY = "staff-issued-temporary"
    STAFF_SENT_LINK = "staff-sent-link"
    STAFF_OPENED = "staff-opened"
    STAFF_DISABLED = "staff-disabled"
    STAFF_ENABLED = "staff-enabled"
    STAFF_REOPENED = "staff-reopened"
    STAFF_CHANGED_EMAIL = "staff-changed-email"
    STAFF_CORRECTED_LICENSE = "staff-corrected-license"
    STAFF_APPROVED = "staff-approved"
    STAFF_REJECTED = "staff-rejected"
    STAFF_TRANSFERRED = "staff-transferred"
    STAFF_RELEASED = "staff-released"
    STAFF_LINKED = "staff-linked"
    STAFF_CHECKED_ANSWER = "staff-checked-answer"


class Standing(StrEnum):
    """Where an account stands."""

    SETUP = "setup"
    ACTIVE = "active"
    DISABLED = "disabled"
    CLOSED = "closed"


class NameState(StrEnum):
    """Whether a name opens its account, once did, or is kept free of anybody."""

    ACTIVE = "active"
    RETIRED = "retired"
    RESERVED = "reserved"


class LinkState(StrEnum):
    """Where one account's claim on one license stands. Only staff or a channel on file set `VERIFIED`."""

    CLAIMED = "claimed"
    PENDING = "pending"
    VERIFIED = "verified"
    REJECTED = "rejected"
    RELEASED = "released"


class LicenseStatus(StrEnum):
    """A board's word for a license, read cautiously: what is not known to be active is `UNKNOWN`."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class MatchLevel(StrEnum):
    """How a typed license number came to its canonical form."""

    EXACT = "exact"
    NORMALIZED = "normalized"
    REPAIRED = "repaired"
    MANUAL = "manual"
    UNRECOGNIZED = "unrecognized"


class FactSource(StrEnum):
    """Who says a fact about a license."""

    ROSTER = "roster"
    REGISTER = "register"
    STAFF = "staff"


class Purpose(StrEnum):
    """What a one-time token is good for; each is its own salt, so none opens another's door."""

    SETUP_GRANT = "setup-grant"
    SETUP_LINK = "setup-link"
    RESET_PASSWORD = "reset-password"
    CONFIRM_EMAIL = "confirm-email"
    CHANGE_EMAIL = "change-email"
    CANCEL_EMAIL_CHANGE = "cancel-email-change"


class OutboxState(StrEnum):
    """Whether an e-mail is still to be sent, or was given up."""

    DUE = "due"
    FAILED = "failed"


class ActorKind(StrEnum):
    """Who did it."""

    SELF = "self"
    STAFF = "staff"
    SYSTEM = "system"


class QuestionUse(StrEnum):
    """What the security question is for (see `Policy.security_question`)."""

    OFF = "off"
    COLLECT = "collect"
    EXTRA_STEP = "extra-step"


class ScratchOutage(StrEnum):
    """What becomes of attempts whose counts are out of reach (see `Policy.scratch_outage`)."""

    COUNT_DURABLY = "count-durably"
    REFUSE = "refuse"


class Obstacle(StrEnum):
    """What keeps somebody out although the password is right. The desk is told; the door says less."""

    NO_ACCOUNT = "no-account"
    ON_ROSTER = "on-roster"
    SIGNS_IN_BY_USERNAME = "signs-in-by-username"
    NAME_RETIRED = "name-retired"
    NAME_RESERVED = "name-reserved"
    DISABLED = "disabled"
    CLOSED = "closed"
    NO_TEMPORARY_PASSWORD = "no-temporary-password"
    TEMPORARY_EXPIRED = "temporary-expired"
    NO_PASSWORD = "no-password"
    MALFORMED_HASH = "malformed-hash"
    CLOSED_FOR_UNTRUSTED = "closed-for-untrusted"
    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"


class Remark(StrEnum):
    """What keeps nobody out and is worth knowing when somebody calls."""

    TEMPORARY_PASSWORD = "temporary-password"
    CHOSEN_WAITS = "chosen-waits"
    QUESTION_MISSING = "question-missing"
    NO_EMAIL = "no-email"


class Permission(StrEnum):
    """What one member of staff may do; the host application gives these out."""

    FIND = "find"
    TEMPORARY_PASSWORD = "temporary-password"
    LINK = "send-link"
    OPEN = "open"
    DISABLE = "disable"
    EMAIL = "email"
    LICENSES = "licenses"
    ANSWER = "answer"
    ROSTER = "roster"
