"""Guide 2a: a contractor in the city's records calls staff, gets a temporary password, finishes set-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from permit_accounts.cli.shown import moment, text
from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.people import RETURNING
from permit_accounts.cli.tour.telling import (
    Readings,
    Step,
    came_to,
    expect,
    problem_readings,
    received,
    recorded,
    refused_for,
    returned,
    there,
)
from permit_accounts.model.codes import Code, EventName, LinkState, Standing
from permit_accounts.model.outcomes import (
    CheckYourEmail,
    EmailConfirmed,
    Found,
    History,
    PasswordReset,
    ResetForm,
    SetupForm,
    SetupRequired,
    SignedIn,
    SignedInAs,
    TemporaryPasswordIssued,
)
from permit_accounts.rules.account_types import CONTRACTOR
from permit_accounts.tools import lookups
from permit_accounts.tools.claims import name_of

_WHO: Final = RETURNING
_NUMBER: Final = "1012345"
_LICENSE: Final = "us-ca-cslb:1012345"
_NAME: Final = name_of(_LICENSE)
_CHECKED: Final = "called back the number on the permit"


class ReturningContractor:
    """The guide for contractors who are in the city's records."""

    title = "Guide 2a: returning contractors"

    def __init__(self, city: TourCity) -> None:
        self._city = city
        self._accounts = city.accounts
        self._temporary = ""
        self._grant = ""
        self._asks: tuple[str, ...] = ()
        self._token = ""
        self._link = ""

    def steps(self) -> Sequence[Step]:
        """From the telephone call to a new password."""
        return (
            Step(
                "The wrong path",
                "Who is in the records already does not set up a new account, but calls staff.",
                self.tries_to_register,
            ),
            Step("Call staff", "Staff find the contractor and give a temporary password.", self.calls),
            Step(
                "Login with the temporary password",
                "Choose Contractor in the drop-down; the license number is the username.",
                self.signs_in,
            ),
            Step(
                "The page to set a password",
                "One cannot go on before a new password, a security question and all starred fields.",
                self.sees_the_page,
            ),
            Step(
                "Passwords that are not taken",
                "A weak password is refused, and so is the temporary one; nothing typed is lost by it.",
                self.tries_weak_ones,
            ),
            Step(
                "Finish",
                "With everything filled in the person is signed in, the username in the upper right corner.",
                self.finishes,
            ),
            Step("The temporary password is over", "It opens nothing any more.", self.tries_it_again),
            Step("Confirm the e-mail address", "The address given on the page proves itself.", self.confirms),
            Step(
                "Forgot Password by license",
                "The page takes the license number; an e-mail goes to the address on file.",
                self.forgets,
            ),
            Step("Set a new password", "Behind the link, with the answer to the question.", self.resets),
        )

    def tries_to_register(self) -> Readings:
        """A number on the roster cannot be registered; the desk learns who tried."""
        form = _WHO.filled((*_WHO.form, "username", "password", "answer"), username=_NUMBER)
        outcome = self._accounts.register(CONTRACTOR, form, visitor=_WHO.visitor)
        problems = refused_for(outcome, Code.LICENSE_CALL_STAFF)
        yield from problem_readings(problems)
        expect(self._city.policy.support_phone in problems[0].params.values(), "no telephone is named")
        expect(self._city.identifier(_NAME) is None, "the number has an account now")
        desk = came_to(History, self._city.desk.inbox())
        told = [event for event in desk.events if event.license_id == _LICENSE]
        expect(bool(told), "the desk was not told")
        read = there(lookups.newest_event(self._city.file), "history")
        expect(read.name is EventName.STAFF_READ_HISTORY, "that staff looked is not on record")
        self._city.event(EventName.REGISTRATION_REFUSED, license_id=_LICENSE)
        yield recorded(f"for the desk: {_LICENSE} was tried by {told[0].params['email']}")

    def calls(self) -> Readings:
        """The password is shown once, its hash is kept, and who issued it and why is on record."""
        found = self._city.desk.find(f"CSLB {_NUMBER}")
        hit = came_to(Found, found[0] if isinstance(found, tuple) else found)
        record = there(hit.license, "license at the desk")
        yield returned(f"staff find {there(record.business, 'name').name}, no account yet")
        self._city.event(EventName.STAFF_FOUND, license_id=_LICENSE)
        outcome = self._city.desk.issue_temporary_password(
            _NUMBER, CONTRACTOR, reason="called to finish the registration", checked_how=_CHECKED
        )
        issued = came_to(TemporaryPasswordIssued, outcome)
        self._temporary = issued.password
        yield returned(f"temporary password {issued.password}, good until {moment(issued.until)}")
        yield returned(f"read out as {'; '.join(issued.spelled[:4])}; and so on")
        account = self._city.account(_NAME)
        expect(account.standing is Standing.SETUP, f"the account is {account.standing}")
        expect((account.temporary_hash or "").startswith("$argon2id$"), "it is not kept as a slow hash")
        event = self._city.event(EventName.STAFF_ISSUED_TEMPORARY, account)
        expect(event.params.get("checked_how") == _CHECKED, "how the caller was checked is not on record")
        yield recorded(f"{text(f'event.{event.name}')}: {event.actor_id}, {event.reason}; {_CHECKED}")

    def signs_in(self) -> Readings:
        """Typed as people type: with the board's name, in capitals, without hyphens. It opens no session."""
        typed = self._temporary.upper().replace("-", "")
        outcome = self._accounts.sign_in(CONTRACTOR, f"CSLB #{_NUMBER}", typed, visitor=_WHO.visitor)
        required = came_to(SetupRequired, outcome)
        self._grant, self._asks = required.token, required.asks
        expect(self._accounts.session(required.token) is None, "a session was opened")
        self._city.event(EventName.SETUP_STARTED, self._city.account(_NAME))
        yield returned(f"typed as CSLB #{_NUMBER}: set-up is asked of {required.username}, no session yet")

    def sees_the_page(self) -> Readings:
        """The page asks for exactly what is missing: here the e-mail address, which the records lack."""
        page = came_to(SetupForm, self._accounts.open_setup(self._grant))
        expect(page.asks == self._asks, "the page asks for something else than was said")
        needed = {"email", "password", "question", "answer"}
        expect(needed <= set(page.asks), f"the page asks for {', '.join(page.asks)} only")
        expect("business_name" not in page.asks, "the page asks for what the records know")
        for name in page.asks:
            yield returned(f"* {text(f'field.{name}')}: {text(f'field.{name}.reason')}")

    def tries_weak_ones(self) -> Readings:
        """Both are refused, and the page stays good."""
        for password, code in (
            ("quarry mill", Code.PASSWORD_SHORT),
            (self._temporary, Code.PASSWORD_TEMPORARY),
        ):
            form = _WHO.filled(self._asks, password=password)
            outcome = self._accounts.finish_setup(self._grant, form, visitor=_WHO.visitor)
            yield from problem_readings(refused_for(outcome, code))
        self._city.event(EventName.SETUP_REFUSED, self._city.account(_NAME))

    def finishes(self) -> Readings:
        """Signed in, and the license is verified, since staff checked the caller."""
        form = _WHO.filled(self._asks)
        signed_in = came_to(SignedIn, self._accounts.finish_setup(self._grant, form, visitor=_WHO.visitor))
        self._token = signed_in.session_token
        there(self._city.session(self._token), "session in the file")
        account = self._city.account(_NAME)
        expect(account.standing is Standing.ACTIVE, f"the account is {account.standing}")
        link = self._city.link(_LICENSE, account)
        expect(link.state is LinkState.VERIFIED, f"the license is {link.state}")
        dashboard = came_to(SignedInAs, self._accounts.session(self._token))
        expect(dashboard.account.username == _NUMBER, "the username is not the license number")
        yield returned(f"upper right corner: {dashboard.account.username}")
        yield recorded(f"{link.license_id} is {link.state}; {account.email} is on file")
        letter = self._city.letter(_WHO.email, "setup-finished")
        yield received(f"to {letter.recipient}: {letter.subject}")

    def tries_it_again(self) -> Readings:
        """Used up."""
        account = self._city.account(_NAME)
        expect(account.temporary_hash is None, "the temporary password is still in the file")
        outcome = self._accounts.sign_in(CONTRACTOR, _NUMBER, self._temporary, visitor=_WHO.visitor)
        yield from problem_readings(refused_for(outcome, Code.WRONG_CREDENTIALS))
        self._city.event(EventName.SIGN_IN_REFUSED, account)

    def confirms(self) -> Readings:
        """By the mailed link, while signed in."""
        letter = self._city.letter(_WHO.email, "confirm-email")
        yield received(f"to {letter.recipient}: {letter.subject}")
        token = self._city.link_in(letter, self._city.policy.links.confirm)
        came_to(
            EmailConfirmed,
            self._accounts.confirm_email(token, session_token=self._token, visitor=_WHO.visitor),
        )
        account = self._city.account(_NAME)
        expect(account.email_confirmed_at is not None, "the address is still unconfirmed in the file")
        yield recorded(f"{account.email} is confirmed")

    def forgets(self) -> Readings:
        """Asked by license number, answered at the address on file."""
        outcome = self._accounts.request_password_reset(f"lic # {_NUMBER}", CONTRACTOR, visitor=_WHO.visitor)
        came_to(CheckYourEmail, outcome)
        letter = self._city.letter(_WHO.email, "reset-link")
        self._link = self._city.link_in(letter, self._city.policy.links.reset)
        yield received(f"to {letter.recipient}: {letter.subject}")
        expect(self._city.policy.support_phone in letter.text, "the e-mail names no telephone")
        yield received(f"for questions it names {self._city.policy.support_phone}")

    def resets(self) -> Readings:
        """The old password is dead, the new one signs in."""
        came_to(ResetForm, self._accounts.open_reset(self._link))
        outcome = self._accounts.reset_password(
            self._link, _WHO.next_password, _WHO.answer, visitor=_WHO.visitor
        )
        came_to(PasswordReset, outcome)
        expect(self._accounts.session(self._token) is None, "the session from before goes on")
        stale = self._accounts.sign_in(CONTRACTOR, _NUMBER, _WHO.password, visitor=_WHO.visitor)
        yield from problem_readings(refused_for(stale, Code.WRONG_CREDENTIALS))
        fresh = self._accounts.sign_in(CONTRACTOR, _NUMBER, _WHO.next_password, visitor=_WHO.visitor)
        there(self._city.session(came_to(SignedIn, fresh).session_token), "session in the file")
        self._city.event(EventName.PASSWORD_RESET, self._city.account(_NAME))
        yield returned(
            f"with the new password, upper right corner: {came_to(SignedIn, fresh).account.username}"
        )
