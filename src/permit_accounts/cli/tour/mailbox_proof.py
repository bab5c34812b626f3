"""The step that both guides share: the link in an e-mail proves that a mailbox is the person's."""

from __future__ import annotations

from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.people import Person
from permit_accounts.cli.tour.telling import Readings, came_to, expect, recorded
from permit_accounts.model.outcomes import EmailConfirmed


def proves_mailbox(city: TourCity, name_id: str, person: Person, *, link: str, session: str) -> Readings:
    """Follow the link while signed in, and read the account back."""
    came_to(
        EmailConfirmed,
        city.accounts.confirm_email(link, session_token=session, visitor=person.visitor),
    )
    account = city.account(name_id)
    expect(account.email_confirmed_at is not None, "the address is still unconfirmed in the file")
    expect(account.email == person.email, f"another address is confirmed: {account.email}")
    yield recorded(f"{account.email} is confirmed")
