"""Guide 2b: a contractor new to the city registers; the license number is the username."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from permit_accounts.cli.shown import text
from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.people import NEW
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
from permit_accounts.model.codes import Code, EventName, LinkState, MatchLevel
from permit_accounts.model.outcomes import (
    CheckYourEmail,
    EmailConfirmed,
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
_FORM: Final = (
    *(
        "username",
        "business_name",
        "contact_name",
        "address",
        "city",
        "state",
        "postal_code",
        "phone",
        "email",
    ),
    *("license_classes", "license_expires_on", "business_type", "has_employees"),
    *("password", "question", "answer"),
)


class NewContractor:
    """The guide for contractors whom the city does not know."""

    title = "Guide 2b: contractors new to the city"

    def __init__(self, city: TourCity) -> None:
        self._city = city
        self._accounts = city.accounts
        self._token = ""

    def steps(self) -> Sequence[Step]:
        """From the form to a new password."""
        return (
            Step(
                "Insurance, if applicable",
                "Have the license and, where it applies, the workers' compensation details at hand.",
                self.needs_insurance,
            ),
            Step(
                "Create the contractor account",
                "Fill in the starred fields; the license number is the username.",
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

    def needs_insurance(self) -> Readings:
        """Class C-20 needs a policy even without employees; this joint venture in class B needs none."""
        form = _WHO.filled(_FORM, license_classes="C-20", business_type="corporation")
        outcome = self._accounts.register(CONTRACTOR, form, visitor=_WHO.visitor)
        problems = refused_for(outcome, *[Code.WORKERS_COMP] * 3)
        for problem in problems:
            yield returned(f"class C-20 * {text(f'field.{problem.field}')}")
        yield from list(problem_readings(problems))[:1]
        expect(self._city.identifier(_NAME) is None, "there is an account already")

    def registers(self) -> Readings:
        """Typed with the board's label; the canonical number is the name."""
        outcome = self._accounts.register(CONTRACTOR, _WHO.filled(_FORM), visitor=_WHO.visitor)
        self._token = came_to(SignedIn, outcome).session_token
        account = self._city.account(_NAME)
        link = self._city.link(_LICENSE, account)
        expect(link.state is LinkState.CLAIMED, f"the license is {link.state}")
        expect(link.match_level is MatchLevel.NORMALIZED, f"the number was read as {link.match_level}")
        self._city.event(EventName.REGISTERED, account)
        yield recorded(
            f"username {account.username}, typed as {link.entered}; {link.license_id} is {link.state}"
        )
        kept = account.profile
        expect("workers_comp_policy" not in kept, "a policy was made up")
        yield recorded(
            f"class {kept['license_classes']}, {kept['business_type']}, employees: {kept['has_employees']}; "
            "no workers' compensation needed"
        )

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
        letter = self._city.letter(_WHO.email, "claim-approved")
        yield received(f"to {letter.recipient}: {letter.subject}")

    def confirms(self) -> Readings:
        """While signed in."""
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
        """Asked by the address itself; the link is for this account."""
        came_to(CheckYourEmail, self._accounts.request_password_reset(_WHO.email, visitor=_WHO.visitor))
        letter = self._city.letter(_WHO.email, "reset-link")
        yield received(f"to {letter.recipient}: {letter.subject}")
        token = self._city.link_in(letter, self._city.policy.links.reset)
        page = came_to(ResetForm, self._accounts.open_reset(token))
        yield returned(f"{page.username} is asked: {text(f'question.{page.question_id}')}")
        reset = self._accounts.reset_password(token, _WHO.next_password, _WHO.answer, visitor=_WHO.visitor)
        came_to(PasswordReset, reset)
        self._city.event(EventName.PASSWORD_RESET, self._city.account(_NAME))
        signed_in = self._accounts.sign_in(CONTRACTOR, "1034567", _WHO.next_password, visitor=_WHO.visitor)
        there(self._city.session(came_to(SignedIn, signed_in).session_token), "session in the file")
        yield returned(
            f"with the new password, upper right corner: {came_to(SignedIn, signed_in).account.username}"
        )
