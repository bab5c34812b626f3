"""Anybody may claim any number: in set-up, a claim lends nobody an address, in neither direction."""

from __future__ import annotations

from typing import Any, Final

import pytest

from flows.people import account, letters, temporary
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Done,
    LicenseAdded,
    LinkSent,
    SetupForm,
    TemporaryPasswordIssued,
)
from permit_accounts.model.codes import FactSource, LinkState
from permit_accounts.model.records import License
from permit_accounts.ports import Is
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World, public_form, setup_form
from story import newest_link, signed_in

NUMBERS: Final = ("1000002", "1000003")
MALLORYS: Final = "mallory@mail.example.org"
HERS_NOW: Final = "mallory2@mail.example.org"
WHY: Final[dict[str, Any]] = {"reason": "passport seen at the counter"}


def office(number: str) -> str:
    """The address that the roster has for a number."""
    return f"{number}@contractor.example.org"


def mallory_claims(world: World, *numbers: str) -> None:
    """A public user, whose mailbox is unconfirmed, claims numbers of the roster; then set-up begins."""
    for number in numbers:
        world.add_to_roster(number, email=office(number))
    made = signed_in(world.accounts.register(PUBLIC, public_form("mallory")))
    for number in numbers:
        added = world.accounts.add_license(made.session_token, number)
        assert isinstance(added, LicenseAdded)
        assert LinkState.PENDING is added.link.state
    issued = world.desk().issue_temporary_password("mallory", checked_how="passport", **WHY)
    assert isinstance(issued, TemporaryPasswordIssued)
    world.deliver()


def mallory_moves(world: World) -> None:
    """Staff have seen her passport, which is hers, and put her new address on file."""
    done = world.desk().change_email("mallory", HERS_NOW, **WHY)
    assert isinstance(done, Done)
    world.deliver()
    world.tick(hours=1)


@pytest.mark.attack("LIC-02", "LIC-10")
@pytest.mark.parametrize("waiting", [False, True])
def test_whoever_claims_a_license_does_not_move_its_mail_to_herself(waiting: bool) -> None:
    """Her address is written into no license that she claims, with or without an account of its own."""
    world = World()
    mallory_claims(world, *NUMBERS)
    if waiting:
        temporary(world, NUMBERS[0])

    mallory_moves(world)

    for number in NUMBERS:
        record = world.store.select(License, Is("id", f"us-ca-cslb:{number}"), limit=1)[0]
        assert record.contact is not None
        assert (office(number), FactSource.ROSTER) == (record.contact.email, record.contact.source)
    world.deliver()
    world.accounts.request_password_reset(NUMBERS[0], CONTRACTOR)
    assert [office(NUMBERS[0])] == [mail.recipient for mail in world.deliver()]


@pytest.mark.attack("LIC-02", "LIC-10")
def test_the_mailbox_of_a_claimed_license_gets_no_link_to_whoever_claims_it() -> None:
    """Whoever reads the license's mail would choose the password and question of the account, and own it."""
    world = World()
    mallory_claims(world, *NUMBERS)

    world.tick(hours=1)
    world.accounts.request_password_reset("mallory", PUBLIC)
    assert [MALLORYS] == [mail.recipient for mail in world.deliver()]

    world.tick(hours=1)
    sent = world.desk().send_link("mallory", **WHY)
    assert isinstance(sent, LinkSent)
    assert MALLORYS == sent.account.email
    link = newest_link(world, MALLORYS, "/setup")
    form = world.accounts.open_setup(link)
    assert isinstance(form, SetupForm)
    finished = signed_in(world.accounts.finish_setup(link, setup_form(form.asks)))
    assert MALLORYS == finished.account.email
    assert () == world.accounts.verified_licenses(finished.account)
    assert () == violations(world.store)


@pytest.mark.attack("LIC-02", "LIC-10")
def test_no_second_temporary_password_puts_a_claimed_licenses_address_on_file() -> None:
    """Each of them writes the address down as it is on file: the person's own, and the notice goes there."""
    world = World()
    mallory_claims(world, *NUMBERS)

    again = world.desk().issue_temporary_password("mallory", checked_how="passport", **WHY)

    assert isinstance(again, TemporaryPasswordIssued)
    assert MALLORYS == again.account.email
    assert [MALLORYS] == [mail.recipient for mail in letters(world)]


@pytest.mark.attack("LIC-02")
def test_a_license_that_is_corrected_moves_no_claimants_address() -> None:
    """Its own account's, in set-up, and nobody else's."""
    world = World()
    mallory_claims(world, *NUMBERS)
    temporary(world, NUMBERS[0])

    world.desk().correct_license(NUMBERS[0], email="right@contractor.example.org", **WHY)

    assert MALLORYS == account(world, "public:mallory").email
    assert "right@contractor.example.org" == account(world, f"license:us-ca-cslb:{NUMBERS[0]}").email


def test_an_account_that_was_given_a_number_has_the_mail_of_its_license() -> None:
    """A transfer makes the number a name of hers: from then on the license's address is on file for her."""
    world = World()
    mallory_claims(world, *NUMBERS)
    temporary(world, NUMBERS[0])

    world.desk().transfer(NUMBERS[0], "mallory", PUBLIC, **WHY)
    world.deliver()
    world.tick(hours=1)
    world.accounts.request_password_reset("mallory", PUBLIC)

    assert [office(NUMBERS[0])] == [mail.recipient for mail in world.deliver()]
