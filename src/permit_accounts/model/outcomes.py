"""What has come to pass: the value that a flow returns, one closed union per flow.

What grants something is *inside* the value: only `SignedIn` holds a session token. An outcome has no truth
value, since `if accounts.sign_in(…):` would let everybody in; use `match` or `isinstance`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

import attrs

from permit_accounts.model.codes import Code, Obstacle, Remark
from permit_accounts.model.records import (
    Account,
    AuditEvent,
    Identifier,
    License,
    LicenseLink,
    Session,
)
from permit_accounts.model.values import Value


@attrs.frozen(eq=False, repr=False)
class Problem(Value):
    """One thing that is wrong, without prose: a catalog has the words.

    Args:
        code: What is wrong.
        field: The form's field that it concerns; empty where it concerns the whole.
        params: What the text's placeholders stand for.
    """

    code: Code
    field: str = ""
    params: Mapping[str, str] = attrs.field(factory=dict)


class Outcome(Value):
    """The root of all outcomes: it forbids asking for truth."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} has no truth value: a refusal is a value too. "
            "Use match, or isinstance(outcome, SignedIn)."
        )


@attrs.frozen(eq=False, repr=False)
class Refused(Outcome):
    """It was not done; all problems at once."""

    problems: tuple[Problem, ...]

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes alone, in order."""
        return tuple(problem.code for problem in self.problems)


def refused(code: Code, field: str = "", **params: str) -> Refused:
    """A refusal for one reason."""
    return Refused((Problem(code, field, params),))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class SignedIn(Outcome):
    """The person is signed in: give both tokens to the browser and show the username.

    `session_token` opens this session and nothing else; `device_token` only spares a known browser the
    waits that strangers cause. It is None where a session was replaced without a password by a browser that
    has no such token: there is none to be set.
    """

    account: Account
    session: Session
    session_token: str = attrs.field(repr=False)
    device_token: str | None = attrs.field(repr=False)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class SetupRequired(Outcome):
    """The password was right and opens nothing but the set-up page, which asks for `asks`.

    `token` is for `open_setup` and `finish_setup`; it lives 15 minutes and is renewed by each refused
    submission, up to an hour.
    """

    account_type: str
    username: str
    token: str = attrs.field(repr=False)
    asks: tuple[str, ...]
    expires_at: datetime


@attrs.frozen(kw_only=True, eq=False, repr=False)
class SetupForm(Outcome):
    """What the set-up page asks for: exactly these fields, no others."""

    account_type: str
    username: str
    asks: tuple[str, ...]
    expires_at: datetime
    email_on_file: bool


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ResetForm(Outcome):
    """What the reset page shows once the mailed link has proved itself.

    `question_id` is None where no answer is asked. `device_token` lets the owner's browser in while
    strangers' guesses make the name wait.
    """

    account_type: str
    username: str
    question_id: str | None
    device_token: str = attrs.field(repr=False)
    expires_at: datetime


@attrs.frozen(kw_only=True, eq=False, repr=False)
class PasswordReset(Outcome):
    """The password is new. Nobody is signed in: the person now signs in with it."""

    account: Account
    device_token: str = attrs.field(repr=False)


@attrs.frozen(eq=False, repr=False)
class CheckYourEmail(Outcome):
    """If there is something to send, it is on its way. The same for those we do not know."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ConfirmYourEmail(Outcome):
    """The account was made; its mailbox must be confirmed before anybody signs in (`Policy.strict`)."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class EmailConfirmed(Outcome):
    """The mailbox has proved itself. `signed_in` is the replaced session, where one was given."""

    account: Account
    signed_in: SignedIn | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class EmailChangeCancelled(Outcome):
    """The old address is back, the password is void, and a reset link is on its way there."""


@attrs.frozen(eq=False, repr=False)
class SignedOut(Outcome):
    """The session is gone."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class SessionsEnded(Outcome):
    """So many sessions were ended."""

    count: int


