"""Guide 2a, without a call: contractors in the records whose address is on file get a link instead."""

from __future__ import annotations

from collections.abc import Sequence

from permit_accounts.cli.tour.chosen import has_chosen
from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.people import ACTIVATED, BY_MAIL, Person
from permit_accounts.cli.tour.telling import (
    Readings,
    Step,
    came_to,
    expect,
    mailed,
    recorded,
    returned,
    there,
)
from permit_accounts.model.codes import EventName, LinkState
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import CheckYourEmail, LinkSent, SetupForm, SignedIn
from permit_accounts.rules.account_types import CONTRACTOR
from permit_accounts.tools.claims import name_of


class SetupByMail:
    """Two ways to the same link: the person asks, or staff send it."""

    title = "Guide 2a: returning contractors, by e-mail"

    def __init__(self, city: TourCity) -> None:
        self._city = city

    def steps(self) -> Sequence[Step]:
        """Both ways, to the end."""
        return (
            Step(
                "Forgot Password before set-up",
                "Who asks by license number before the registration is finished can finish it by e-mail.",
                self.asks,
            ),
            Step(
                "Activation link from staff",
                "Where an address is on file, staff can mail a link and need no temporary password.",
                self.is_sent_a_link,
            ),
        )

    def asks(self) -> Readings:
        """The answer is the same as for anybody; the link goes to the address in the records."""
        outcome = self._city.accounts.request_password_reset("1023456", CONTRACTOR, visitor=BY_MAIL.visitor)
        came_to(CheckYourEmail, outcome)
        yield from self._finishes("1023456", BY_MAIL)

    def is_sent_a_link(self) -> Readings:
        """Staff see nothing of what the person chooses."""
        sent = came_to(LinkSent, self._city.desk.send_link("1045678", reason="called, e-mail is on file"))
        yield returned(f"staff: a link is on its way to {sent.account.email}")
        self._city.event(EventName.STAFF_SENT_LINK, self._city.account(name_of("us-ca-cslb:1045678")))
        yield from self._finishes("1045678", ACTIVATED)

    def _finishes(self, number: str, person: Person) -> Readings:
        """The link opens the same page; the mailbox on file confirms both address and license."""
        letter = self._city.letter(person.email, "setup-link")
        yield mailed(letter)
        token = self._city.link_in(letter, self._city.policy.links.setup)
        page = came_to(SetupForm, self._city.accounts.open_setup(token))
        expect("email" not in page.asks, "the page asks for the address that the link came to")
        form = person.filled(page.asks)
        outcome = self._city.accounts.finish_setup(token, form, visitor=person.visitor)
        there(self._city.session(came_to(SignedIn, outcome).session_token), "session in the file")
        license_id = str(LicenseId("us-ca-cslb", number))
        account = self._city.account(name_of(license_id))
        link = self._city.link(license_id, account)
        expect(link.state is LinkState.VERIFIED, f"the license is {link.state}")
        expect(account.email_confirmed_at is not None, "the address is unconfirmed")
        has_chosen(account, person)
        yield returned(f"upper right corner: {came_to(SignedIn, outcome).account.username}")
        yield recorded(f"{link.license_id} is {link.state}, {account.email} is confirmed")
        yield mailed(self._city.letter(person.email, "setup-finished"))
