"""Guide 2b: a contractor new to the city registers; the license number is the username."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from permit_accounts.cli.shown import text
from permit_accounts.cli.tour.chosen import has_chosen
from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.forms import CONTRACTOR_FORM, INSURANCE
from permit_accounts.cli.tour.mailbox_proof import proves_mailbox
from permit_accounts.cli.tour.people import INSURED, NEW
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
from permit_accounts.model.codes import Code, EventName, LinkState, MatchLevel
from permit_accounts.model.outcomes import (
    CheckYourEmail,
    LinkDecided,
    PasswordReset,
    ResetForm,
    SignedIn,
    SignedInAs,
)
from permit_accounts.rules.account_types import CONTRACTOR
from permit_accounts.tools.claims import name_of

_WHO: Final = NEW
_LICENSE: Final = "us-ca-cslb:1034567"
_NAME: Final = name_of(_LICENSE)
_INSURED_LICENSE: Final = "us-ca-cslb:1067891"


class NewContractor:
    """The guide for contractors whom the city does not know."""

    title = "Guide 2b: contractors new to the city"

    def __init__(self, city: TourCity) -> None:
        self._city = city
        self._accounts = city.accounts
        self._token = ""
        self._confirm = ""

    def steps(self) -> Sequence[Step]:
        """From the form to a new password."""
        return (
            Step(
                "Setup an Account as a contractor",
                "Choose Setup an Account, go on as a contractor; the page marks with a star what it needs.",
                self.looks_at_the_form,
            ),
            Step(
                "Insurance, if applicable",
                "Have the license and, where it applies, the workers' compensation details at hand.",
                self.gives_insurance,
            ),
            Step(
                "Create the contractor account",
                "Fill in the starred fields; the license number is the username. Here no insurance applies.",
                self.registers,
            ),
            Step(
                "Confirmation and dashboard",
                "After the confirmation the person is signed in, the username in the upper right corner.",
                self.sees_the_dashboard,
            ),
            Step(
                "The license is claimed, then verified",
                "A number proves nothing by itself: what needs a license waits until staff approve it.",
                self.is_approved,
            ),
            Step("Confirm the e-mail address", "By the link that came by mail.", self.confirms),
            Step(
                "Forgot Password by e-mail",
                "An e-mail comes that says how to set a new password.",
                self.forgets,
            ),
        )

    def looks_at_the_form(self) -> Readings:
        """An empty form is refused for exactly the fields that have a star."""
        before = self._city.accounts_in_file()
        empty = self._accounts.register(CONTRACTOR, {}, visitor=_WHO.visitor)
        yield from form_readings(CONTRACTOR, CONTRACTOR_FORM, empty)
        expect(self._city.accounts_in_file() == before, "an empty form made an account")

    def gives_insurance(self) -> Readings:
        """Class C-20 needs a policy even without employees; the details of one are kept."""
        without = self._accounts.register(
            CONTRACTOR, INSURED.filled(CONTRACTOR_FORM), visitor=INSURED.visitor
        )
        problems = refused_for(without, *[Code.WORKERS_COMP] * 3)
        lacking = [problem.field for problem in problems]
        expect(sorted(lacking) == sorted(INSURANCE), f"missing are {', '.join(lacking)}")
        for name in lacking:
            yield returned(f"class C-20 * {text(f'field.{name}')}")
        yield from list(problem_readings(problems))[:1]
        expect(self._city.identifier(name_of(_INSURED_LICENSE)) is None, "there is an account already")
        form = INSURED.filled((*CONTRACTOR_FORM, *INSURANCE))
        came_to(SignedIn, self._accounts.register(CONTRACTOR, form, visitor=INSURED.visitor))
        account = self._city.account(name_of(_INSURED_LICENSE))
        has_chosen(account, INSURED)
        link = self._city.link(_INSURED_LICENSE, account)
        expect(link.state is LinkState.CLAIMED, f"the license is {link.state}")
        kept = {name: account.profile.get(name) for name in INSURANCE}
        expect(kept == {name: form[name] for name in INSURANCE}, f"of the insurance the file has {kept}")
        yield recorded(f"{account.username}, insured with {', '.join(map(str, kept.values()))}")
        yield mailed(self._city.letter(INSURED.email, "confirm-email"))

    def registers(self) -> Readings:
        """Typed with the board's label; the canonical number is the name."""
        outcome = self._accounts.register(CONTRACTOR, _WHO.filled(CONTRACTOR_FORM), visitor=_WHO.visitor)
        self._token = came_to(SignedIn, outcome).session_token
        account = self._city.account(_NAME)
        link = self._city.link(_LICENSE, account)
        expect(link.state is LinkState.CLAIMED, f"the license is {link.state}")
        expect(link.match_level is MatchLevel.NORMALIZED, f"the number was read as {link.match_level}")
        has_chosen(account, _WHO)
        self._city.event(EventName.REGISTERED, account)
        letter = self._city.letter(_WHO.email, "confirm-email")
        self._confirm = self._city.link_in(letter, self._city.policy.links.confirm)
        yield recorded(
            f"username {account.username}, typed as {link.entered}; {link.license_id} is {link.state}"
        )
        kept = account.profile
        expect(not set(INSURANCE) & set(kept), "a policy was made up")
        yield recorded(
            f"class {kept['license_classes']}, {kept['business_type']}, employees: {kept['has_employees']}; "
            "no workers' compensation needed"
        )
        yield mailed(letter)

    def sees_the_dashboard(self) -> Readings:
        """The username is the license number."""
        there(self._city.session(self._token), "session in the file")
        dashboard = came_to(SignedInAs, self._accounts.session(self._token))
        expect(dashboard.account.username == "1034567", "the username is not the license number")
        yield returned(f"upper right corner: {dashboard.account.username}")

    def is_approved(self) -> Readings:
        """Only staff, or a channel on file, verify."""
        account = self._city.account(_NAME)
        verified = self._accounts.verified_licenses(account)
        expect(verified == (), "the license counts as verified before anybody looked at it")
        yield returned("verified licenses: none")
        decided = came_to(
            LinkDecided, self._city.desk.approve(_LICENSE, _LICENSE, reason="pocket card seen at the counter")
        )
        link = self._city.link(_LICENSE, account)
        expect(link.state is decided.link.state is LinkState.VERIFIED, f"the license is {link.state}")
        event = self._city.event(EventName.STAFF_APPROVED, account)
        yield recorded(f"{text(f'event.{event.name}')}: {event.actor_id}, {event.reason}")
        now = [str(license_id) for license_id in self._accounts.verified_licenses(account)]
        expect(now == [_LICENSE], "the license does not count as verified")
        yield returned(f"verified licenses: {', '.join(now)}")
        yield mailed(self._city.letter(_WHO.email, "claim-approved"))

    def confirms(self) -> Readings:
        """While signed in."""
        yield from proves_mailbox(self._city, _NAME, _WHO, link=self._confirm, session=self._token)

    def forgets(self) -> Readings:
        """Asked by the address itself; the link is for this account."""
        came_to(CheckYourEmail, self._accounts.request_password_reset(_WHO.email, visitor=_WHO.visitor))
        letter = self._city.letter(_WHO.email, "reset-link")
        yield mailed(letter)
        token = self._city.link_in(letter, self._city.policy.links.reset)
        page = came_to(ResetForm, self._accounts.open_reset(token))
        expect(page.question_id == _WHO.form["question"], f"the page asks {page.question_id}")
        yield returned(f"{page.username} is asked: {text(f'question.{page.question_id}')}")
        reset = self._accounts.reset_password(token, _WHO.next_password, _WHO.answer, visitor=_WHO.visitor)
        came_to(PasswordReset, reset)
        yield mailed(self._city.letter(_WHO.email, "password-reset"))
        self._city.event(EventName.PASSWORD_RESET, self._city.account(_NAME))
        signed_in = self._accounts.sign_in(CONTRACTOR, "1034567", _WHO.next_password, visitor=_WHO.visitor)
        there(self._city.session(came_to(SignedIn, signed_in).session_token), "session in the file")
        yield returned(
            f"with the new password, upper right corner: {came_to(SignedIn, signed_in).account.username}"
        )
