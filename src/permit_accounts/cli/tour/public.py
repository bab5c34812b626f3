"""Guide 1: a public user sets up an account, comes back, and forgets the password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from permit_accounts.cli.shown import text
from permit_accounts.cli.tour.city import TourCity, in_days
from permit_accounts.cli.tour.people import RESIDENT
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
from permit_accounts.model.codes import Code, EventName, Standing
from permit_accounts.model.outcomes import (
    CheckYourEmail,
    EmailConfirmed,
    PasswordReset,
    Refused,
    ResetForm,
    SignedIn,
    SignedInAs,
    SignedOut,
)
from permit_accounts.rules.account_types import PUBLIC

_WHO: Final = RESIDENT
_NAME: Final = "public:nell.harrow"
_FORM: Final = (
    *("username", "first_name", "last_name", "address", "city", "state", "postal_code", "phone", "email"),
    *("password", "question", "answer"),
)


class PublicUser:
    """The guide for public users."""

    title = "Guide 1: public users"

    def __init__(self, city: TourCity) -> None:
        self._city = city
        self._accounts = city.accounts
        self._token = ""
        self._link = ""

    def steps(self) -> Sequence[Step]:
        """From Setup an Account to a new password."""
        return (
            Step(
                "Setup an Account",
                "Choose Setup an Account, go on as a public user; the page marks with a star what it needs.",
                self.looks_at_the_form,
            ),
            Step(
                "Mistakes in the form",
                "Whoever leaves out or mistypes something is told all of it at once; nothing is set up yet.",
                self.makes_mistakes,
            ),
            Step(
                "Create the account",
                "Fill in the starred fields with username, password, security question; press the button.",
                self.registers,
            ),
            Step(
                "Confirmation and dashboard",
                "After the confirmation the person is signed in, the username in the upper right corner.",
                self.sees_the_dashboard,
            ),
            Step(
                "Confirm the e-mail address",
                "A link that was mailed proves that the mailbox is the person's.",
                self.confirms,
            ),
            Step("Sign out", "The portal forgets who sits at this browser.", self.signs_out),
            Step(
                "Login with Remember me",
                "Choose Public in the drop-down, enter username and password, tick Remember me.",
                self.signs_in,
            ),
            Step(
                "Forgot Password",
                "Choose Forgot Password; an e-mail comes that says how to set a new one.",
                self.forgets,
            ),
            Step(
                "The security question",
                "The mailed link opens a page that asks the question chosen at the start.",
                self.opens_the_link,
            ),
            Step(
                "Set a new password",
                "The right answer and a new password; the old one is good no more.",
                self.resets,
            ),
        )

    def looks_at_the_form(self) -> Readings:
        """An empty form is refused for exactly the fields that have a star."""
        before = self._city.accounts_in_file()
        refusal = came_to(Refused, self._accounts.register(PUBLIC, {}, visitor=_WHO.visitor))
        expect(set(refusal.codes) == {Code.REQUIRED}, "an empty form lacks something else than fields")
        missing = [problem.field for problem in refusal.problems]
        starred = set(_FORM)
        expect(set(missing) == starred, f"the page stars {', '.join(sorted(starred))}; asked were {missing}")
        for name in missing:
            yield returned(f"* {text(f'field.{name}')}: {text(f'field.{name}.reason')}")
        expect(self._city.accounts_in_file() == before, "an empty form made an account")

    def makes_mistakes(self) -> Readings:
        """Everything that is wrong with a form comes at once, and no account comes of it."""
        mistaken = {"username": "1012345", "email": "nell.harrow", "password": "short", "answer": "concert"}
        form = _WHO.filled(_FORM, **mistaken)
        outcome = self._accounts.register(PUBLIC, form, visitor=_WHO.visitor)
        problems = refused_for(
            outcome, Code.USERNAME_ALL_DIGITS, Code.EMAIL, Code.PASSWORD_SHORT, Code.ANSWER_PUBLIC
        )
        yield from problem_readings(problems)
        expect(self._city.identifier(_NAME) is None, "there is an account already")
        yield recorded("no account has been made")

    def registers(self) -> Readings:
        """The account, its name and a session are in the file."""
        outcome = self._accounts.register(PUBLIC, _WHO.filled(_FORM), visitor=_WHO.visitor)
        signed_in = came_to(SignedIn, outcome)
        self._token = signed_in.session_token
        account = self._city.account(_NAME)
        expect(account.standing is Standing.ACTIVE, f"the account is {account.standing}")
        expect(account.id == signed_in.account.id, "another account was signed in")
        hashed = (account.password_hash or "").startswith("$argon2id$")
        expect(hashed and account.answer_hash is not None, "password and answer are not kept as slow hashes")
        event = self._city.event(EventName.REGISTERED, account)
        yield recorded(f"account {account.username}, {account.standing}, {account.email}, not confirmed yet")
        yield recorded("password and answer as Argon2id hashes, nothing that can be read")
        yield recorded(f"{text(f'event.{event.name}')}, from {event.ip}")

    def sees_the_dashboard(self) -> Readings:
        """The session token is all that the browser keeps, and it says who it is."""
        there(self._city.session(self._token), "session in the file")
        dashboard = came_to(SignedInAs, self._accounts.session(self._token))
        expect(dashboard.account.username == _WHO.form["username"], "somebody else is signed in")
        yield returned(f"upper right corner: {dashboard.account.username}")

    def confirms(self) -> Readings:
        """The link in the mail confirms the address while the person is signed in."""
        letter = self._city.letter(_WHO.email, "confirm-email")
        yield received(f"to {letter.recipient}: {letter.subject}")
        token = self._city.link_in(letter, self._city.policy.links.confirm)
        outcome = self._accounts.confirm_email(token, session_token=self._token, visitor=_WHO.visitor)
        came_to(EmailConfirmed, outcome)
        account = self._city.account(_NAME)
        expect(account.email_confirmed_at is not None, "the address is still unconfirmed in the file")
        yield recorded(f"{account.email} is confirmed")

    def signs_out(self) -> Readings:
        """The session is gone from the file, so its token opens nothing."""
        came_to(SignedOut, self._accounts.sign_out(self._token, visitor=_WHO.visitor))
        expect(self._accounts.session(self._token) is None, "the session still opens the dashboard")
        expect(self._city.session(self._token) is None, "the session is still in the file")
        yield recorded("the session is gone")

    def signs_in(self) -> Readings:
        """A remembered session lasts for 30 days."""
        outcome = self._accounts.sign_in(
            PUBLIC, "Nell.Harrow", _WHO.password, remember=True, visitor=_WHO.visitor
        )
        self._token = came_to(SignedIn, outcome).session_token
        session = there(self._city.session(self._token), "session in the file")
        days = in_days(session.expires_at, session.opened_at)
        expect(session.remembered and days == 30, f"the session lasts {days} days")
        dashboard = came_to(SignedInAs, self._accounts.session(self._token))
        yield recorded(f"a session that lasts {days} days")
        yield returned(f"upper right corner: {dashboard.account.username}, typed as Nell.Harrow")

    def forgets(self) -> Readings:
        """Known and unknown names get one answer; only the known one gets mail."""
        unknown = self._accounts.request_password_reset("nobody.of.this.name", PUBLIC, visitor=_WHO.visitor)
        known = self._accounts.request_password_reset(_WHO.form["username"], PUBLIC, visitor=_WHO.visitor)
        expect(came_to(CheckYourEmail, known) == unknown, "the answer tells who has an account")
        yield returned("check your e-mail: the same answer for a name that nobody has")
        letter = self._city.letter(_WHO.email, "reset-link")
        self._link = self._city.link_in(letter, self._city.policy.links.reset)
        yield received(f"to {letter.recipient}: {letter.subject}")
        expect(_WHO.form["username"] in letter.text, "the e-mail does not name the account")
        self._city.event(EventName.RESET_REQUESTED, self._city.account(_NAME))

    def opens_the_link(self) -> Readings:
        """The page shows the question; a wrong answer is refused and spends nothing."""
        page = came_to(ResetForm, self._accounts.open_reset(self._link))
        question = there(page.question_id, "security question on the page")
        expect(question == _WHO.form["question"], f"the page asks {question}")
        yield returned(f"{page.username} is asked: {text(f'question.{question}')}")
        wrong = self._accounts.reset_password(
            self._link, _WHO.next_password, "the brass band", visitor=_WHO.visitor
        )
        yield from problem_readings(refused_for(wrong, Code.ANSWER_WRONG))
        self._city.event(EventName.RESET_REFUSED, self._city.account(_NAME))

    def resets(self) -> Readings:
        """Everything that was open has ended, the old password is dead, the link is spent."""
        old = self._city.account(_NAME)
        outcome = self._accounts.reset_password(
            self._link, _WHO.next_password, "  The Ferry Orchestra ", visitor=_WHO.visitor
        )
        came_to(PasswordReset, outcome)
        account = self._city.account(_NAME)
        expect(account.password_hash != old.password_hash, "the file has the old password")
        expect(account.epoch == old.epoch + 1, "what was open before has not ended")
        expect(self._accounts.session(self._token) is None, "the remembered session goes on")
        yield recorded("a new password; every earlier session has ended")
        letter = self._city.letter(_WHO.email, "password-reset")
        yield received(f"to {letter.recipient}: {letter.subject}")
        again = self._accounts.reset_password(self._link, _WHO.password, _WHO.answer, visitor=_WHO.visitor)
        yield from problem_readings(refused_for(again, Code.LINK_INVALID))
        stale = self._accounts.sign_in(PUBLIC, _WHO.form["username"], _WHO.password, visitor=_WHO.visitor)
        yield from problem_readings(refused_for(stale, Code.WRONG_CREDENTIALS))
        fresh = self._accounts.sign_in(
            PUBLIC, _WHO.form["username"], _WHO.next_password, visitor=_WHO.visitor
        )
        there(self._city.session(came_to(SignedIn, fresh).session_token), "session in the file")
        yield returned(
            f"with the new password, upper right corner: {came_to(SignedIn, fresh).account.username}"
        )
