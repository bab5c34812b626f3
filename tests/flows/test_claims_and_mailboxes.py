"""Anybody may claim any number: in set-up, a claim lends nobody an address, in neither direction."""

from __future__ import annotations

from typing import Any, Final

import pytest

from flows.people import temporary
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Done,
    LicenseAdded,
    TemporaryPasswordIssued,
)
from permit_accounts.model.codes import FactSource, LinkState
from permit_accounts.model.records import License
from permit_accounts.ports import Is
from permit_accounts.testing.world import World, public_form
from story import signed_in

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
