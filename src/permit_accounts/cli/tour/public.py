"""Guide 1: a public user sets up an account, comes back, and forgets the password."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import attrs

from permit_accounts.cli.shown import text
from permit_accounts.cli.tour.chosen import has_chosen
from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.forms import PUBLIC_FORM
from permit_accounts.cli.tour.mailbox_proof import proves_mailbox
from permit_accounts.cli.tour.people import RESIDENT
from permit_accounts.cli.tour.stars import form_readings
from permit_accounts.cli.tour.telling import (
    Readings,
    Step,
    came_to,
    expect,
    mailed,
    problem_readings,
    recorded,
    refused_for,
    returned,
    there,
)
from permit_accounts.model.codes import Code, EventName, Standing
from permit_accounts.model.outcomes import (
    CheckYourEmail,
    PasswordReset,
    ResetForm,
    SignedIn,
    SignedInAs,
    SignedOut,
)
from permit_accounts.rules.account_types import PUBLIC

_WHO: Final = RESIDENT
_NAME: Final = "public:nell.harrow"


class PublicUser:
    """The guide for public users."""

    title = "Guide 1: public users"

    def __init__(self, city: TourCity) -> None:
        self._city = city
        self._accounts = city.accounts
        self._token = ""
        self._confirm = ""
        self._link = ""
        self._browser = _WHO.visitor

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
                "Choose Public in the drop-down, enter username and password, tick Remember me. "
                "Without the tick the session ends after a day, or half an hour in which nothing is done.",
                self.signs_in,
            ),
            Step(
                "Forgot Password",
                "Choose Forgot Password; an e-mail comes that says how to set a new one.",
                self.forgets,
            ),
            Step(
                "The security question",
                "The mailed link opens a page that asks the question chosen at the start; a wrong answer "
                "is refused.",
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
        empty = self._accounts.register(PUBLIC, {}, visitor=_WHO.visitor)
        yield from form_readings(PUBLIC, PUBLIC_FORM, empty)
        expect(self._city.accounts_in_file() == before, "an empty form made an account")

    def makes_mistakes(self) -> Readings:
        """Everything that is wrong with a form comes at once, and no account comes of it."""
        mistaken = {"username": "1012345", "email": "nell.harrow", "password": "short", "answer": "concert"}
        form = _WHO.filled(PUBLIC_FORM, **mistaken)
        outcome = self._accounts.register(PUBLIC, form, visitor=_WHO.visitor)
        problems = refused_for(
            outcome, Code.USERNAME_ALL_DIGITS, Code.EMAIL, Code.PASSWORD_SHORT, Code.ANSWER_PUBLIC
        )
        yield from problem_readings(problems)
        expect(self._city.identifier(_NAME) is None, "there is an account already")
        yield recorded("no account has been made")

    def registers(self) -> Readings:
        """The account, its name and a session are in the file."""
        outcome = self._accounts.register(PUBLIC, _WHO.filled(PUBLIC_FORM), visitor=_WHO.visitor)
        signed_in = came_to(SignedIn, outcome)
        self._token = signed_in.session_token
        account = self._city.account(_NAME)
        expect(account.standing is Standing.ACTIVE, f"the account is {account.standing}")
        expect(account.id == signed_in.account.id, "another account was signed in")
        has_chosen(account, _WHO)
        event = self._city.event(EventName.REGISTERED, account)
        letter = self._city.letter(_WHO.email, "confirm-email")
        self._confirm = self._city.link_in(letter, self._city.policy.links.confirm)
        yield recorded(f"account {account.username}, {account.standing}, {account.email}, not confirmed yet")
        yield recorded("password and answer as Argon2id hashes, nothing that can be read")
        yield recorded(f"{text(f'event.{event.name}')}, from {event.ip}")
        yield mailed(letter)

    def sees_the_dashboard(self) -> Readings:
        """The session token is all that the browser keeps, and it says who it is."""
        there(self._city.session(self._token), "session in the file")
        dashboard = came_to(SignedInAs, self._accounts.session(self._token))
        expect(dashboard.account.username == _WHO.form["username"], "somebody else is signed in")
        yield returned(f"upper right corner: {dashboard.account.username}")

    def confirms(self) -> Readings:
        """The link in the mail confirms the address while the person is signed in."""
        yield from proves_mailbox(self._city, _NAME, _WHO, link=self._confirm, session=self._token)

    def signs_out(self) -> Readings:
        """The session is gone from the file, so its token opens nothing."""
        came_to(SignedOut, self._accounts.sign_out(self._token, visitor=_WHO.visitor))
        expect(self._accounts.session(self._token) is None, "the session still opens the dashboard")
        expect(self._city.session(self._token) is None, "the session is still in the file")
        yield recorded("the session is gone")

    def signs_in(self) -> Readings:
        """One of each is opened, and half an hour goes by."""
        plain, remembered = self._signed_in(remember=False), self._signed_in(remember=True)
        for token, ticked, days in ((plain, "without", 1), (remembered, "with", 30)):
            session = there(self._city.session(token), "session in the file")
            lasts = session.expires_at - session.opened_at
            expect(lasts == timedelta(days=days), f"{ticked} Remember me the session lasts {lasts}")
            yield recorded(f"{ticked} Remember me: a session for {days} {'day' if days == 1 else 'days'}")
            came_to(SignedInAs, self._accounts.session(token))
        self._city.clock.let_pass(timedelta(minutes=30))
        expect(self._accounts.session(plain) is None, "half an hour later the other session still opens")
        self._token = remembered
        dashboard = came_to(SignedInAs, self._accounts.session(self._token))
        yield returned(
            f"half an hour later only one opens; upper right corner: {dashboard.account.username}, "
            "typed as Nell.Harrow"
        )

    def _signed_in(self, *, remember: bool) -> str:
        """The token of a new session."""
        outcome = self._accounts.sign_in(
            PUBLIC, "Nell.Harrow", _WHO.password, remember=remember, visitor=_WHO.visitor
        )
        return came_to(SignedIn, outcome).session_token

    def forgets(self) -> Readings:
        """Known and unknown names get one answer; only the known one gets mail."""
        unknown = self._accounts.request_password_reset("nobody.of.this.name", PUBLIC, visitor=_WHO.visitor)
        known = self._accounts.request_password_reset(_WHO.form["username"], PUBLIC, visitor=_WHO.visitor)
        expect(came_to(CheckYourEmail, known) == unknown, "the answer tells who has an account")
        yield returned("check your e-mail: the same answer for a name that nobody has")
        letter = self._city.letter(_WHO.email, "reset-link")
        self._link = self._city.link_in(letter, self._city.policy.links.reset)
        yield mailed(letter)
        expect(_WHO.form["username"] in letter.text, "the e-mail does not name the account")
        self._city.event(EventName.RESET_REQUESTED, self._city.account(_NAME))

    def opens_the_link(self) -> Readings:
        """The page shows the question; a wrong answer is refused and spends nothing.

        The browser is made known to the account, so that strangers' wrong tries do not make its owner wait.
        """
        page = came_to(ResetForm, self._accounts.open_reset(self._link))
        question = there(page.question_id, "security question on the page")
        expect(question == _WHO.form["question"], f"the page asks {question}")
        yield returned(f"{page.username} is asked: {text(f'question.{question}')}")
        expect(self._city.knows(page.device_token, self._city.account(_NAME)), "the browser is not known")
        yield returned("this browser is known to the account from here on")
        self._browser = attrs.evolve(_WHO.visitor, device_token=page.device_token)
        wrong = self._accounts.reset_password(
            self._link, _WHO.next_password, "the brass band", visitor=self._browser
        )
        yield from problem_readings(refused_for(wrong, Code.ANSWER_WRONG))
        self._city.event(EventName.RESET_REFUSED, self._city.account(_NAME))

    def resets(self) -> Readings:
        """Everything that was open has ended, the old password is dead, the link is spent."""
        old = self._city.account(_NAME)
        outcome = self._accounts.reset_password(
            self._link, _WHO.next_password, "  The Ferry Orchestra ", visitor=self._browser
        )
        reset = came_to(PasswordReset, outcome)
        account = self._city.account(_NAME)
        expect(account.password_hash != old.password_hash, "the file has the old password")
        expect(account.epoch == old.epoch + 1, "what was open before has not ended")
        expect(self._accounts.session(self._token) is None, "the remembered session goes on")
        yield recorded("a new password; every earlier session has ended")
        letter = self._city.letter(_WHO.email, "password-reset")
        yield mailed(letter)
        stays = self._city.knows(self._browser.device_token, account)
        expect(not stays, "a browser from before is still known to the account")
        expect(self._city.knows(reset.device_token, account), "the browser of the reset is not known")
        self._browser = attrs.evolve(_WHO.visitor, device_token=reset.device_token)
        yield returned("of all browsers only this one is known to the account now")
        again = self._accounts.reset_password(self._link, _WHO.password, _WHO.answer, visitor=_WHO.visitor)
        yield from problem_readings(refused_for(again, Code.LINK_INVALID))
        stale = self._accounts.sign_in(PUBLIC, _WHO.form["username"], _WHO.password, visitor=_WHO.visitor)
        yield from problem_readings(refused_for(stale, Code.WRONG_CREDENTIALS))
        by_new = self._accounts.sign_in(
            PUBLIC, _WHO.form["username"], _WHO.next_password, visitor=self._browser
        )
        fresh = came_to(SignedIn, by_new)
        there(self._city.session(fresh.session_token), "session in the file")
        yield returned(f"with the new password, upper right corner: {fresh.account.username}")