@attrs.frozen(kw_only=True, eq=False, repr=False)
class SignedInAs(Value):
    """Whose session this is; there is no refusal to take it for, so it may be asked for truth.

    It ends at `ends_at`, unless it is asked for again before, and at `latest_end` however often it is.
    """

    account: Account
    session: Session
    ends_at: datetime
    latest_end: datetime


@attrs.frozen(kw_only=True, eq=False, repr=False)
class LicenseStanding(Outcome):
    """One of an account's licenses: the claim, and what is known of the license (None: nothing)."""

    link: LicenseLink
    license: License | None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class LicenseAdded(Outcome):
    """The claim was noted; `link.state` says whether it waits for staff."""

    link: LicenseLink


@attrs.frozen(kw_only=True, eq=False, repr=False)
class LicenseReleased(Outcome):
    """The account no longer claims this license."""

    link: LicenseLink


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AccountClosed(Outcome):
    """The account is given up; staff can reopen it while its data is kept."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AccountExport(Outcome):
    """What the city keeps about a person, without hashes and without staff's reasons."""

    account: Mapping[str, object]
    names: tuple[str, ...]
    licenses: tuple[Mapping[str, object], ...]
    sessions: tuple[Mapping[str, object], ...]
    events: tuple[Mapping[str, object], ...]


# ------------------------------------------------------------------------------------------ the staff desk


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Found(Outcome):
    """What the desk sees of one account or roster license. Hashes are not in it."""

    license: License | None
    account: Account | None
    names: tuple[Identifier, ...] = ()
    links: tuple[LicenseLink, ...] = ()


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Explained(Outcome):
    """What stands between one account, or one license that no account has, and a sign-in.

    Args:
        name: The username, or the license number.
        account_type: By whose rule that is read.
        account: Who has it, without hashes; None for a license that no account has.
        license: What is known of the license that was named.
        obstacles: What keeps the right password out. Empty: with it the person gets in, or into set-up.
        remarks: What keeps nobody out and is worth knowing.
        waits_until: Until when a device that the account does not know has to wait, if it does.
        tries: The latest attempts to sign in, newest first; why one failed stands in its `cause`.
    """

    name: str
    account_type: str
    account: Account | None = None
    license: License | None = None
    obstacles: tuple[Obstacle, ...]
    remarks: tuple[Remark, ...] = ()
    waits_until: datetime | None = None
    tries: tuple[AuditEvent, ...] = ()


@attrs.frozen(kw_only=True, eq=False, repr=False)
class TemporaryPasswordIssued(Outcome):
    """Shown once: staff read it out, or print the slip; it cannot be had again.

    `spelled` has a word for each symbol, such as `K as in Kilo`.
    """

    account: Account
    password: str = attrs.field(repr=False)
    spelled: tuple[str, ...] = attrs.field(repr=False)
    until: datetime


@attrs.frozen(kw_only=True, eq=False, repr=False)
class LinkSent(Outcome):
    """A set-up or reset link is on its way to the address on file."""

    account: Account


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Done(Outcome):
    """The desk's change was made; the account as it now stands."""

    account: Account


@attrs.frozen(kw_only=True, eq=False, repr=False)
class LinkDecided(Outcome):
    """The claim's new state."""

    link: LicenseLink


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AnswerChecked(Outcome):
    """Whether what the caller said matches the answer on file. The answer itself is never shown."""

    matches: bool


@attrs.frozen(kw_only=True, eq=False, repr=False)
class History(Outcome):
    """A page of what happened, newest first; `next_after` is given back for the next page."""

    events: tuple[AuditEvent, ...]
    next_after: AuditEvent | None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Claims(Outcome):
    """A page of claims; `accounts` are those who make them, by id, without hashes."""

    links: tuple[LicenseLink, ...]
    accounts: Mapping[str, Account] = attrs.field(factory=dict)
    next_after: LicenseLink | None
