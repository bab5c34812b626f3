"""What an application may write, and what a type checker must refuse; nothing here is ever run.

Each wrong use carries `type: ignore[…]` with the error that it must cause. Since an ignore that ignores
nothing is an error too (`warn_unused_ignores`), a wrong use that passes is found as surely as a right one
that fails.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never, assert_type

from permit_accounts import (
    PUBLIC,
    Account,
    Accounts,
    AsyncAccounts,
    CheckYourEmail,
    Code,
    ConfirmYourEmail,
    EmailConfirmed,
    LicenseId,
    PasswordReset,
    Policy,
    Problem,
    Refused,
    SetupRequired,
    SignedIn,
    SignedInAs,
    SignedOut,
    StaffDesk,
    StaffMember,
    TemporaryPasswordIssued,
    Visitor,
    parse_license,
)
from permit_accounts.ports import Change, EmailBackend, Message, R, Store, Where

# ------------------------------------------------------------------------------ outcomes are closed unions


def signing_in(accounts: Accounts) -> str:
    """Every outcome of a sign-in has its branch, and there is no other."""
    outcome = accounts.sign_in(PUBLIC, "ann", "a long pass phrase", visitor=Visitor(ip="192.0.2.1"))
    match outcome:
        case SignedIn(session_token=token, device_token=device):
            return token + (device or "")
        case SetupRequired(token=grant, asks=asks):
            return grant + ", ".join(asks)
        case Refused(problems=problems):
            return problems[0].code
        case _:
            assert_never(outcome)


def forgetting_set_up(accounts: Accounts) -> str:
    """A branch that is missing is found: a temporary password opens the set-up page, not the portal."""
    outcome = accounts.sign_in("contractor", "CSLB 1012345", "k7qm-4xrt-9wpd-2hns")
    match outcome:
        case SignedIn():
            return outcome.session_token
        case Refused():
            return "no"
        case _:
            assert_never(outcome)  # type: ignore[arg-type]


def registering(accounts: Accounts, form: dict[str, object]) -> tuple[Code, ...]:
    """Three outcomes, told apart by class."""
    outcome = accounts.register(PUBLIC, form)
    if isinstance(outcome, Refused):
        return outcome.codes
    if isinstance(outcome, ConfirmYourEmail):
        return ()
    assert_type(outcome, SignedIn)
    return ()


def confirming(accounts: Accounts) -> str | None:
    """The replaced session is there only where one was given."""
    outcome = accounts.confirm_email("token", session_token="token")
    match outcome:
        case EmailConfirmed(signed_in=fresh):
            return fresh.session_token if fresh is not None else None
        case Refused():
            return None
        case _:
            assert_never(outcome)


def resetting(accounts: Accounts) -> None:
    """A mailed reset opens no session."""
    outcome = accounts.reset_password("token", password="another long pass phrase")
    if isinstance(outcome, PasswordReset):
        print(outcome.session_token)  # type: ignore[attr-defined]
    assert_type(accounts.request_password_reset("ann@example.org"), CheckYourEmail | Refused)
    assert_type(accounts.sign_out("token"), SignedOut)


def asking_who(accounts: Accounts, cookie: str | None) -> Account | None:
    """A session that is not there is None, not an exception."""
    signed_in = accounts.session(cookie)
    assert_type(signed_in, SignedInAs | None)
    return signed_in.account if signed_in is not None else None


async def awaiting(accounts: AsyncAccounts, cookie: str | None) -> str:
    """What is awaited has the same types, and the branches are the same."""
    assert_type(await accounts.session(cookie), SignedInAs | None)
    outcome = await accounts.sign_in(PUBLIC, "ann", "a long pass phrase", remember=True)
    match outcome:
        case SignedIn(session_token=token) | SetupRequired(token=token):
            return token
        case Refused(problems=problems):
            return problems[0].code
        case _:
            assert_never(outcome)


async def forgetting_to_await(accounts: AsyncAccounts) -> bool:
    """What was not awaited would count as true, and nobody be asked for a password."""
    outcome = accounts.sign_in(PUBLIC, "ann", "a long pass phrase")
    return isinstance(await outcome, SignedIn) and outcome.session_token != ""  # type: ignore[attr-defined]


def at_the_desk(accounts: Accounts, actor: StaffMember) -> str:
    """The temporary password is in the value, once."""
    outcome = StaffDesk(accounts, actor=actor).issue_temporary_password(
        "CSLB 1012345", reason="called back on the number on file", checked_how="called back"
    )
    match outcome:
        case TemporaryPasswordIssued(password=password, spelled=spelled):
            return password + ", ".join(spelled)
        case Refused(problems=(Problem(code=code), *_)):
            return code
        case _:
            return ""


def reading_a_number(text: str) -> LicenseId | None:
    """A license number is a value, or a problem that says why it is none."""
    read = parse_license(text, ("us-ca-cslb",))
    return read if isinstance(read, LicenseId) else None


# -------------------------------------------------------------------------------------- what grants is inside


def taking_the_token_unasked(accounts: Accounts) -> str:
    """Only `SignedIn` has a session token."""
    return accounts.sign_in(PUBLIC, "ann", "secret").session_token  # type: ignore[union-attr]


def changing_a_record(account: Account) -> None:
    """Records are frozen; the front doors change them."""
    account.email = "eve@example.org"  # type: ignore[misc]


def a_flag_by_position(accounts: Accounts) -> None:
    """What is easily mixed up goes by its name."""
    accounts.sign_in(PUBLIC, "ann", "secret", True)  # type: ignore[call-arg]


def a_secret_that_is_missing(accounts: Accounts) -> None:
    """None is no password."""
    accounts.reset_password("token", password=None)  # type: ignore[arg-type]


def a_setting_that_is_not(city: str) -> Policy:
    """A misspelled setting is found before it is run."""
    return Policy(city=city, suport_phone="(555) 010-0100")  # type: ignore[call-arg]


# ---------------------------------------------------------------------------------- ports are filled by shape


class Shelf:
    """A store, by having what a store has."""

    max_changes = 25

    def select(
        self, kind: type[R], where: Where, *, limit: int, after: R | None = None, newest_first: bool = False
    ) -> Sequence[R]:
        """Nothing is kept here."""
        return ()

    def commit(self, *changes: Change) -> None:
        """Nor written."""


class Drawer:
    """No store: it commits one change at a time."""

    max_changes = 25

    def select(
        self, kind: type[R], where: Where, *, limit: int, after: R | None = None, newest_first: bool = False
    ) -> Sequence[R]:
        """Nothing is kept here."""
        return ()

    def commit(self, change: Change) -> None:
        """One alone."""


class Pigeon:
    """An e-mail backend, by having what one has."""

    def send(self, message: Message) -> None:
        """Off it goes."""


def plugging_in(sent: datetime) -> None:
    """Nobody inherits from a port."""
    store: Store = Shelf()
    store = Drawer()  # type: ignore[assignment]
    email: EmailBackend = Pigeon()
    email = Shelf()  # type: ignore[assignment]
    assert_type((store, email), tuple[Store, EmailBackend])
