"""Guide 2a: a contractor in the city's records calls staff, gets a temporary password, finishes set-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from permit_accounts.cli.shown import moment, text
from permit_accounts.cli.tour.chosen import has_chosen
from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.mailbox_proof import proves_mailbox
from permit_accounts.cli.tour.people import RETURNING
from permit_accounts.cli.tour.reading_out import spells
from permit_accounts.cli.tour.stars import star_readings
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
from permit_accounts.model.codes import Code, EventName, LinkState, Standing
from permit_accounts.model.outcomes import (
    Found,
    History,
    Problem,
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
#: What the records do not know of the company, and what nobody has chosen yet.
_LACKS: Final = (
    *("city", "state", "postal_code", "email", "has_employees"),
    *("password", "question", "answer"),
)
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
        self._confirm = ""

    def steps(self) -> Sequence[Step]:
        """From the wrong path to a proven mailbox."""
        return (
            Step(
                "The wrong path",
                "Who is in the records already does not set up a new account, but calls staff.",
                self.tries_to_register,
            ),
            Step(
                "Call staff",
                "Staff find the contractor and give a temporary password, which is good for 72 hours.",
                self.calls,
            ),
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
                "Mistakes on the page",
                "Whoever leaves out or mistypes something is told all of it at once; the temporary password "
                "cannot be kept. The page stays good.",
                self.makes_mistakes,
            ),
            Step(
                "Finish",
                "With everything filled in the person is signed in, the username in the upper right corner.",
                self.finishes,
            ),
            Step("The temporary password is over", "It opens nothing any more.", self.tries_it_again),
            Step("Confirm the e-mail address", "The address given on the page proves itself.", self.confirms),
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
        hits = found if isinstance(found, tuple) else (found,)
        expect(len(hits) == 1, f"staff find {len(hits)} contractors")
        hit = came_to(Found, hits[0])
        record = there(hit.license, "license at the desk")
        company = there(record.business, "name of the company").name
        on_roster = (_LICENSE, _WHO.form["business_name"])
        expect((record.id, company) == on_roster, f"staff find {record.id}, {company}, unlike the roster")
        expect(hit.account is None, "there is an account already")
        yield returned(f"staff find {company}, as on the roster, no account yet")
        self._city.event(EventName.STAFF_FOUND, license_id=_LICENSE)
        outcome = self._city.desk.issue_temporary_password(
            _NUMBER, CONTRACTOR, reason="called to finish the registration", checked_how=_CHECKED
        )
        issued = came_to(TemporaryPasswordIssued, outcome)
        self._temporary = issued.password
        yield returned(f"temporary password {issued.password}, good until {moment(issued.until)}")
        spells(issued.password, issued.spelled)
        yield returned(f"read out as {'; '.join(issued.spelled[:4])}; and so on")
        account = self._city.account(_NAME)
        expect(account.standing is Standing.SETUP, f"the account is {account.standing}")
        expect((account.temporary_hash or "").startswith("$argon2id$"), "it is not kept as a slow hash")
        event = self._city.event(EventName.STAFF_ISSUED_TEMPORARY, account)
        expect(event.params.get("checked_how") == _CHECKED, "how the caller was checked is not on record")
        expect(issued.until - event.at == timedelta(hours=72), f"it is good for {issued.until - event.at}")
        expect(account.temporary_until == issued.until, "the file says otherwise how long it is good")
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
        expect(sorted(page.asks) == sorted(_LACKS), f"the page asks for {', '.join(page.asks)}")
        yield from star_readings(CONTRACTOR, page.asks)

    def makes_mistakes(self) -> Readings:
        """An incomplete form is refused for all that is wrong with it, and nothing is spent by it."""
        mistaken = {"city": "", "has_employees": "", "email": "rosa", "password": "paper mill", "answer": ""}
        problems = self._refused(mistaken, Code.EMAIL, Code.PASSWORD_SHORT, *[Code.REQUIRED] * 3)
        told = sorted(problem.field for problem in problems)
        expect(told == sorted(mistaken), f"mistakes are told of {', '.join(told)} only")
        yield from problem_readings(problems)
        yield from problem_readings(self._refused({"password": self._temporary}, Code.PASSWORD_TEMPORARY))
        self._city.event(EventName.SETUP_REFUSED, self._city.account(_NAME))
        page = came_to(SetupForm, self._accounts.open_setup(self._grant))
        expect(page.asks == self._asks, "the page asks for something else afterwards")

    def _refused(self, mistaken: Mapping[str, str], *codes: Code) -> tuple[Problem, ...]:
        """The problems of the page with this typed, which must be these."""
        form = _WHO.filled(self._asks, **mistaken)
        outcome = self._accounts.finish_setup(self._grant, form, visitor=_WHO.visitor)
        return refused_for(outcome, *codes)

    def finishes(self) -> Readings:
        """Signed in, and the license is verified, since staff checked the caller. What was typed is kept."""
        form = _WHO.filled(self._asks)
        signed_in = came_to(SignedIn, self._accounts.finish_setup(self._grant, form, visitor=_WHO.visitor))
        self._token = signed_in.session_token
        there(self._city.session(self._token), "session in the file")
        account = self._city.account(_NAME)
        expect(account.standing is Standing.ACTIVE, f"the account is {account.standing}")
        has_chosen(account, _WHO)
        link = self._city.link(_LICENSE, account)
        expect(link.state is LinkState.VERIFIED, f"the license is {link.state}")
        dashboard = came_to(SignedInAs, self._accounts.session(self._token))
        expect(dashboard.account.username == _NUMBER, "the username is not the license number")
        yield returned(f"upper right corner: {dashboard.account.username}")
        yield recorded(f"{link.license_id} is {link.state}; {account.email} is on file")
        yield recorded(f"it will be asked: {text(f'question.{account.question_id}')}")
        yield mailed(self._city.letter(_WHO.email, "setup-finished"))
        letter = self._city.letter(_WHO.email, "confirm-email")
        self._confirm = self._city.link_in(letter, self._city.policy.links.confirm)
        yield mailed(letter)

    def tries_it_again(self) -> Readings:
        """Used up."""
        account = self._city.account(_NAME)
        expect(account.temporary_hash is None, "the temporary password is still in the file")
        outcome = self._accounts.sign_in(CONTRACTOR, _NUMBER, self._temporary, visitor=_WHO.visitor)
        yield from problem_readings(refused_for(outcome, Code.WRONG_CREDENTIALS))
        self._city.event(EventName.SIGN_IN_REFUSED, account)

    def confirms(self) -> Readings:
        """By the mailed link, while signed in."""
        yield from proves_mailbox(self._city, _NAME, _WHO, link=self._confirm, session=self._token)
