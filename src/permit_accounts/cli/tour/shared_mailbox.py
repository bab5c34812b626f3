"""What both guides leave open: one mailbox that belongs to two accounts."""

from __future__ import annotations

from collections.abc import Sequence

from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.forms import PUBLIC_FORM
from permit_accounts.cli.tour.mailbox_proof import proves_mailbox
from permit_accounts.cli.tour.people import SHARED
from permit_accounts.cli.tour.telling import (
    Readings,
    Step,
    came_to,
    expect,
    mailed,
    received,
    returned,
    there,
)
from permit_accounts.model.names import name_id
from permit_accounts.model.outcomes import (
    CheckYourEmail,
    PasswordReset,
    ResetForm,
    SignedIn,
)
from permit_accounts.rules.account_types import PUBLIC


class SharedMailbox:
    """Two accounts of one owner, one forgotten password."""

    title = "Both guides: one mailbox, two accounts"

    def __init__(self, city: TourCity) -> None:
        self._city = city
        self._accounts = city.accounts

    def steps(self) -> Sequence[Step]:
        """Made, and forgotten."""
        return (
            Step("Two accounts", "One e-mail address may serve more than one account.", self.makes_two),
            Step(
                "Forgot Password by e-mail address",
                "One e-mail comes, with one link for each account; each resets its own.",
                self.forgets,
            ),
        )

    def makes_two(self) -> Readings:
        """Each is registered and confirmed before the next."""
        for person in SHARED:
            outcome = self._accounts.register(PUBLIC, person.filled(PUBLIC_FORM), visitor=person.visitor)
            signed_in = came_to(SignedIn, outcome)
            letter = self._city.letter(person.email, "confirm-email")
            token = self._city.link_in(letter, self._city.policy.links.confirm)
            name = name_id("public", person.form["username"])
            yield returned(f"upper right corner: {signed_in.account.username}")
            yield from proves_mailbox(self._city, name, person, link=token, session=signed_in.session_token)

    def forgets(self) -> Readings:
        """The link named for one account changes that one and leaves the other alone."""
        one, other = SHARED
        came_to(CheckYourEmail, self._accounts.request_password_reset(one.email, visitor=one.visitor))
        letter = self._city.letter(one.email, "reset-link")
        expect(len(letter.links) == len(SHARED), f"the e-mail has {len(letter.links)} links")
        yield received(f"to {letter.recipient}: {letter.subject}, with {len(letter.links)} links")
        opened = {
            came_to(ResetForm, self._accounts.open_reset(token)).username: token for _, token in letter.links
        }
        names = [person.form["username"] for person in SHARED]
        expect(sorted(opened) == sorted(names), f"the links are for {', '.join(opened)}")
        yield returned(f"one for {' and one for '.join(sorted(opened))}")
        reset = self._accounts.reset_password(
            opened[one.form["username"]], one.next_password, one.answer, visitor=one.visitor
        )
        came_to(PasswordReset, reset)
        told = self._city.letter(one.email, "password-reset")
        expect(one.form["username"] in told.text, "the notice does not name the account")
        yield mailed(told)
        for person, password in ((one, one.next_password), (other, other.password)):
            username = person.form["username"]
            outcome = self._accounts.sign_in(PUBLIC, username, password, visitor=person.visitor)
            there(self._city.session(came_to(SignedIn, outcome).session_token), "session in the file")
        yield returned(f"{names[0]} signs in with the new password, {names[1]} with the old one")
